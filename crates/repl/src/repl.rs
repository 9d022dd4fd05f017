//! The port: what runs blocks on this machine.

use std::sync::{Arc, LazyLock, OnceLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::repl::{HelperDoc, Interpreter, Repl, ReplError, ReplHost, ReplOpening};
use headwater_sandbox::Probe;

use crate::completeness::is_whole_python;
use crate::helpers::HELPERS;
use crate::process;
use crate::session::Session;

/// What the prompt and the reference say of the helpers.
static DOCS: LazyLock<Vec<HelperDoc>> = LazyLock::new(|| HELPERS.iter().map(|helper| helper.doc).collect());

/// Blocks run by the system's own Python in a contained process. `probe` is what this machine offers to contain it; without one it
/// is found out when the first interpreter is opened.
pub fn python_repl(probe: Option<Probe>) -> Arc<dyn Repl> {
    let found = OnceLock::new();
    if let Some(probe) = probe {
        // It was empty a line ago.
        found.get_or_init(|| Arc::new(probe));
    }
    Arc::new(PythonRepl { probe: Arc::new(found) })
}

/// The implementation of the port.
struct PythonRepl {
    probe: Arc<OnceLock<Arc<Probe>>>,
}

impl Repl for PythonRepl {
    fn python(&self) -> Result<(), String> {
        process::find().map(drop)
    }

    fn is_complete(&self, code: &str) -> bool {
        is_whole_python(code)
    }

    fn helpers(&self) -> &'static [HelperDoc] {
        DOCS.as_slice()
    }

    fn open(
        &self,
        opening: ReplOpening,
        host: Arc<dyn ReplHost>,
    ) -> BoxFuture<'static, Result<Box<dyn Interpreter>, ReplError>> {
        let known = Arc::clone(&self.probe);
        async move {
            // Both run programs and wait for them, the first time.
            let found = tokio::task::spawn_blocking(move || {
                let probe = Arc::clone(known.get_or_init(|| Arc::new(Probe::detect())));
                process::find().map(|python| (python, probe))
            });
            let found = found.await.map_err(|error| ReplError::Start(error.to_string()))?;
            let (python, probe) = found.map_err(ReplError::Start)?;
            let session = Session::open(python, probe, opening, host).await?;
            Ok(Box::new(session) as Box<dyn Interpreter>)
        }
        .boxed()
    }
}
