//! The classes of tasks: what is asked of a chunk, and how answers become one.

use super::map::{Desk, Leaf, map};
use super::peek::peek;
use super::stretch::Stretch;
use super::wishes::{Cross, Reduce};

/// A class of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Something is counted over the whole text.
    Aggregate,
    /// One thing or a few stand somewhere.
    Search,
    /// Each item gets a label.
    Classify,
    /// What it is about.
    Summarize,
    /// Which items belong together.
    Pairs,
}

const ALL: [Task; 5] = [Task::Aggregate, Task::Search, Task::Classify, Task::Summarize, Task::Pairs];

/// Bytes of each end of a text that a model sees to name its task.
const GLANCE: usize = 600;
/// The longest name of a task, in tokens.
const NAME: u64 = 16;

impl Task {
    /// The name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Search => "search",
            Self::Classify => "classify",
            Self::Summarize => "summarize",
            Self::Pairs => "pairs",
        }
    }

    /// The task of this name; `None` for `auto`, which a model decides.
    pub(super) fn named(name: &str) -> Result<Option<Self>, String> {
        let name = name.trim().to_lowercase();
        if name.is_empty() || name == "auto" {
            return Ok(None);
        }
        let found = ALL.into_iter().find(|task| task.name() == name);
        found.map(Some).ok_or_else(|| {
            let known = ALL.map(Self::name).join(", ");
            format!("there is no plan called {name}: choose one of {known}, or auto")
        })
    }

    /// The task that the words of a question name themselves; what they leave open a model decides.
    pub(super) fn guessed(question: &str) -> Option<Self> {
        let low = question.to_lowercase();
        let table: [(&[&str], Self); 5] = [
            (&["which pairs", "pairs of", "which two"], Self::Pairs),
            (&["how many", "how often", "number of", "count ", "count the"], Self::Aggregate),
            (&["label ", "classify", "which kind is each"], Self::Classify),
            (&["summari", "what is it about", "main points"], Self::Summarize),
            (&["where is", "where does", "find the", "what is the value"], Self::Search),
        ];
        table.iter().find(|(words, _)| words.iter().any(|word| low.contains(word))).map(|(_, task)| *task)
    }

    /// How answers become one where nothing else is wished.
    pub(super) fn reduce(self) -> Reduce {
        match self {
            Self::Aggregate => Reduce::Counter,
            Self::Search | Self::Summarize => Reduce::Model,
            Self::Classify => Reduce::Concat,
            Self::Pairs => Reduce::Union,
        }
    }

    /// The name of the question to a chunk.
    pub(super) fn leaf(self, reduce: Reduce, cross: Cross) -> &'static str {
        match (self, reduce, cross) {
            (Self::Aggregate, Reduce::Sum, _) => "sum",
            (Self::Pairs, _, Cross::Key) => "keys",
            (Self::Aggregate | Self::Search | Self::Classify | Self::Summarize | Self::Pairs, ..) => {
                self.name()
            }
        }
    }

    /// Whether chunks that are far from the question need not be asked.
    pub(super) fn is_filtered(self) -> bool {
        matches!(self, Self::Search)
    }
}

/// Has a model name the task of a question, in one call.
pub(super) async fn ask(desk: &Desk<'_>, question: &str, stretch: &Stretch<'_>) -> Result<Task, String> {
    let words = Leaf::named("task", question);
    let leaf = Leaf { words, max_tokens: NAME, tier: headwater_protocol::card::Tier::Cheap };
    let answers = map(desk, &leaf, vec![peek(stretch, 0..stretch.len(), GLANCE)]).await?;
    let said = answers.first().map(|answer| answer.text.to_lowercase()).unwrap_or_default();
    // A model that cannot say gets the plan that reads everything and asks for nothing in particular.
    Ok(ALL.into_iter().find(|task| said.contains(task.name())).unwrap_or(Task::Summarize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_its_task_where_it_can() {
        let table = [
            ("How many requests failed, by component?", Some(Task::Aggregate)),
            ("Which pairs of users share a street?", Some(Task::Pairs)),
            ("Summarise the minutes.", Some(Task::Summarize)),
            ("Where is the port set?", Some(Task::Search)),
            ("Why?", None),
        ];
        for (question, expected) in table {
            assert_eq!(Task::guessed(question), expected, "{question}");
        }
    }

    #[test]
    fn every_task_has_its_question() {
        for task in ALL {
            assert_eq!(Task::named(task.name()), Ok(Some(task)));
            for (reduce, cross) in [(Reduce::Sum, Cross::Model), (task.reduce(), Cross::Key)] {
                let words = Leaf::named(task.leaf(reduce, cross), "HOW MANY?");
                assert!(words.contains("HOW MANY?") && words.len() > 40, "{words}");
            }
        }
        assert_eq!(Task::named(" AUTO"), Ok(None));
        assert!(Task::named("guess").unwrap_err().contains("aggregate, search"));
    }
}
