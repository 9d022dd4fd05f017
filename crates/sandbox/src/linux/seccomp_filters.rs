//! The system calls a confined command may not make: what could undo the confinement, and sockets without network.
//!
//! Everything else is allowed: compilers, git, python, node and debuggers must work inside. A call that programs try and
//! replace when the kernel lacks it is answered with ENOSYS, the others with EPERM.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};

use crate::error::SandboxError;

/// Calls, and the arguments with which each is meant; none means all.
pub(super) type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Calls that change mounts, namespaces, the kernel or the clock, or that reach keys shared with other sessions.
pub(super) const FORBIDDEN: &[i64] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

/// Calls that look missing: their arguments cannot be judged (clone3), or they make sockets behind a filter's back
/// (io_uring). Programs fall back to the older ones.
pub(super) const MISSING: &[i64] =
    &[libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// Calls that change the metadata of a file by its path. Landlock does not see them, so a read-only profile forbids them.
pub(super) const METADATA: &[i64] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// The same under their older names, which newer architectures do not have.
#[cfg(target_arch = "x86_64")]
pub(super) const OLD_METADATA: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const OLD_METADATA: &[i64] = &[];

/// Further calls of x86 that reach the hardware.
#[cfg(target_arch = "x86_64")]
pub(super) const OLD_FORBIDDEN: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_kexec_file_load];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const OLD_FORBIDDEN: &[i64] = &[];

/// Flags that make a new namespace, for `unshare` and `clone`.
const NAMESPACE_FLAGS: &[libc::c_int] = &[
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Terminal requests that type into, or paste to, the terminal of somebody else: TIOCSTI and TIOCLINUX of
/// asm-generic/ioctls.h.
const FORBIDDEN_IOCTLS: &[u64] = &[0x5412, 0x541C];

/// Which sockets a command may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sockets {
    /// All.
    Any,
    /// Those that a network namespace contains.
    Contained,
    /// Only local ones: no namespace contains the others.
    LocalOnly,
}

/// What a filter must hold back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Restrictions {
    /// Which sockets may be made.
    pub(super) sockets: Sockets,
    /// Whether changing the metadata of files is forbidden.
    pub(super) metadata: bool,
}

/// The programs to install, in this order.
pub(super) fn filters(restrictions: Restrictions) -> Result<Vec<BpfProgram>, SandboxError> {
    let mut forbidden = Rules::new();
    for call in FORBIDDEN.iter().chain(OLD_FORBIDDEN) {
        forbidden.insert(*call, Vec::new());
    }
    if restrictions.metadata {
        for call in METADATA.iter().chain(OLD_METADATA) {
            forbidden.insert(*call, Vec::new());
        }
    }
    forbidden.insert(libc::SYS_unshare, namespace_rules()?);
    forbidden.insert(libc::SYS_clone, namespace_rules()?);
    forbidden.insert(
        libc::SYS_ioctl,
        FORBIDDEN_IOCTLS.iter().map(|request| equal(1, *request)).collect::<Result<_, _>>()?,
    );
    if let Some(rule) = socket_rule(restrictions.sockets)? {
        forbidden.insert(libc::SYS_socket, vec![rule]);
    }
    let missing = MISSING.iter().map(|call| (*call, Vec::new())).collect();
    Ok(vec![compile(missing, libc::ENOSYS)?, compile(forbidden, libc::EPERM)?])
}

fn namespace_rules() -> Result<Vec<SeccompRule>, SandboxError> {
    NAMESPACE_FLAGS.iter().map(|flag| with_flag(0, u64::from(flag.cast_unsigned()))).collect()
}

/// A rule that matches `socket` calls of every family that is not allowed.
fn socket_rule(sockets: Sockets) -> Result<Option<SeccompRule>, SandboxError> {
    let allowed: &[libc::c_int] = match sockets {
        Sockets::Any => return Ok(None),
        Sockets::Contained => {
            &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET]
        }
        Sockets::LocalOnly => &[libc::AF_UNIX, libc::AF_NETLINK],
    };
    let conditions = allowed
        .iter()
        .map(|family| condition(0, SeccompCmpOp::Ne, u64::from(family.cast_unsigned())))
        .collect::<Result<_, _>>()?;
    SeccompRule::new(conditions).map(Some).map_err(broken)
}

fn equal(argument: u8, value: u64) -> Result<SeccompRule, SandboxError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, value)?]).map_err(broken)
}

fn with_flag(argument: u8, flag: u64) -> Result<SeccompRule, SandboxError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::MaskedEq(flag), flag)?]).map_err(broken)
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, SandboxError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).map_err(broken)
}

/// A program that answers the calls of `rules` with `errno` and lets all others pass.
pub(super) fn compile(rules: Rules, errno: libc::c_int) -> Result<BpfProgram, SandboxError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(broken)?;
    let action = SeccompAction::Errno(errno.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, architecture).map_err(broken)?;
    let program = BpfProgram::try_from(filter).map_err(broken)?;
    Ok(refuse_x32().into_iter().chain(program).collect())
}

/// Two numbers per call exist on x86-64, the second with bit 30 set (the x32 interface). The compiled rules know only the first,
/// so the second is refused as a whole, as on kernels without it.
#[cfg(target_arch = "x86_64")]
fn refuse_x32() -> Vec<sock_filter> {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const X32_BIT: u32 = 0x4000_0000;
    const RETURN_ERRNO: u32 = 0x0005_0000;
    vec![
        sock_filter { code: LOAD_WORD, jt: 0, jf: 0, k: 0 },
        sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: X32_BIT },
        sock_filter { code: RETURN, jt: 0, jf: 0, k: RETURN_ERRNO | libc::ENOSYS.cast_unsigned() },
    ]
}
#[cfg(not(target_arch = "x86_64"))]
fn refuse_x32() -> Vec<sock_filter> {
    Vec::new()
}

/// A filter that cannot be compiled on this architecture.
pub(super) fn broken(error: seccompiler::BackendError) -> SandboxError {
    SandboxError::Confine { doing: "compiling the system call filter", source: std::io::Error::other(error) }
}
