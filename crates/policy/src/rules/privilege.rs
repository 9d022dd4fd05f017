//! Programs that act with other rights or change the machine.

use crate::judge::{Entry, Risk, entry};

/// Rights, users, mounts and kernels.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::Catastrophic,
        &["sudo", "su", "doas", "pkexec", "run0", "sudoedit", "visudo", "vipw"],
        "it runs with the rights of another user",
    ),
    entry(
        Risk::Privilege,
        &[
            "mount", "umount", "chroot", "unshare", "nsenter", "setcap", "capsh", "bwrap", "firejail",
            "losetup", "swapon", "swapoff",
        ],
        "it changes how the machine is seen",
    ),
    entry(
        Risk::Privilege,
        &[
            "useradd", "userdel", "usermod", "groupadd", "groupdel", "passwd", "chpasswd", "chsh", "chfn",
            "adduser", "deluser",
        ],
        "it changes the users of this machine",
    ),
    entry(
        Risk::Privilege,
        &[
            "insmod",
            "rmmod",
            "modprobe",
            "sysctl",
            "dmesg",
            "iptables",
            "ip6tables",
            "nft",
            "ufw",
            "firewall-cmd",
            "ip",
            "route",
            "update-grub",
            "grub-install",
            "efibootmgr",
            "setenforce",
            "update-alternatives",
            "ldconfig",
            "timedatectl",
            "hostnamectl",
            "localectl",
        ],
        "it changes this machine",
    ),
    entry(
        Risk::Privilege,
        &["security", "defaults", "spctl", "csrutil", "dscl", "nvram", "tccutil", "reg", "netsh"],
        "it changes this machine",
    ),
    entry(
        Risk::Outside,
        &[
            "gpg",
            "gpg2",
            "pass",
            "secret-tool",
            "ssh-add",
            "ssh-keygen",
            "ssh-agent",
            "keyring",
            "op",
            "bw",
            "vault",
        ],
        "it reaches the person's keys",
    ),
];
