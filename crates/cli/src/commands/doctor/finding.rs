//! What a check found: good, worth knowing, or a problem with its fix.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Note,
    Problem,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    status: Status,
    /// What was looked at.
    subject: String,
    /// What was found.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// The findings of one check.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    name: &'static str,
    findings: Vec<Finding>,
}

impl Section {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, findings: Vec::new() }
    }

    pub(super) fn ok(&mut self, subject: impl Into<String>, detail: impl Into<String>) {
        self.add(Status::Ok, subject.into(), detail.into(), None);
    }

    pub(super) fn note(&mut self, subject: impl Into<String>, detail: impl Into<String>) {
        self.add(Status::Note, subject.into(), detail.into(), None);
    }

    pub(super) fn problem(&mut self, subject: &str, detail: impl Into<String>, fix: impl Into<String>) {
        self.add(Status::Problem, subject.to_owned(), detail.into(), Some(fix.into()));
    }

    fn add(&mut self, status: Status, subject: String, detail: String, fix: Option<String>) {
        self.findings.push(Finding { status, subject, detail, fix });
    }
}

/// Whether anything needs a fix.
pub(super) fn has_problem(sections: &[Section]) -> bool {
    sections.iter().flat_map(|section| &section.findings).any(|finding| finding.status == Status::Problem)
}

/// The report for scripts.
pub(super) fn as_json(sections: &[Section]) -> Result<String> {
    let report = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "ok": !has_problem(sections),
        "sections": sections,
    });
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// The report for people.
pub(super) fn as_text(sections: &[Section]) -> String {
    let mut text = format!("headwater {}\n", env!("CARGO_PKG_VERSION"));
    // Writing to a String cannot fail, here and below.
    for section in sections {
        let _never = writeln!(text, "\n{}", section.name);
        for Finding { status, subject, detail, fix } in &section.findings {
            let mark = match status {
                Status::Ok => "ok     ",
                Status::Note => "note   ",
                Status::Problem => "PROBLEM",
            };
            let _never = writeln!(text, "  {mark}  {subject}: {detail}");
            if let Some(fix) = fix {
                let _never = writeln!(text, "           {fix}");
            }
        }
    }
    let end = if has_problem(sections) {
        "\nThere are problems; each says what to do.\n"
    } else {
        "\nNo problems.\n"
    };
    crate::output::without_controls(&(text + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_fix() {
        let mut section = Section::new("programs");
        section.ok("git", "2.50");
        assert!(!has_problem(&[section.clone()]));
        section.problem("bash", "is not there", "Install bash.");
        assert!(has_problem(&[section.clone()]));
        let text = as_text(&[section]);
        assert!(text.contains("  PROBLEM  bash: is not there\n           Install bash.\n"), "{text}");
    }
}
