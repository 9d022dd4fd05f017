//! `tidy`: checks every rule of the house, or those named.

use super::Command;
use crate::rules::{RULES, Rule};
use crate::{Finding, Repository};
use anyhow::{Result, bail};
use std::io::Write;
use std::process::ExitCode;

pub(super) const COMMAND: Command =
    Command { name: "tidy", summary: "check the rules of the house, or the rules named", run };

fn run(repository: &Repository, names: &[String], out: &mut dyn Write) -> Result<ExitCode> {
    let mut findings = 0;
    for rule in chosen(names)? {
        for finding in (rule.check)(repository)? {
            report(out, rule, &finding)?;
            findings += 1;
        }
    }
    if findings == 0 {
        writeln!(out, "tidy")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{findings} findings")?;
    Ok(ExitCode::FAILURE)
}

fn report(out: &mut dyn Write, rule: &Rule, finding: &Finding) -> Result<()> {
    Ok(writeln!(out, "{finding} [{}]", rule.name)?)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Rule>> {
    if let Some(unknown) = names.iter().find(|name| RULES.iter().all(|rule| rule.name != *name)) {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        bail!("no rule is named {unknown}; there are {}", known.join(", "));
    }
    let is_chosen = |rule: &&Rule| names.is_empty() || names.iter().any(|name| name == rule.name);
    Ok(RULES.iter().filter(is_chosen).collect())
}
