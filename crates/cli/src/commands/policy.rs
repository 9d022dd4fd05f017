//! `headwater policy check [--mode M] -- CMD…`: what would be asked, and by which rule. Exit code 0 when the command
//! would run, 3 when it would ask, 1 when it would be denied. `headwater policy approve` says yes to rules of the project that set
//! how much is asked.

mod approving;

use std::fmt::Write as _;

use anyhow::Result;
use clap::{Args, Subcommand};
use headwater_engine::withheld::{Bounds, known_of, look};
use headwater_engine::{at_stake, modes};
use headwater_policy::{Decision, Explanation, Question, Withheld};
use headwater_protocol::views::Made;
use headwater_protocol::{Access, Capability, ModeId};
use headwater_sandbox::{Probe, Profile};

use self::approving::ApproveArguments;
pub(crate) use self::approving::is_agreed;
use crate::args::Globals;
use crate::output;
use crate::premises::Premises;
use crate::rules;
use crate::runtime;
use crate::user_error::UserError;
use crate::withheld_files;

/// What to ask the policy.
#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Judge a command: exit code 0 when it would run, 3 when it would ask, 1 when it would be denied.
    Check(CheckArguments),
    /// Show the rules of this project's settings that let everything of a kind run, and say yes to exactly these.
    Approve(ApproveArguments),
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// The command; a single argument is a whole script.
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub(super) fn run(own: &PolicyArguments, globals: &Globals) -> Result<u8> {
    let premises = Premises::find_unattended(globals)?;
    match &own.action {
        Action::Check(check) => judge(check, globals, &premises),
        Action::Approve(approve) => approving::run(approve, &premises),
    }
}

fn judge(check: &CheckArguments, globals: &Globals, premises: &Premises) -> Result<u8> {
    if let Some(told) = rules::waiting_told(premises)? {
        output::note(&output::without_controls(&format!("warning: {told}")));
    }
    let command = script(&check.command)?;
    let probe = Probe::detect();
    let (policy, home) = (rules::in_force(premises)?, std::env::home_dir());
    let access = Access::Run { command };
    let question = Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: modes::spec(globals.mode.map_or(ModeId::default(), ModeId::from)),
        workspace: &premises.workspace,
        home: home.as_deref(),
        is_sandboxed: probe.enforces(Profile::WorkspaceWrite { network: false }),
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    };
    let withholding = policy.withholding(&question);
    let known = known_of(withholding.clone(), policy.runs_git(&question), &question);
    let known = runtime::single_threaded()?.block_on(known);
    // Of no session: what is there was there before.
    let at_stake = at_stake(&policy.going(&question), &Made::default(), &premises.workspace, home.as_deref());
    let (withheld, at_stake) = (known.as_withheld(), Some(at_stake.as_slice()));
    let explanation = policy.explain(&Question { withheld, at_stake, ..question });
    let found = look(&withholding, &premises.workspace, Bounds::of_commands());
    let text = report(&explanation) + &withheld_files::listed(&found, &premises.workspace);
    output::print(&output::without_controls(&text))?;
    Ok(match explanation.decision {
        Decision::Allow { .. } => 0,
        Decision::Ask { .. } => 3,
        Decision::Deny { .. } => 1,
    })
}

/// One argument is a script; several are a command line.
fn script(words: &[String]) -> Result<String> {
    match words {
        [whole] => Ok(whole.clone()),
        several => shlex::try_join(several.iter().map(String::as_str))
            .map_err(|error| UserError::usage(format!("this is no command: {error}")).into()),
    }
}

// Writing to a String cannot fail, here and below.
fn report(explanation: &Explanation) -> String {
    let mut text = String::new();
    if let Some(problem) = &explanation.problem {
        let _never = writeln!(text, "not wholly understood: {problem}");
    }
    for part in &explanation.parts {
        let _never = writeln!(text, "part   {}\n       {} by {}", part.command, part.verdict, part.rule);
        for finding in &part.findings {
            let _never = writeln!(text, "       {finding}");
        }
    }
    verdict(&mut text, &explanation.decision);
    text
}

fn verdict(text: &mut String, decision: &Decision) {
    let _never = writeln!(text, "{:<6} by {}", decision.name(), decision.rule());
    let lines = match decision {
        Decision::Allow { confinement, .. } => vec![format!("runs {}", words_for(*confinement))],
        Decision::Ask { why, offers, effect, confinement, .. } => {
            let mut lines =
                vec![why.clone(), effect.clone(), format!("after a yes it runs {}", words_for(*confinement))];
            lines.extend(offers.iter().map(|offer| format!("an approval could save {offer}")));
            lines
        }
        Decision::Deny { why, .. } => vec![why.clone()],
    };
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let _never = writeln!(text, "       {line}");
    }
}

fn words_for(confinement: headwater_protocol::Confinement) -> &'static str {
    use headwater_protocol::Confinement;
    match confinement {
        Confinement::ReadOnly => "read-only, without network",
        Confinement::WorkspaceWrite => "with the workspace writable, without network",
        Confinement::WorkspaceWriteNetwork => "with the workspace writable and the network",
        Confinement::Unconfined => "unconfined",
    }
}
