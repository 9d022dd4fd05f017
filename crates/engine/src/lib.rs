//! The actor: turns, modes, repairs, stops, sessions.
