//! What is withheld from commands, whether they name it or not: for whoever looks through the file tree.
//!
//! A `Read` rule that denies withholds the files it is about, and the name of `.env` and its like withholds it unless an allow
//! rule shares it, or the call was let read it by a person. What a rule only asks for is withheld from the searches of tools; a
//! command may come by it, else nothing could be built from files that a person wants to be asked about.
//! An `Edit` rule that denies fixes the files it is about.

use std::path::{Path, PathBuf};

use headwater_protocol::Access;
use headwater_protocol::secret_files::is_environment_file;

use crate::command;
use crate::decision::{Decision, Question};
use crate::paths::Ground;
use crate::permissions::{Effect, PathPattern, PlacedRule, Rule, Scope};
use crate::policy::Policy;
use crate::secrets;

/// The built-in rule that asks before a command that nothing keeps from withheld files.
pub const WITHHELD_RULE: &str = "built-in: withheld files";

/// The built-in rule that denies what the product keeps for itself.
pub const KEPT_RULE: &str = "built-in: what is kept";

/// Names of files that a whole directory holds only where everything in it is meant.
const ANYTHING: [&str; 3] = ["\u{2026}", "\u{2026}\u{2026} \u{2026}", "\u{2026}/\u{2026}.\u{2026}"];

/// What is known of the withheld files that nothing hides from a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld<'a> {
    /// Those which the repository tracks: its history shows them.
    pub tracked: &'a [PathBuf],
    /// Those which lie open to every command, since no sandbox works.
    pub open: &'a [PathBuf],
    /// Whether there are too many files to find those which rules withhold.
    pub is_unsearched: bool,
}

/// What is withheld from one call, or from every one.
#[derive(Clone, Debug)]
pub struct Withholding {
    reading: Vec<Rule>,
    writing: Vec<Rule>,
    sharing: Vec<Rule>,
    /// Secrets which the call was let read.
    named: Vec<PathBuf>,
    /// What the product keeps for itself.
    kept: Vec<PathBuf>,
    workspace: PathBuf,
    home: Option<PathBuf>,
}

impl Withholding {
    /// What `policy` withholds from the call that a question is about.
    pub(crate) fn new(policy: &Policy, question: &Question<'_>) -> Self {
        let (named, is_command) = match question.access {
            Access::Run { command } => (command::secrets_of(question, command), true),
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => (Vec::new(), false),
        };
        let is_path = |placed: &&PlacedRule| matches!(placed.rule.scope, Scope::Path(_));
        let rules = |effect, tools: &'static [&str]| {
            let about = move |placed: &&PlacedRule| tools.iter().any(|tool| placed.rule.tools.include(tool));
            policy.of(effect).filter(is_path).filter(about).map(|placed| placed.rule.clone())
        };
        let asking = rules(Effect::Ask, &["read"]).filter(|_| !is_command);
        let sharing = policy.of(Effect::Allow).filter(|placed| placed.rule.tools.include("read"));
        Self {
            reading: rules(Effect::Deny, &["read"]).chain(asking).collect(),
            writing: rules(Effect::Deny, &["edit", "write"]).collect(),
            sharing: sharing.map(|placed| placed.rule.clone()).collect(),
            named,
            kept: policy.kept().to_vec(),
            workspace: question.workspace.to_owned(),
            home: question.home.map(Path::to_owned),
        }
    }

    /// The same without what the call was let read: nothing is withheld by this that is not by the other.
    #[must_use]
    pub fn unnamed(&self) -> Self {
        Self { named: Vec::new(), ..self.clone() }
    }

    /// Whether this and another withhold the same from calls that were let read nothing.
    pub fn is_like(&self, other: &Self) -> bool {
        fn texts(rules: &[Rule]) -> impl Iterator<Item = &str> {
            rules.iter().map(|rule| rule.text.as_str())
        }
        texts(&self.reading).eq(texts(&other.reading))
            && texts(&self.writing).eq(texts(&other.writing))
            && texts(&self.sharing).eq(texts(&other.sharing))
            && (&self.kept, &self.workspace, &self.home) == (&other.kept, &other.workspace, &other.home)
    }

    /// What the product keeps for itself, whether it is there or not.
    pub fn kept(&self) -> &[PathBuf] {
        &self.kept
    }

    /// Whether a path is what the product keeps for itself, or lies in it.
    pub fn keeps(&self, path: &Path) -> bool {
        keeps(&self.kept, path)
    }

    /// Whether rules of a person withhold or fix anything.
    pub fn has_rules(&self) -> bool {
        !self.reading.is_empty() || !self.writing.is_empty()
    }

    /// The paths that rules name: what is there is withheld or fixed, with all that is below it.
    pub fn places(&self) -> Vec<PathBuf> {
        self.patterns().filter_map(|pattern| pattern.place(&self.ground())).collect()
    }

    /// The directories below which rules may mean files that only looking finds.
    pub fn bases(&self) -> Vec<PathBuf> {
        let ground = self.ground();
        let wide = self.patterns().filter(|pattern| pattern.place(&ground).is_none());
        let mut bases: Vec<PathBuf> = wide.filter_map(|pattern| pattern.base_directory(&ground)).collect();
        bases.sort();
        // What lies below another is looked through with it.
        bases.dedup_by(|below, above| below.starts_with(above));
        bases
    }

    /// Whether a file is withheld by its name or by a rule.
    pub fn is_withheld(&self, file: &Path) -> bool {
        self.keeps(file) || self.is_secret(file) || self.is_meant(&self.reading, file)
    }

    /// Whether a rule withholds everything that may lie in a directory.
    pub fn withholds_all_of(&self, directory: &Path) -> bool {
        self.keeps(directory) || self.means_all_of(&self.reading, directory)
    }

    /// Whether no command may change a file.
    pub fn is_fixed(&self, file: &Path) -> bool {
        self.is_meant(&self.writing, file)
    }

    /// Whether no command may change anything in a directory.
    pub fn fixes_all_of(&self, directory: &Path) -> bool {
        self.means_all_of(&self.writing, directory)
    }

    fn is_secret(&self, file: &Path) -> bool {
        file.file_name().is_some_and(|name| is_environment_file(&name.to_string_lossy()))
            && !self.named.iter().any(|named| secrets::means(named, file))
            && !self.is_meant(&self.sharing, file)
    }

    fn is_meant(&self, rules: &[Rule], file: &Path) -> bool {
        rules.iter().any(|rule| rule.means(file, &self.ground()))
    }

    fn means_all_of(&self, rules: &[Rule], directory: &Path) -> bool {
        let ground = self.ground();
        let probes = ANYTHING.map(|name| directory.join(name));
        rules.iter().any(|rule| {
            rule.means(directory, &ground) || probes.iter().all(|probe| rule.means(probe, &ground))
        })
    }

    fn patterns(&self) -> impl Iterator<Item = &PathPattern> {
        self.reading.iter().chain(&self.writing).filter_map(|rule| match &rule.scope {
            Scope::Path(pattern) => Some(pattern),
            Scope::Everything | Scope::Command(_) | Scope::Domain(_) | Scope::Nothing => None,
        })
    }

    fn ground(&self) -> Ground<'_> {
        Ground { workspace: &self.workspace, home: self.home.as_deref() }
    }
}

/// Whether a path is one of what is kept, or lies in it.
pub(crate) fn keeps(kept: &[PathBuf], path: &Path) -> bool {
    kept.iter().any(|place| path.starts_with(place))
}

/// Makes a question of what would run; what asks or is denied anyway says so too.
pub(crate) fn ask(decision: Decision, said: &str, own_offers: Vec<String>) -> Decision {
    match decision {
        Decision::Deny { .. } | Decision::Ask { is_catastrophic: true, .. } => decision,
        Decision::Allow { confinement, .. } => Decision::Ask {
            rule: WITHHELD_RULE.to_owned(),
            why: said.to_owned(),
            offers: own_offers,
            is_catastrophic: false,
            confinement,
            effect: "may read withheld files".to_owned(),
        },
        Decision::Ask { rule, why, mut offers, is_catastrophic, confinement, effect } => {
            // Only what lets the same call pass is offered.
            if offers.is_empty() || own_offers.is_empty() {
                offers = Vec::new();
            } else {
                offers.extend(own_offers);
            }
            Decision::Ask {
                rule,
                why: format!("{why}; {said}"),
                offers,
                is_catastrophic,
                confinement,
                effect,
            }
        }
    }
}
