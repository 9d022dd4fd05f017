//! Reading a file that anybody may have put in its place: a pipe is never waited on, a device never read, and it is said
//! what is there instead of a file.

use std::fs::{File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Opens a regular file for reading; a link to one will do. Never blocks.
pub fn open(path: &Path) -> io::Result<File> {
    // Without a writer the opening of a pipe would wait for one.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        // A socket, or a device without a driver.
        Err(error @ (Errno::NXIO | Errno::NODEV)) => {
            return Err(path.metadata().map_or_else(|_| error.into(), |found| no_file(found.file_type())));
        }
        Err(error) => return Err(error.into()),
    };
    let kind = file.metadata()?.file_type();
    if kind.is_file() { Ok(file) } else { Err(no_file(kind)) }
}

/// The content of a regular file. Never blocks.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.read_to_end(&mut content)?;
    Ok(content)
}

/// The content of a regular file in UTF-8. Never blocks.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    let mut content = String::new();
    open(path)?.read_to_string(&mut content)?;
    Ok(content)
}

fn no_file(kind: FileType) -> io::Error {
    let found = if kind.is_dir() {
        "directory"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    };
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is a {found}, not a regular file"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_is_no_file_is_named_and_never_waited_on() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        symlink("file", at("link")).unwrap();
        std::fs::create_dir(at("directory")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        let _listening = UnixListener::bind(at("socket")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        assert_eq!(read_to_string(&at("link")).unwrap(), "text");
        assert_eq!(read(&at("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
        for name in ["directory", "pipe", "socket", "device"] {
            let told = read(&at(name)).unwrap_err().to_string();
            assert_eq!(told, format!("it is a {name}, not a regular file"));
        }
    }
}
