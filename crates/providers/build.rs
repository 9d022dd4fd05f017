//! Lists the files of `assets/providers/`, so that a vendor is one TOML and no line of code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked when it runs, not when it was compiled: a target directory may outlive a checkout's place.
    let root =
        env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("cargo sets CARGO_MANIFEST_DIR"))?;
    let assets = Path::new(&root).join("../../assets/providers");
    println!("cargo::rerun-if-changed={}", assets.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&assets)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();

    let mut list = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(list, "    ({stem:?}, include_str!({:?})),", path.display()).map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("vendors.rs"), list)
}
