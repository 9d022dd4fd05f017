//! The closed list of meanings a theme gives a style to.

use headwater_protocol::ModeId;

macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// What a piece of the screen means.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Slot {
            /// Ordinary text.
            #[default]
            Text,
            $($(#[$doc])* $name,)*
        }

        impl Slot {
            /// All slots.
            pub const ALL: [Self; Self::COUNT] = [Self::Text, $(Self::$name),*];

            /// How many slots there are.
            pub const COUNT: usize = 1 $(+ { let _ = Self::$name; 1 })*;

            /// The name of the slot's table in a theme file.
            pub const fn key(self) -> &'static str {
                match self {
                    Self::Text => "text",
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

slots! {
    /// What may be overlooked: times, hints, gutters' labels.
    Dim = "dim",
    /// What the eye should find first.
    Accent = "accent",
    /// It went well.
    Ok = "ok",
    /// It needs attention.
    Warn = "warn",
    /// It failed.
    Error = "error",
    /// Lines and frames.
    Border = "border",
    /// The person's own words.
    User = "user",
    /// The model's reasoning.
    Thinking = "thinking",
    /// The name of a tool.
    Tool = "tool",
    /// A heading.
    Heading = "heading",
    /// Code within a sentence.
    Code = "code",
    /// A block of code, where no finer slot applies.
    CodeBlock = "code_block",
    /// A link.
    Link = "link",
    /// A quotation.
    Quote = "quote",
    /// The marker of a list item.
    Marker = "marker",
    /// An added line.
    Add = "add",
    /// A removed line.
    Del = "del",
    /// What changed within an added line.
    AddWord = "add_word",
    /// What changed within a removed line.
    DelWord = "del_word",
    /// Line numbers.
    Gutter = "gutter",
    /// The selection.
    Selection = "selection",
    /// A place the search found.
    Match = "match",
    /// The place the search stands at.
    MatchCurrent = "match_current",
    /// Plan mode.
    ModePlan = "mode_plan",
    /// Agent mode.
    ModeAgent = "mode_agent",
    /// YOLO mode.
    ModeYolo = "mode_yolo",
    /// Recursive mode.
    ModeRecursive = "mode_recursive",
    /// Code: a keyword.
    Keyword = "keyword",
    /// Code: a string.
    StringLiteral = "string",
    /// Code: a number or another constant.
    Constant = "constant",
    /// Code: a comment.
    Comment = "comment",
    /// Code: the name of a function.
    Function = "function",
    /// Code: the name of a type.
    Type = "type",
    /// Code: a variable, parameter or property.
    Variable = "variable",
    /// Code: operators and punctuation.
    Punctuation = "punctuation",
}

impl Slot {
    /// Its place in [`Slot::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The slot of a mode.
    pub const fn of_mode(mode: ModeId) -> Self {
        match mode {
            ModeId::Plan => Self::ModePlan,
            ModeId::Agent => Self::ModeAgent,
            ModeId::Yolo => Self::ModeYolo,
            ModeId::Recursive => Self::ModeRecursive,
        }
    }
}
