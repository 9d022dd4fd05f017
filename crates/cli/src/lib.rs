//! The headwater binary: arguments, settings, wiring.
