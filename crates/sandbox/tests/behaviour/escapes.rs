//! Ways out that are known to have worked somewhere: undoing mounts, new namespaces, devices, other processes, their sockets.

use std::fs;
use std::os::unix::net::UnixListener;

use headwater_sandbox::{Mechanism, Profile};

use crate::stage::{Stage, WRITE, has, mechanisms, run, text, with_namespaces};

#[tokio::test]
async fn the_mounts_cannot_be_undone() {
    let stage = Stage::new();
    let attempts = [
        "umount .git/config; umount -l .git/config; umount -l .; umount -l /",
        "mount -o remount,rw /; mount -o remount,rw,bind .git/config; mount -o remount,rw,bind $PWD/../outside",
        "mount --bind .git2 .git; mount -t tmpfs none .git",
        "unshare -m true && unshare -m sh -c 'umount -l .git/config; echo evil > .git/config'",
        "unshare -Urm sh -c 'umount -l .git/config; mount -o remount,rw /; echo evil > .git/config; touch ../outside/x'",
        "nsenter -t 1 -m sh -c 'echo evil > .git/config; touch ../outside/x'",
        "nsenter -t $PPID -m -U sh -c 'echo evil > .git/config'",
        "chroot . true && chroot / sh -c 'touch ../outside/x'",
        "echo evil > /proc/1/cwd/.git/config; echo x > /proc/1/root/$PWD/../outside/x",
        "mkdir -p other && mount -t overlay overlay -olowerdir=/,upperdir=$PWD,workdir=$PWD/other /mnt",
    ];
    for probe in mechanisms() {
        for attempt in attempts {
            stage
                .run(
                    &probe,
                    WRITE,
                    format!("{{ {attempt}; }} 2>&1; echo evil > .git/config; touch ../outside/x; true"),
                )
                .await;
            let config = fs::read_to_string(stage.work.join(".git/config")).unwrap();
            assert_eq!(config, "[core]\n", "{attempt} with {}", probe.mechanism);
            assert_eq!(
                fs::read_dir(&stage.outside).unwrap().count(),
                0,
                "{attempt} with {}",
                probe.mechanism
            );
        }
    }
}

#[tokio::test]
async fn no_new_user_namespace_and_no_capability_to_administrate() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let outcome = stage
            .run(
                &probe,
                WRITE,
                "unshare -U true; echo $?; grep -E 'CapEff|CapBnd|NoNewPrivs|^Seccomp:' /proc/self/status",
            )
            .await;
        let output = text(&outcome);
        assert!(!output.contains("\n0\n") && !output.starts_with("0\n"), "unshare worked: {output}");
        assert!(output.contains("NoNewPrivs:\t1") && output.contains("Seccomp:\t2"), "{output}");
        let effective = output.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
        let effective = u64::from_str_radix(effective, 16).unwrap();
        const ADMINISTRATE: u64 = 1 << 21;
        const TRACE: u64 = 1 << 19;
        const MAKE_NODES: u64 = 1 << 27;
        assert_eq!(effective & (ADMINISTRATE | TRACE | MAKE_NODES), 0, "{output}");
    }
}

#[tokio::test]
async fn disks_and_device_nodes_are_out_of_reach() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let script = "for disk in /dev/vda /dev/sda /dev/nvme0n1; do [ -b $disk ] && (: >> $disk) 2>/dev/null && echo open $disk; done; \
            mknod node b 254 0 2>/dev/null && echo made; ls /dev | wc -l; echo ok > /dev/null && head -c1 /dev/urandom | wc -c";
        let output = text(&stage.run(&probe, WRITE, script).await);
        assert!(!output.contains("open") && !output.contains("made"), "{}: {output}", probe.mechanism);
        assert!(output.ends_with("1\n"), "{}: {output}", probe.mechanism);
    }
}

#[tokio::test]
async fn kernel_settings_stay_as_they_are() {
    let stage = Stage::new();
    for probe in mechanisms() {
        // What is there already is written, so that a failure harms nothing.
        let setting = "/proc/sys/kernel/core_pattern";
        let script = format!(
            "old=$(cat {setting}); (echo \"$old\" > {setting}); echo $?; (: > /proc/sysrq-trigger); echo $?"
        );
        let output = text(&stage.run(&probe, WRITE, script).await);
        assert!(!output.lines().any(|line| line == "0"), "{}: {output}", probe.mechanism);
    }
}

#[tokio::test]
async fn our_own_memory_and_environment_are_unreadable() {
    let stage = Stage::new();
    let us = std::process::id();
    for probe in mechanisms() {
        let script = format!(
            "for pid in 1 $PPID {us}; do cat /proc/$pid/environ > /dev/null && echo read $pid; head -c1 /proc/$pid/mem > /dev/null && echo memory $pid; done; true"
        );
        let output = text(&stage.run(&probe, WRITE, script).await);
        let ours = output.contains(&format!("read {us}\n")) || output.contains(&format!("memory {us}\n"));
        assert!(!ours, "{}: {output}", probe.mechanism);
        // Process 1 is our supervisor under namespaces. Under bwrap it is a process as confined as the command, with
        // nothing of ours in it; without a process namespace it is the system's own, which is not ours to hide.
        if probe.mechanism == Mechanism::Namespaces {
            assert!(!output.contains("read 1\n") && !output.contains("memory"), "{output}");
        }
    }
}

#[tokio::test]
async fn no_process_in_reach_has_more_in_its_environment_than_the_command() {
    let stage = Stage::new();
    for probe in with_namespaces() {
        let mut command = stage.command(WRITE, "cat /proc/[0-9]*/environ | tr '\\0' '\\n'");
        command.env = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let output = text(&run(&probe, command).await);
        // What bash and bwrap say of themselves.
        let is_known = |line: &str| {
            ["PATH=/usr/bin:/bin", "_=", "PWD=", "OLDPWD=", "SHLVL="].iter().any(|it| line.starts_with(it))
        };
        let strange: Vec<_> = output.lines().filter(|line| line.contains('=') && !is_known(line)).collect();
        assert!(output.contains("PATH=") && strange.is_empty(), "{}: {strange:?}", probe.mechanism);
    }
}

#[tokio::test]
async fn the_supervisor_cannot_be_killed_from_inside() {
    let stage = Stage::new();
    for probe in with_namespaces() {
        let script = "kill -KILL 1; kill -KILL $PPID; kill -STOP 1; echo still here";
        let outcome = stage.run(&probe, WRITE, script).await;
        let is_there = outcome.exit.is_success() && text(&outcome).contains("still here");
        assert!(is_there, "{}: {outcome:?}", probe.mechanism);
    }
}

#[tokio::test]
async fn sockets_of_other_programs_cannot_be_connected_to() {
    let stage = Stage::new();
    if !has("python3") {
        return;
    }
    let path = stage.outside.join("daemon.sock");
    let _daemon = UnixListener::bind(&path).unwrap();
    let connect = "import socket; socket.socket(socket.AF_UNIX).connect";
    let script = format!("python3 -c '{connect}(\"{}\")'", path.display());
    for probe in with_namespaces() {
        for profile in [Profile::ReadOnly, WRITE, Profile::WorkspaceWrite { network: true }] {
            let outcome = stage.run(&probe, profile, &script).await;
            assert!(!outcome.exit.is_success(), "{profile:?} with {}", probe.mechanism);
        }
        let control = stage.run(&probe, Profile::Unconfined, &script).await;
        assert!(control.exit.is_success(), "the attempt itself works: {}", text(&control));
    }
}
