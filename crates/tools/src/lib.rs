//! Built-in capabilities: files, search, shell, todos, questions.
