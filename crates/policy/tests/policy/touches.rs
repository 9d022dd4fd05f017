//! What a command names and may change.

use std::path::{Path, PathBuf};

use headwater_policy::{Touch, touches};
use proptest::prelude::*;

fn of(command: &str) -> Vec<String> {
    let short = |path: &PathBuf| {
        let path = path.display().to_string();
        path.strip_prefix("/w/").map_or_else(|| path.replace("/w", "."), str::to_owned)
    };
    let told = |touch: &Touch| match touch {
        Touch::File(path) => format!("file {}", short(path)),
        Touch::Tree(path) => format!("tree {}", short(path)),
        Touch::Copy { from, to } => format!("copy {} {}", short(from), short(to)),
        Touch::Named(path) => format!("named {}", short(path)),
        Touch::Uncommitted(path) => format!("uncommitted {}", short(path)),
    };
    touches(command, Path::new("/w"), Some(Path::new("/home/me"))).iter().map(told).collect()
}

#[test]
fn s6_what_a_command_deletes_or_overwrites_is_named() {
    let table: &[(&str, &[&str])] = &[
        ("ls -la && cat a.txt | grep x", &[]),
        ("rm a.txt", &["tree a.txt"]),
        ("rm -rf src/old ./b -- -c", &["tree -c", "tree b", "tree src/old"]),
        ("rm *.log", &["tree *.log"]),
        ("cd src && rm x", &["tree src/x"]),
        ("cd src; rm x", &["tree src/x", "tree x"]),
        ("sudo -n rm x; timeout 5 rm y", &["tree x", "tree y"]),
        ("bash -c 'rm x'", &["tree x"]),
        ("rm /etc/hosts ../up ~/mine", &[]),
        ("mv a b", &["tree a", "copy a b"]),
        ("mv a.txt c.txt dir/", &["tree a.txt", "tree c.txt", "copy a.txt dir", "copy c.txt dir"]),
        ("cp -r /tmp/new src", &["copy /tmp/new src"]),
        ("cp -t out a b", &["copy a out", "copy b out"]),
        ("echo hi > a.txt", &["file a.txt"]),
        ("make 2>>log/err.txt >/dev/null", &["file log/err.txt"]),
        ("sort x | tee -a y.txt z", &["file y.txt", "file z"]),
        ("truncate -s 0 big.bin", &["file big.bin"]),
        ("chmod u+x run.sh && chmod -R 0644 a", &["file a", "file run.sh"]),
        ("dd if=/dev/zero of=disk.img count=1", &["file disk.img"]),
        ("sed -i s/a/b/ src/x.rs", &["named s/a/b", "named src/x.rs"]),
        ("python3 tidy.py --out=res.json data.csv", &["named data.csv", "named res.json", "named tidy.py"]),
        ("find . -name '*.o' -delete", &["tree ."]),
        ("find src -name '*.bak' -exec rm {} +", &["tree src"]),
        ("git status; git diff; git log -- a", &[]),
        ("git checkout -- src/a.rs", &["uncommitted src/a.rs"]),
        ("git restore .", &["uncommitted ."]),
        ("git checkout main", &["uncommitted .", "uncommitted main"]),
        ("git reset --hard HEAD~1", &["uncommitted ."]),
        ("git -C sub clean -fd", &["uncommitted sub"]),
        ("git rm -r old", &["tree old"]),
        ("rm \"$x\" $(ls)", &[]),
        ("rm 'unclosed", &[]),
    ];
    let mut wrong = Vec::new();
    for (command, expected) in table {
        let mut expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        let mut found = of(command);
        expected.sort();
        found.sort();
        if found != expected {
            wrong.push((command, found, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #[test]
    fn s6_nothing_outside_the_workspace_is_ever_named(command in "[a-z /.~*>&|;$'\"-]{0,60}") {
        for touch in touches(&command, Path::new("/w"), Some(Path::new("/home/me"))) {
            prop_assert!(touch.path().starts_with("/w"), "{command}: {touch:?}");
        }
    }

    #[test]
    fn s6_a_named_file_is_found_among_others(name in "[a-z]{1,8}\\.txt", other in "x[a-z]{0,8}") {
        // No word of the shell's grammar begins with `x`.
        for command in [format!("rm {name}"), format!("{other} x; rm -f '{name}'"), format!("cat y > {name}")] {
            let names = touches(&command, Path::new("/w"), None);
            let path = Path::new("/w").join(&name);
            prop_assert!(names.contains(&Touch::Tree(path.clone())) || names.contains(&Touch::File(path)), "{command}");
        }
    }
}
