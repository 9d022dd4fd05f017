//! Shell commands: every part is judged by itself, and the worst verdict wins.

use std::path::{Path, PathBuf};

use headwater_protocol::{Confinement, Posture};

use crate::decision::{Decision, Question};
use crate::explain::{Explanation, PartReport};
use crate::judge::{
    Finding, Going, Part, Reach, Risk, base_name, going, is_git, judge_unit, may_be_secret, program_name,
    reached, secret_files, shown_by_history, weigh,
};
use crate::paths::Ground;
use crate::permissions::{AfterForeign, Effect, PlacedRule, Scope, offer, offer_deletions};
use crate::policy::{Policy, ground, settle, widened};
use crate::rules::take_program;
use crate::secrets;
use crate::shell::{Unit, Word, catastrophic_mention, loose_words, read, units};
use crate::taint;
use crate::withheld;

/// A script while it is judged.
struct Trial<'a> {
    policy: &'a Policy,
    question: &'a Question<'a>,
    ground: Ground<'a>,
    command: &'a str,
    parts: Vec<Part>,
    problem: Option<String>,
    /// What the parts that need a yes take: all parts run under it, since a script runs as one.
    reach: Confinement,
}

/// How one part fared.
#[derive(Debug)]
enum Verdict {
    /// It passes, for this reason, by this rule.
    Passes { rule: String, by: Reason },
    /// It asks.
    Asks,
}

/// Why a part passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It is harmless where it runs.
    Itself,
    /// A person wrote a rule.
    Rule,
    /// The mode lets everything pass.
    Mode,
}

/// Judges a command that the mode permits, and says how.
pub(crate) fn judge(policy: &Policy, question: &Question<'_>, command: &str) -> Explanation {
    let trial = Trial::new(policy, question, command);
    let decision = settle(question, trial.decide());
    Explanation { parts: trial.reports(), problem: trial.problem, decision }
}

/// Whether a command reaches the network by what is known of it.
pub(crate) fn reaches_network(question: &Question<'_>, command: &str) -> bool {
    let ground = ground(question);
    let (found, problem) = units(read(command, question.workspace, question.home), question.home);
    problem.is_some() || found.into_iter().any(|unit| judge_unit(unit, &ground).reaches_network())
}

/// Whether a command runs git, or may.
pub(crate) fn runs_git(question: &Question<'_>, command: &str) -> bool {
    let (found, _) = units(read(command, question.workspace, question.home), question.home);
    let is_open = |unit: &Unit| unit.words().first().is_some_and(|word| word.is_dynamic);
    found.iter().any(|unit| is_open(unit) || is_git(base_name(program_name(unit.words()))))
}

/// The files that a command names and makes go.
pub(crate) fn goes(question: &Question<'_>, command: &str) -> Going {
    let ground = ground(question);
    let (found, _) = units(read(command, question.workspace, question.home), question.home);
    going(&found.into_iter().map(|unit| judge_unit(unit, &ground)).collect::<Vec<_>>())
}

/// The files with secrets that a command names to read, and those which a pattern of it may mean.
pub(crate) fn secrets_of(question: &Question<'_>, command: &str) -> Vec<PathBuf> {
    let ground = ground(question);
    let (mut found, _) = units(read(command, question.workspace, question.home), question.home);
    found.iter_mut().for_each(take_program);
    found.iter().flat_map(|unit| secret_files(unit, &ground)).collect()
}

impl<'a> Trial<'a> {
    fn new(policy: &'a Policy, question: &'a Question<'a>, command: &'a str) -> Self {
        let ground = ground(question);
        let (found, problem) = units(read(command, question.workspace, question.home), question.home);
        let mut parts: Vec<Part> = found.into_iter().map(|unit| judge_unit(unit, &ground)).collect();
        weigh(&mut parts, question.at_stake);
        let reach = Confinement::ReadOnly;
        let mut trial = Self { policy, question, ground, command, parts, problem, reach };
        trial.reach = trial.needs_of_what_needs_a_yes();
        trial
    }

    fn decide(&self) -> Decision {
        if let Some(denied) = self.denied() {
            return denied;
        }
        if let Some(finding) = self.catastrophe() {
            return self.barred(self.ask(&finding, Vec::new(), true));
        }
        if let Some(asked) = self.asked() {
            return self.barred(asked);
        }
        let decision = self.with_withheld(self.with_secrets(self.by_posture()));
        self.with_taint(decision)
    }

    /// What holds secrets of a program is read after a yes only; a `Read(…)` rule is one.
    fn with_secrets(&self, decision: Decision) -> Decision {
        let named = self.parts.iter().flat_map(|part| secret_files(&part.unit, &self.ground));
        let in_unread =
            loose_words(self.command).into_iter().filter(|word| self.is_unread() && may_be_secret(word));
        let files: Vec<PathBuf> = named.chain(in_unread.map(PathBuf::from)).collect();
        let grants: Vec<&PlacedRule> = self.grants().collect();
        secrets::ask(self.question, &files, &grants, decision)
    }

    /// What nothing hides from the command asks where it comes by it; what a rule denies is denied where it surely does.
    fn with_withheld(&self, decision: Decision) -> Decision {
        let (known, question) = (self.question.withheld, self.question);
        let units = || self.parts.iter().map(|part| &part.unit);
        let name = |file: &Path| secrets::shown(file, question.workspace);
        if let Some(file) =
            units().find_map(|unit| shown_by_history(unit, self.command, &self.ground, known.tracked))
        {
            let said = format!("the repository holds {}, which is withheld", name(file));
            let offers = self.denying(file).is_none().then(|| secrets::rule(question, file)).flatten();
            return withheld::ask(decision, &said, offers.into_iter().collect());
        }
        let reached = units().filter_map(|unit| reached(unit, &self.ground, known.open));
        let (will, may): (Vec<_>, Vec<_>) = reached.partition(|(reach, _)| *reach == Reach::Will);
        if let Some((rule, file)) =
            will.iter().find_map(|(_, file)| self.denying(file).map(|rule| (rule, *file)))
        {
            let why =
                format!("it reads {}, which the rule {rule} denies, and no sandbox hides it", name(file));
            return Decision::Deny { rule, why };
        }
        let denied = || known.open.iter().find(|file| self.denying(file).is_some());
        let asked = will
            .first()
            .map(|(_, file)| *file)
            .or_else(|| denied().filter(|_| !may.is_empty() || self.problem.is_some()).map(PathBuf::as_path));
        if let Some(file) = asked {
            let said = format!("no sandbox hides {} from it, which is withheld", name(file));
            return withheld::ask(decision, &said, Vec::new());
        }
        if known.is_unsearched && !self.is_blind() {
            let said = "there are too many files here to find those that rules withhold from it";
            return withheld::ask(decision, said, Vec::new());
        }
        decision
    }

    /// The rule that denies reading a file, or what lies in a directory.
    fn denying(&self, file: &Path) -> Option<String> {
        let inside = file.join("\u{2026}");
        let denies = |placed: &&PlacedRule| {
            [file, &inside].iter().any(|path| placed.rule.matches_path("read", path, &self.ground))
        };
        self.policy.of(Effect::Deny).find(denies).map(|placed| placed.rule.text.clone())
    }

    /// Whether no part of it looks into files that it does not name.
    fn is_blind(&self) -> bool {
        let anywhere = [self.question.workspace.join("\u{2026}")];
        let is_blind = |part: &Part| reached(&part.unit, &self.ground, &anywhere).is_none();
        self.problem.is_none() && self.parts.iter().all(is_blind)
    }

    /// What would ask anyway asks as it does, unless nothing may reach the network any more.
    fn barred(&self, decision: Decision) -> Decision {
        if self.policy.after_foreign() == AfterForeign::Deny { self.with_taint(decision) } else { decision }
    }

    fn with_taint(&self, decision: Decision) -> Decision {
        let Some(foreign) = self.question.taint else { return decision };
        let reaching: Vec<&Part> = self.parts.iter().filter(|part| part.reaches_network()).collect();
        let knowing = |part: &&Part| {
            let mut given = self.grants().filter(|placed| foreign.rules.contains(&placed.rule.text));
            given.find(|placed| placed.rule.permits(&part.unit)).map(|placed| placed.rule.text.clone())
        };
        let known = reaching.iter().map(knowing).collect::<Option<Vec<String>>>();
        let offers: Option<Vec<String>> = reaching.iter().map(|part| offer(part)).collect();
        let reach = taint::Reach {
            is_reaching: !reaching.is_empty() || self.problem.is_some(),
            known: known.and_then(|rules| rules.into_iter().next()),
            offers: offers.unwrap_or_default(),
            effect: Risk::Network.effect(),
        };
        taint::ask((self.question, self.policy.after_foreign()), foreign, reach, decision)
    }

    fn denied(&self) -> Option<Decision> {
        if let Some(rule) = self.bound_by(Effect::Deny) {
            return Some(Decision::Deny { why: format!("the rule {rule} denies it"), rule });
        }
        let rule = self.mentioned_in_unread(Effect::Deny)?;
        let why = format!("the script is not understood, and it mentions what the rule {rule} denies");
        Some(Decision::Deny { rule, why })
    }

    /// The first rule of an effect that binds any part.
    fn bound_by(&self, effect: Effect) -> Option<String> {
        self.policy.of(effect).find(|placed| self.binds(placed)).map(|placed| placed.rule.text.clone())
    }

    fn binds(&self, placed: &PlacedRule) -> bool {
        placed.rule.covers_tool("shell")
            || self.parts.iter().any(|part| placed.rule.binds(&part.unit, &self.ground))
            || (placed.rule.covers_tool("delete") && self.parts.iter().any(Part::deletes))
    }

    fn mentioned_in_unread(&self, effect: Effect) -> Option<String> {
        self.policy.of(effect).find(|placed| self.mentions(placed)).map(|placed| placed.rule.text.clone())
    }

    /// From a script that is not understood nothing follows, but a rule whose words stand in it is not passed over.
    fn mentions(&self, placed: &PlacedRule) -> bool {
        if !self.is_unread() {
            return false;
        }
        let words = loose_words(self.command);
        let written: Vec<&Word> = self.parts.iter().flat_map(|part| part.unit.words()).collect();
        let has = |name: &str| {
            words.iter().any(|word| is_or_may_be(word, &name.to_lowercase()))
                || written.iter().any(|word| word.is_dynamic && word.text.contains(name))
        };
        match &placed.rule.scope {
            Scope::Command(pattern) => {
                let mut fixed = pattern.fixed_words().peekable();
                fixed.peek().is_some() && fixed.all(has)
            }
            Scope::Path(pattern) => pattern.name().is_some_and(has),
            Scope::Everything | Scope::Domain(_) | Scope::Nothing => false,
        }
    }

    fn is_unread(&self) -> bool {
        self.problem.is_some()
            || self.parts.iter().any(|part| part.findings.iter().any(|finding| finding.risk == Risk::Opaque))
    }

    /// The first catastrophic part, or a catastrophic word in what is not understood.
    fn catastrophe(&self) -> Option<Finding> {
        let worst =
            self.parts.iter().filter_map(Part::worst).find(|finding| finding.risk == Risk::Catastrophic);
        if let Some(finding) = worst {
            return Some(finding.clone());
        }
        let hides = self.is_unread() || self.parts.iter().any(writes_anywhere);
        let mention = catastrophic_mention(self.command).filter(|_| hides)?;
        let why = format!("it is not wholly understood, and it mentions {mention}");
        Some(Finding::new(Risk::Catastrophic, why))
    }

    fn asked(&self) -> Option<Decision> {
        let rule = self.bound_by(Effect::Ask).or_else(|| self.mentioned_in_unread(Effect::Ask))?;
        let why = format!("the rule {rule} asks");
        let worst = self.worst();
        let confinement = self.confinement(worst.risk);
        let effect = worst.risk.effect().to_owned();
        Some(Decision::Ask { rule, why, offers: Vec::new(), is_catastrophic: false, confinement, effect })
    }

    fn by_posture(&self) -> Decision {
        let everything = self.grants().find(|placed| placed.rule.covers_tool("shell"));
        let everything = everything.map(|placed| placed.rule.text.clone());
        if let (Some(problem), None, false) = (&self.problem, &everything, self.lets_all_pass()) {
            return self.ask(
                &Finding::new(Risk::Opaque, format!("it is not understood: {problem}")),
                Vec::new(),
                false,
            );
        }
        let mut granted = Vec::new();
        let mut built_in = None;
        let mut is_shared = false;
        for part in &self.parts {
            match self.verdict(part) {
                Verdict::Asks => return self.ask_for_parts(),
                Verdict::Passes { rule, by: Reason::Rule } => granted.push((rule, part.needs())),
                Verdict::Passes { rule, by } => {
                    is_shared |= by == Reason::Mode;
                    built_in = built_in.max(Some((part.risk(), rule)));
                }
            }
        }
        // A yes to one command is none to what the mode lets run beside it.
        let needs = granted.iter().map(|(_, needs)| *needs).filter(|_| !is_shared).max();
        let rule = granted.into_iter().next().map(|(rule, _)| rule).or(everything);
        let rule =
            rule.or(built_in.map(|(_, rule)| rule)).unwrap_or_else(|| Risk::ReadOnly.rule().to_owned());
        Decision::Allow { rule, confinement: widened(self.question, needs.unwrap_or(Confinement::ReadOnly)) }
    }

    fn lets_all_pass(&self) -> bool {
        match self.question.mode.posture {
            Posture::OnlyCatastrophic => true,
            Posture::Never | Posture::WhenUnsure => false,
        }
    }

    /// The allow rules. A mode that asks nobody has none: its confinement is never widened.
    fn grants(&self) -> impl Iterator<Item = &PlacedRule> {
        let has_any = match self.question.mode.posture {
            Posture::Never => false,
            Posture::WhenUnsure | Posture::OnlyCatastrophic => true,
        };
        self.policy.of(Effect::Allow).filter(move |_| has_any)
    }

    fn needs_of_what_needs_a_yes(&self) -> Confinement {
        let asking = self.parts.iter().filter(|part| !self.passes_alone(part.risk()));
        asking.map(Part::needs).max().unwrap_or(Confinement::ReadOnly)
    }

    /// Whether a part passes by itself among the others: a program that may run because it is confined may not where
    /// another part opens the confinement.
    fn passes_here(&self, part: &Part) -> bool {
        let is_held = self.reach <= self.question.mode.ceiling || part.unit.words().is_empty();
        self.passes_alone(part.risk()) && (is_held || part.risk() == Risk::ReadOnly)
    }

    /// Whether a part passes: by itself, by an allow rule, or by the posture.
    fn verdict(&self, part: &Part) -> Verdict {
        let risk = part.risk();
        if self.passes_here(part) {
            return Verdict::Passes { rule: risk.rule().to_owned(), by: Reason::Itself };
        }
        let uncovered =
            part.findings.iter().filter(|finding| !finding.is_coverable).map(|finding| finding.risk).max();
        let is_coverable = uncovered.is_none_or(|risk| self.passes_alone(risk));
        let permits =
            |placed: &&PlacedRule| placed.rule.permits(&part.unit) || self.permits_deletion(placed, part);
        let permitting = self.grants().find(permits);
        match permitting.filter(|_| is_coverable && risk < Risk::Catastrophic) {
            Some(placed) => Verdict::Passes { rule: placed.rule.text.clone(), by: Reason::Rule },
            None if self.lets_all_pass() => {
                let rule = format!("mode: {}", self.question.mode.id.name());
                Verdict::Passes { rule, by: Reason::Mode }
            }
            None => Verdict::Asks,
        }
    }

    /// Whether a rule lets the files go that a part deletes, and nothing else of it needs a yes.
    fn permits_deletion(&self, placed: &PlacedRule, part: &Part) -> bool {
        let lets_go = |path: &PathBuf| placed.rule.matches_path("delete", path, &self.ground);
        part.deletes()
            && part.findings.iter().all(|finding| match &finding.goes {
                Some(goes) if finding.risk == Risk::Deletion && goes.is_named() => {
                    goes.paths.iter().all(lets_go)
                }
                Some(_) | None => self.passes_alone(finding.risk),
            })
    }

    fn passes_alone(&self, risk: Risk) -> bool {
        let may_write = match self.question.mode.posture {
            Posture::Never => false,
            Posture::WhenUnsure => self.question.is_confined(),
            Posture::OnlyCatastrophic => true,
        };
        match risk {
            Risk::ReadOnly => true,
            Risk::Local => may_write,
            Risk::Network => may_write && self.question.mode.ceiling >= Confinement::WorkspaceWriteNetwork,
            Risk::Process
            | Risk::Publish
            | Risk::Deletion
            | Risk::Destructive
            | Risk::Outside
            | Risk::Privilege
            | Risk::Opaque
            | Risk::Catastrophic => false,
        }
    }

    /// The question about all parts that ask, with a rule for each of them or none at all.
    fn ask_for_parts(&self) -> Decision {
        let asking: Vec<&Part> =
            self.parts.iter().filter(|part| matches!(self.verdict(part), Verdict::Asks)).collect();
        let offers: Option<Vec<String>> = asking.iter().map(|part| self.offer(part)).collect();
        let mut offers = offers.filter(|_| self.problem.is_none()).unwrap_or_default();
        offers.dedup();
        self.ask(&self.worst_of(&asking), offers, false)
    }

    /// What a yes for longer would save. Without a sandbox a rule about files does not say which program runs.
    fn offer(&self, part: &Part) -> Option<String> {
        let about_files = offer_deletions(part).filter(|_| self.passes_alone(Risk::Local));
        about_files.or_else(|| offer(part))
    }

    fn worst(&self) -> Finding {
        self.worst_of(&self.parts.iter().collect::<Vec<_>>())
    }

    fn worst_of(&self, parts: &[&Part]) -> Finding {
        let found = parts.iter().rev().filter_map(|part| part.worst());
        let worst = found.max_by_key(|finding| finding.risk);
        match (&self.problem, worst) {
            (Some(problem), None) => Finding::new(Risk::Opaque, format!("it is not understood: {problem}")),
            (_, Some(finding)) => finding.clone(),
            (None, None) => Finding::new(Risk::ReadOnly, "it does nothing"),
        }
    }

    fn ask(&self, finding: &Finding, offers: Vec<String>, is_catastrophic: bool) -> Decision {
        let (rule, but) = self.rule_of(finding.risk);
        Decision::Ask {
            rule: rule.to_owned(),
            why: format!("{}{but}", finding.why),
            offers,
            is_catastrophic,
            confinement: self.confinement(finding.risk).max(self.question.applied(finding.needs)),
            effect: finding.risk.effect().to_owned(),
        }
    }

    /// The built-in rule that asks about a risk, and what is to be said beside the finding.
    fn rule_of(&self, risk: Risk) -> (&'static str, &'static str) {
        match risk {
            Risk::Local if !self.question.is_confined() => {
                ("built-in: no sandbox", ", and no sandbox confines it")
            }
            Risk::Local if self.passes_alone(risk) => {
                ("built-in: beside a wider command", ", and what runs beside it opens the sandbox")
            }
            _ => (risk.rule(), ""),
        }
    }

    /// What the whole script would run under after a yes.
    fn confinement(&self, at_least: Risk) -> Confinement {
        let needs = self.parts.iter().map(Part::needs).max().unwrap_or(Confinement::WorkspaceWrite);
        let floor = if self.parts.is_empty() { at_least.needs() } else { Confinement::ReadOnly };
        widened(self.question, needs.max(floor))
    }

    fn reports(&self) -> Vec<PartReport> {
        let report = |part: &Part| {
            let (verdict, rule) = match self.verdict(part) {
                Verdict::Passes { rule, .. } => ("allow", rule),
                Verdict::Asks => ("ask", self.rule_of(part.risk()).0.to_owned()),
            };
            let findings = part.findings.iter().filter(|finding| finding.risk > Risk::ReadOnly);
            PartReport {
                command: part.unit.simple.text.clone(),
                verdict,
                rule,
                findings: findings.map(|finding| finding.why.to_string()).collect(),
            }
        };
        self.parts.iter().map(report).collect()
    }
}

/// Whether a part writes where only running it will tell.
fn writes_anywhere(part: &Part) -> bool {
    part.unit
        .simple
        .redirects
        .iter()
        .any(|redirect| redirect.kind == crate::shell::RedirectKind::Writes && redirect.target.is_dynamic)
}

/// Whether a loose word is this name, or a pattern that the shell may expand to it.
fn is_or_may_be(word: &str, name: &str) -> bool {
    word == name
        || (word.contains(['*', '?', '['])
            && globset::Glob::new(word).is_ok_and(|pattern| pattern.compile_matcher().is_match(name)))
}
