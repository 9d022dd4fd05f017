//! The sources of the worker, in the order in which they are run.

/// What the interpreter is started with: it reads the rest from its first frame.
pub(crate) const START: &str = include_str!("start.py");

/// The modules, by the names under which they import each other.
pub(crate) const MODULES: &[(&str, &str)] = &[
    ("worker_frames", include_str!("frames.py")),
    ("worker_spans", include_str!("spans.py")),
    ("worker_context", include_str!("context.py")),
    ("worker_calls", include_str!("calls.py")),
    ("worker_combinators", include_str!("combinators.py")),
    ("worker_guard", include_str!("guard.py")),
    ("worker_output", include_str!("output.py")),
    ("worker_snapshot", include_str!("snapshot.py")),
    ("worker_cells", include_str!("cells.py")),
    ("worker_main", include_str!("main.py")),
];
