//! The system calls a worker may not make: all that starts, reaches or names anything outside of its own memory.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};

use super::seccomp_filters::{
    FORBIDDEN, METADATA, MISSING, OLD_FORBIDDEN, OLD_METADATA, Rules, broken, compile,
};
use crate::error::SandboxError;

/// Processes and threads, signals and tracing, sockets but for pairs, memory that outlives a mapping, further name spaces.
const DENIED: &[i64] = &[
    libc::SYS_clone,
    libc::SYS_execveat,
    libc::SYS_unshare,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_prctl,
    libc::SYS_personality,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setpriority,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setattr,
    libc::SYS_ioprio_set,
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_inotify_init1,
    libc::SYS_syslog,
    libc::SYS_name_to_handle_at,
    libc::SYS_mknodat,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_renameat2,
    libc::SYS_truncate,
];

/// The same under their older names, which newer architectures do not have.
#[cfg(target_arch = "x86_64")]
const OLD_DENIED: &[i64] = &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_inotify_init, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const OLD_DENIED: &[i64] = &[];

/// The programs to install, in this order. Only an exec of the string at `program` passes, and only this process's own last step
/// has one there: afterwards the address space is a new one.
pub(super) fn filters(program: u64) -> Result<Vec<BpfProgram>, SandboxError> {
    let all = [FORBIDDEN, OLD_FORBIDDEN, METADATA, OLD_METADATA, DENIED, OLD_DENIED];
    let mut denied: Rules = all.into_iter().flatten().map(|call| (*call, Vec::new())).collect();
    let elsewhere =
        SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, program).map_err(broken)?;
    denied.insert(libc::SYS_execve, vec![SeccompRule::new(vec![elsewhere]).map_err(broken)?]);
    let missing: BTreeMap<_, _> = MISSING.iter().map(|call| (*call, Vec::new())).collect();
    Ok(vec![compile(missing, libc::ENOSYS)?, compile(denied, libc::EPERM)?])
}
