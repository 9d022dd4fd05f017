//! The port: what runs blocks on this machine.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::repl::{HelperDoc, Interpreter, Repl, ReplError, ReplHost, ReplOpening};
use headwater_sandbox::Probe;

use crate::completeness::is_whole;
use crate::directives::Bilingual;
use crate::helpers::HELPERS;
use crate::process::{self, Python};
use crate::session::Session;

/// What the prompt and the reference say of the helpers.
static DOCS: LazyLock<Vec<HelperDoc>> = LazyLock::new(|| HELPERS.iter().map(|helper| helper.doc).collect());

/// Blocks run by the system's own Python in a contained process, and blocks of directives. `probe` is what this machine offers
/// to contain it; without one it is found out when the first interpreter is opened. Where there is no Python, directives still run.
pub fn python_repl(probe: Option<Probe>) -> Arc<dyn Repl> {
    let found = OnceLock::new();
    if let Some(probe) = probe {
        // It was empty a line ago.
        found.get_or_init(|| Arc::new(probe));
    }
    Arc::new(SystemRepl { probe: Arc::new(found), find: process::find })
}

/// Blocks of directives only, as on a machine without Python.
pub fn repl_without_python() -> Arc<dyn Repl> {
    Arc::new(SystemRepl { probe: Arc::default(), find: process::none })
}

/// The Python that blocks run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPython {
    /// The program itself.
    pub program: PathBuf,
    /// Its version, major and minor.
    pub version: (u32, u32),
}

/// The Python of this machine; otherwise one sentence saying what to install. Blocks up to half a second the first time.
pub fn find_python() -> Result<FoundPython, String> {
    process::find().map(|python| FoundPython { program: python.program.clone(), version: python.version })
}

/// The implementation of the port.
struct SystemRepl {
    probe: Arc<OnceLock<Arc<Probe>>>,
    find: fn() -> Result<&'static Python, String>,
}

impl Repl for SystemRepl {
    fn python(&self) -> Result<(), String> {
        (self.find)().map(drop)
    }

    fn is_complete(&self, code: &str) -> bool {
        is_whole(code)
    }

    fn helpers(&self) -> &'static [HelperDoc] {
        DOCS.as_slice()
    }

    fn open(
        &self,
        opening: ReplOpening,
        host: Arc<dyn ReplHost>,
    ) -> BoxFuture<'static, Result<Box<dyn Interpreter>, ReplError>> {
        let (known, find) = (Arc::clone(&self.probe), self.find);
        async move {
            // Both run programs and wait for them, the first time.
            let found = tokio::task::spawn_blocking(move || {
                find().map(|python| (python, Arc::clone(known.get_or_init(|| Arc::new(Probe::detect())))))
            });
            let interpreter = match found.await.map_err(|error| ReplError::Start(error.to_string()))? {
                Ok((python, probe)) => {
                    let (limits, seed) = (opening.limits, opening.seed);
                    Bilingual::with_python(Session::open(python, probe, opening, host).await?, limits, seed)
                }
                Err(missing) => {
                    let opened = tokio::task::spawn_blocking(move || {
                        Bilingual::without_python(opening, host, missing)
                    });
                    opened.await.map_err(|error| ReplError::Start(error.to_string()))??
                }
            };
            Ok(Box::new(interpreter) as Box<dyn Interpreter>)
        }
        .boxed()
    }
}
