//! The cells of the transcript, one kind a file. To add one: a file here, a line in the list below.
//!
//! *Invariant:* a cell holds only harmless text; its rows refer to it by byte ranges.

mod approval;
mod assistant;
mod edit;
mod ended;
mod failed;
mod mission;
mod mission_end;
mod notice;
mod question;
mod repl;
mod research;
mod shell;
mod task;
mod thinking;
mod todos;
mod tool;
mod user;

pub use approval::ApprovalCell;
pub use assistant::AssistantCell;
pub use edit::EditCell;
pub use ended::EndedCell;
pub use failed::FailedCell;
pub use mission::MissionCell;
pub use mission_end::MissionEndCell;
pub use notice::NoticeCell;
pub use question::QuestionCell;
pub use repl::ReplCell;
pub use research::ResearchCell;
pub use shell::ShellCell;
pub use task::TaskCell;
pub use thinking::ThinkingCell;
pub use todos::TodosCell;
pub use tool::ToolCell;
pub use user::UserCell;

use crate::markdown::CodeBlock;
use crate::text::Row;

/// Names a cell for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub u64);

/// What a cell is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderContext {
    /// Columns of the pane.
    pub width: usize,
    /// Whether details are asked for.
    pub is_unfolded: bool,
    /// The clock: milliseconds, as given to the pane.
    pub now_ms: u64,
}

/// Whose words a cell holds; a search may keep to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The person's.
    User,
    /// The model's answers.
    Assistant,
    /// The model's reasoning.
    Thinking,
    /// Tool calls and their results.
    Tool,
    /// The harness's own.
    Notice,
}

/// What every kind of cell can do.
pub trait CellView {
    /// Its text, which selection, copy and search act on.
    fn source(&self) -> &str;

    /// Its rows.
    fn rows(&self, context: &RenderContext) -> Vec<Row>;

    /// Whose words it holds.
    fn role(&self) -> Role;

    /// Its finished lines for linear output: no boxes, no glyphs that carry meaning alone.
    fn plain(&self) -> Vec<String>;

    /// Whether more will come.
    fn is_live(&self) -> bool {
        false
    }

    /// Whether it shows a spinner or a running clock.
    fn is_animated(&self) -> bool {
        false
    }

    /// Blocks of code in its source that want colours, when its rows show them.
    fn code_blocks(&self) -> Vec<CodeBlock> {
        Vec::new()
    }

    /// Whether a blank row parts it from the cell above.
    fn stands_apart(&self) -> bool {
        false
    }
}

macro_rules! cells {
    ($($(#[$doc:meta])* $name:ident($cell:ty),)*) => {
        /// One cell of the transcript.
        #[derive(Clone, Debug)]
        pub enum Cell {
            $($(#[$doc])* $name($cell),)*
        }

        impl Cell {
            /// The cell as what all kinds have in common.
            pub fn view(&self) -> &dyn CellView {
                match self {
                    $(Self::$name(cell) => cell,)*
                }
            }
        }

        $(impl From<$cell> for Cell {
            fn from(cell: $cell) -> Self {
                Self::$name(cell)
            }
        })*
    };
}

cells! {
    /// A message of the person.
    User(UserCell),
    /// An answer of the model.
    Assistant(AssistantCell),
    /// Reasoning of the model.
    Thinking(ThinkingCell),
    /// A call of a tool without a cell of its own.
    Tool(ToolCell),
    /// A task of a sub-agent.
    Task(TaskCell),
    /// A command.
    Shell(ShellCell),
    /// A change of a file.
    Edit(EditCell),
    /// Consecutive reads and searches.
    Research(ResearchCell),
    /// The todo list, when it changes.
    Todos(TodosCell),
    /// A call that waits for a person.
    Approval(ApprovalCell),
    /// A question of the model.
    Question(QuestionCell),
    /// A mission card.
    Mission(MissionCell),
    /// A block of a mission.
    Repl(ReplCell),
    /// The end of a mission.
    MissionEnd(MissionEndCell),
    /// Something to know.
    Notice(NoticeCell),
    /// Something failed for good.
    Failed(FailedCell),
    /// A turn that did not end as hoped.
    Ended(EndedCell),
}
