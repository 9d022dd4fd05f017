//! Files whose name says that they hold the secrets of a program: `.env` and its like. Reading one needs a yes.

/// What follows `.env.` in files that only show what is to be filled in.
const SAMPLES: &[&str] = &["example", "sample", "template", "tmpl", "dist", "defaults", "schema", "md"];
/// What precedes `.env` in files that hold secrets; `process.env` and its like are words of code.
const STAGES: &[&str] = &[
    "prod",
    "production",
    "dev",
    "development",
    "stage",
    "staging",
    "local",
    "test",
    "testing",
    "docker",
    "secret",
    "secrets",
    "credentials",
];

/// Whether a file of this name holds the secrets of a program.
pub fn is_environment_file(name: &str) -> bool {
    let name = name.to_lowercase();
    if let Some(rest) = name.strip_prefix(".env") {
        return match rest.strip_prefix('.') {
            Some(kind) => {
                !kind.is_empty() && !SAMPLES.iter().any(|sample| kind.split('.').any(|part| part == *sample))
            }
            None => matches!(rest, "" | "rc" | "~"),
        };
    }
    name == ".dev.vars" || name.strip_suffix(".env").is_some_and(|stage| STAGES.contains(&stage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_words_of_code_are_no_secrets() {
        for name in
            [".env", ".env.local", ".ENV.Production", ".envrc", "prod.env", ".dev.vars", ".env.local.bak"]
        {
            assert!(is_environment_file(name), "{name}");
        }
        for name in [
            ".env.example",
            ".env.sample",
            ".env.template",
            ".env.local.example",
            "process.env",
            ".environment",
            "env",
            "a.envy",
            ".env.",
        ] {
            assert!(!is_environment_file(name), "{name}");
        }
    }
}
