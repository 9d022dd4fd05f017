//! The system's own Python, found once.
//!
//! A program on the search path may be a script that looks for the real one, which takes it up to half a second each time;
//! so real programs are tried first, and what is remembered is what the interpreter says of itself.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// The oldest version whose syntax the worker needs.
const OLDEST: (u32, u32) = (3, 9);

/// The names it goes by.
const NAMES: &[&str] =
    &["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python"];

/// Where it is looked for when the search path has none.
const USUAL_PLACES: &[&str] = &["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// Where systems keep shared libraries. Code only: nothing of a person lies there.
const LIBRARIES: &[&str] = &[
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
];

/// What it says of itself: its version, itself, where its library lies, and the files it has mapped.
const QUESTION: &str = "
import json, os, sys
try:
    maps = sorted({line.split(None, 5)[5].strip() for line in open('/proc/self/maps') if '/' in line})
except OSError:
    maps = []
trees = [path for path in sys.path if os.path.isdir(path)]
print(json.dumps({'version': sys.version_info[:2], 'program': os.path.realpath(sys.executable), 'trees': trees, 'maps': maps}))
";

/// An interpreter, and what it needs of the file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Python {
    /// Its version, major and minor.
    pub(crate) version: (u32, u32),
    /// The program itself.
    pub(crate) program: PathBuf,
    /// What it must be able to read.
    pub(crate) readable: Vec<PathBuf>,
    /// What is executed when it starts.
    pub(crate) executable: Vec<PathBuf>,
}

/// The answer to [`QUESTION`].
#[derive(Debug, Deserialize)]
struct Answer {
    version: (u32, u32),
    program: PathBuf,
    trees: Vec<PathBuf>,
    maps: Vec<PathBuf>,
}

/// The interpreter of this machine; otherwise one sentence saying what to install. Looked for once in the life of the
/// process; blocks up to half a second the first time.
pub(crate) fn find() -> Result<&'static Python, String> {
    static FOUND: OnceLock<Result<Python, String>> = OnceLock::new();
    FOUND.get_or_init(search).as_ref().map_err(Clone::clone)
}

fn search() -> Result<Python, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = USUAL_PLACES.iter().map(PathBuf::from);
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(usual).collect();
    let named = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let (programs, scripts): (Vec<_>, Vec<_>) =
        named.filter(|path| path.is_file()).partition(|path| is_program(path));
    let mut oldest = None;
    for candidate in programs.iter().chain(&scripts) {
        match ask(candidate) {
            Some(answer) if answer.version >= OLDEST => return Ok(Python::from(answer)),
            Some(answer) => oldest = Some(answer.version),
            None => {}
        }
    }
    let (major, minor) = OLDEST;
    match oldest {
        Some((found_major, found_minor)) => Err(format!(
            "Python {found_major}.{found_minor} is too old for blocks: install Python {major}.{minor} or later as python3."
        )),
        None => none().cloned(),
    }
}

/// What is said on a machine without Python.
pub(crate) fn none() -> Result<&'static Python, String> {
    let (major, minor) = OLDEST;
    Err(format!(
        "There is no Python: install Python {major}.{minor} or later as python3 to run Python blocks."
    ))
}

/// Whether a file is a program of the machine and not a script.
fn is_program(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && !start.starts_with(b"#!")
}

fn ask(candidate: &Path) -> Option<Answer> {
    let mut command = Command::new(candidate);
    command.args(["-I", "-S", "-B", "-c", QUESTION]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    serde_json::from_slice(&output.stdout).ok()
}

impl From<Answer> for Python {
    fn from(answer: Answer) -> Self {
        let Answer { version, program, trees, maps } = answer;
        let libraries = LIBRARIES.iter().map(PathBuf::from).filter(|path| path.exists());
        let mut readable: Vec<PathBuf> = libraries.chain(trees).chain([program.clone()]).collect();
        // A library that lies elsewhere, for example beside an interpreter somebody built for themselves.
        let elsewhere =
            maps.iter().filter(|path| path.is_file() && !readable.iter().any(|tree| path.starts_with(tree)));
        let folders: Vec<PathBuf> =
            elsewhere.filter_map(|path| path.parent()).map(Path::to_path_buf).collect();
        readable.extend(folders);
        readable.dedup();
        let loaders = maps.into_iter().filter(|path| is_loader(path));
        let executable = [program.clone()].into_iter().chain(loaders).collect();
        Self { version, program, readable, executable }
    }
}

/// Whether a mapped file is what loads the shared libraries of a program.
fn is_loader(path: &Path) -> bool {
    let name = path.file_name().map(OsString::from).unwrap_or_default();
    let name = name.to_string_lossy();
    name.starts_with("ld-") || name.starts_with("ld64") || name.starts_with("ld.so")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_with_python_names_the_real_program() {
        let python = find().unwrap();
        assert!(is_program(&python.program), "{}", python.program.display());
        assert_eq!(python.program.canonicalize().unwrap(), python.program);
        assert!(python.executable.contains(&python.program));
    }

    #[test]
    fn a_library_beside_the_interpreter_is_readable() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libpython.so");
        std::fs::write(&library, "").unwrap();
        let program = PathBuf::from("/somewhere/python");
        let maps = vec![library, PathBuf::from("/lib/x/ld-linux-x86-64.so.2")];
        let python =
            Python::from(Answer { version: (3, 9), program: program.clone(), trees: Vec::new(), maps });
        assert!(python.readable.contains(&folder.path().to_path_buf()));
        assert_eq!(python.executable, [program, PathBuf::from("/lib/x/ld-linux-x86-64.so.2")]);
    }
}
