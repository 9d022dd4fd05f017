//! A ready-made project with a failing test, in plain POSIX shell: it runs anywhere, in milliseconds.

use super::Workspace;

/// What is wrong: the sum of three numbers leaves out the third.
const ADD: &str = r#"#!/bin/sh
# Prints the sum of its arguments.
add() {
    total=0
    for number in "$1" "$2"; do
        total=$((total + number))
    done
    echo "$total"
}
"#;

const TESTS: &str = r#"#!/bin/sh
# Runs the tests; the exit code is the number of failures.
. "$(dirname "$0")/../src/add.sh"
failures=0
check() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: expected $3, got $2"
        failures=$((failures + 1))
    fi
}
check "adds two numbers" "$(add 1 2)" 3
check "adds three numbers" "$(add 1 2 3)" 6
exit "$failures"
"#;

const README: &str = "# add\n\nAdds numbers. Tests: `sh tests/run.sh`.\n";

impl Workspace {
    /// A small project under git whose test `sh tests/run.sh` fails (exit 1) until `src/add.sh` loops over `"$@"`
    /// instead of `"$1" "$2"`.
    pub fn failing_test() -> Self {
        Self::new().with_failing_test()
    }

    /// The same project in a workspace made before, for example by [`for_binary`](Self::for_binary).
    #[must_use]
    pub fn with_failing_test(self) -> Self {
        self.file("README.md", README).file("src/add.sh", ADD).script("tests/run.sh", TESTS).git();
        self
    }
}
