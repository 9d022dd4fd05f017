//! How the program is linked.

use std::process::Command;

/// The first glibc whose loader knows relocations in the short form.
const FIRST_GLIBC: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_linux_with_glibc() && is_for_this_machine() && glibc().is_some_and(|version| version >= FIRST_GLIBC)
    {
        // A position-independent program names every pointer in its data. Written out these names take more than a megabyte,
        // which the loader reads to the end at every start; in the short form it is a fiftieth of that. A linker that does not
        // know it says so and goes on.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

fn is_linux_with_glibc() -> bool {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")
}

/// Of the machine that another program is built for nothing is known.
fn is_for_this_machine() -> bool {
    std::env::var("HOST").is_ok_and(|host| std::env::var("TARGET").is_ok_and(|target| host == target))
}

/// The version of the glibc here.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
