//! A server that is a program, in Python.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What it is: its head says how it behaves.
const SOURCE: &str = include_str!("server.py");

/// A server over standard streams, and what it leaves behind. The program is not run before somebody runs its command.
#[derive(Debug)]
pub struct McpProgram {
    directory: TempDir,
    words: Vec<String>,
}

impl McpProgram {
    /// A server that behaves as these words say; none means well.
    pub fn new(words: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("server.py"), SOURCE).expect("the program");
        Self { directory, words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// The command that runs it.
    pub fn command(&self) -> Vec<String> {
        let place = self.directory();
        let own = [PathBuf::from("python3"), place.join("server.py"), place.to_owned()];
        let own = own.map(|path| path.to_string_lossy().into_owned());
        own.into_iter().chain(self.words.iter().cloned()).collect()
    }

    /// Where it notes what happens.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// How it behaves from its next start on.
    pub fn behave(&mut self, words: &[&str]) {
        self.words = words.iter().map(|word| (*word).to_owned()).collect();
    }

    /// How often it was started.
    pub fn starts(&self) -> usize {
        self.noted("starts.txt").len()
    }

    /// The methods that it was asked for, in order.
    pub fn heard(&self) -> Vec<String> {
        self.noted("heard.txt")
    }

    fn noted(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.directory().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}
