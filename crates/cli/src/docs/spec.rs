//! The files of `spec/`: the published schemas, as `headwater schema` prints them.

use std::path::PathBuf;

use crate::commands::schema::PUBLISHED;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec").join(name)
}

#[test]
fn n1_the_published_schemas_are_current_and_none_is_left_over() {
    for published in PUBLISHED {
        let (path, expected) = (file(&format!("{}.schema.json", published.name)), published.text().unwrap());
        if std::env::var_os("HEADWATER_BLESS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "{} is not current: HEADWATER_BLESS=1 cargo test -p headwater-cli",
            path.display()
        );
        let schema: serde_json::Value = serde_json::from_str(&found).unwrap();
        jsonschema::validator_for(&schema).unwrap();
    }
    let entries = std::fs::read_dir(file("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> = entries.filter_map(|name| name.into_string().ok()).collect();
    let mut expected: Vec<String> = PUBLISHED.iter().map(|one| format!("{}.schema.json", one.name)).collect();
    expected.push("README.md".to_owned());
    files.sort();
    expected.sort();
    assert_eq!(files, expected);
}

#[test]
fn n1_the_readme_of_the_schemas_names_each() {
    let readme = std::fs::read_to_string(file("README.md")).unwrap();
    for published in PUBLISHED {
        let line = format!("| `{}.schema.json` | {} |", published.name, published.about);
        assert!(readme.contains(&line), "{line}");
    }
}

#[test]
fn n1_the_schema_of_a_record_takes_recorded_lines_and_refuses_spoilt_ones() {
    let schema: serde_json::Value = serde_json::from_str(&PUBLISHED[0].text().unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let log = std::fs::read_to_string(file("../tests/transcripts/schema-1/mended.jsonl")).unwrap();
    for line in log.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&record), "{line}");
        let mut without_kind = record.clone();
        without_kind["type"] = "nothing".into();
        assert!(!validator.is_valid(&without_kind), "{line}");
    }
}
