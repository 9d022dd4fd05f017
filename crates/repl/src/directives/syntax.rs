//! What a directive is.

use headwater_protocol::repl::ChildKind;
use serde_json::Value;

/// One directive of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Directive {
    /// Its line in the block, from 1.
    pub(crate) line: u32,
    /// What it does.
    pub(crate) act: Act,
}

/// What a directive does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// Binds a value.
    Let { name: String, value: Expression },
    /// Binds what JavaScript comes to.
    Js { name: String, code: Code },
    /// Binds the answer of one child.
    Query { name: String, kind: ChildKind, question: Question },
    /// Binds the answers of many children, asked together.
    Batch { name: String, kind: ChildKind, questions: Vec<Question> },
    /// Binds the answer of a λ-plan.
    Plan { name: String, task: String, question: Question },
    /// Binds what a tool says; its input is an object.
    Tool { name: String, tool: String, input: Expression },
    /// Ends the block with an answer.
    Final(Expression),
    /// Ends the block with a variable as the answer.
    FinalVar(String),
}

impl Act {
    /// The variable it binds.
    pub(crate) fn binds(&self) -> Option<&str> {
        match self {
            Self::Let { name, .. }
            | Self::Js { name, .. }
            | Self::Query { name, .. }
            | Self::Batch { name, .. }
            | Self::Plan { name, .. }
            | Self::Tool { name, .. } => Some(name),
            Self::Final(_) | Self::FinalVar(_) => None,
        }
    }
}

/// A question, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    /// The words.
    pub(crate) words: Expression,
    /// What stands behind `over`.
    pub(crate) over: Option<Expression>,
}

impl Question {
    /// The expressions in it.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        [Some(&self.words), self.over.as_ref()].into_iter().flatten().collect()
    }
}

/// Terms joined with `+`.
pub(crate) type Expression = Vec<Term>;

/// A term of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// Where it begins.
    pub(crate) base: Base,
    /// The brackets behind it.
    pub(crate) steps: Vec<Step>,
}

/// What a term begins with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// A quoted text, a number, `true`, `false` or `null`.
    Constant(Value),
    /// A variable.
    Name(String),
}

/// What brackets choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `[2]`, from the end when negative.
    At(i64),
    /// `["key"]`.
    Key(String),
    /// `[a:b]`.
    Range(Option<i64>, Option<i64>),
}

/// The code of a `js` directive, as its quotes can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// With all its escapes resolved.
    pub(crate) resolved: String,
    /// With only those of its own quotes resolved: `"text.split('\n')"` means an escape of JavaScript.
    pub(crate) verbatim: String,
}

/// Why a block is no block of directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line, from 1.
    pub(crate) line: u32,
    /// What is wrong, without a full stop.
    pub(crate) message: String,
}
