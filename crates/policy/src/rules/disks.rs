//! Programs that write disks.

use crate::judge::{Entry, Finding, Flag, Invocation, Risk, Targets, entry};
use crate::paths::Place;
use crate::shell::Word;

/// Disks and partitions.
pub(super) const FAMILY: &[Entry] =
    &[
        entry(
            Risk::Catastrophic,
            &[
                "mkfs",
                "mke2fs",
                "mkswap",
                "wipefs",
                "blkdiscard",
                "fdisk",
                "sfdisk",
                "gdisk",
                "sgdisk",
                "cfdisk",
                "parted",
                "hdparm",
                "cryptsetup",
                "lvremove",
                "vgremove",
                "pvremove",
                "zpool",
                "mdadm",
                "diskutil",
                "mkfs.ext2",
                "mkfs.ext3",
                "mkfs.ext4",
                "mkfs.xfs",
                "mkfs.btrfs",
                "mkfs.vfat",
                "mkfs.fat",
                "mkfs.ntfs",
                "mkfs.f2fs",
                "mkfs.exfat",
                "nvme",
                "format",
            ],
            "it writes a disk",
        ),
        entry(Risk::Destructive, &["shred", "srm"], "it overwrites files for good")
            .targets(Targets::Deleted)
            .judge(shred),
        entry(Risk::Local, &["dd"], "it copies bytes").judge(dd),
        entry(Risk::Local, &["fallocate"], "it allocates files")
            .targets(Targets::Written)
            .flags(&[Flag::new("-p", Risk::Destructive, "it punches holes into files")]),
    ];

/// What it overwrites is gone wherever it lies, so anything but a plain file of the workspace is the worst.
fn shred(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.operands().any(|word| invocation.place(word) == Place::Unknown) {
        findings.push(Finding::new(Risk::Catastrophic, "what it overwrites is only known when it runs"));
    }
}

fn dd(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.arguments.iter().any(|word| word.starts_dynamic) {
        findings.push(Finding::new(Risk::Catastrophic, "what it overwrites is only known when it runs"));
    }
    for word in invocation.arguments {
        let Some(path) = word.text.strip_prefix("of=") else { continue };
        let target = Word { text: path.to_owned(), ..word.clone() };
        findings.push(match invocation.place(&target) {
            Place::Sink => Finding::new(Risk::ReadOnly, "nothing is kept"),
            Place::Inside | Place::Scratch => Finding::new(Risk::Destructive, "it overwrites a file"),
            Place::Outside => Finding::new(Risk::Outside, format!("it writes {path}, outside the workspace")),
            Place::Unknown | Place::Root => {
                Finding::new(Risk::Catastrophic, "what it overwrites is only known when it runs")
            }
            Place::Protected | Place::Device => {
                Finding::new(Risk::Catastrophic, format!("it overwrites {path}"))
            }
        });
    }
}
