//! The closed list of what a key can do, and where.

/// Who has the focus; each has a table in the keymap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Focus {
    /// Everywhere.
    Global,
    /// The composer.
    Composer,
    /// A popup above the composer.
    Popup,
    /// An approval card.
    Approval,
    /// A mission card.
    Mission,
    /// A full-screen overlay.
    Overlay,
}

impl Focus {
    /// All, in the order in which help shows them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Global, Self::Composer, Self::Popup, Self::Approval, Self::Mission, Self::Overlay];

    /// The name of its table.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Composer => "composer",
            Self::Popup => "popup",
            Self::Approval => "approval",
            Self::Mission => "mission",
            Self::Overlay => "overlay",
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $focus:ident($keys:ident) { $($name:ident = $key:literal: $about:literal,)* })*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $keys {
            $(#[doc = $about] $name,)*
        }

        impl Keys for $keys {
            const FOCUS: Focus = Focus::$focus;

            fn of(action: Action) -> Option<Self> {
                if let Action::$focus(key) = action { Some(key) } else { None }
            }
        }

        impl From<$keys> for Action {
            fn from(key: $keys) -> Self {
                Self::$focus(key)
            }
        })*

        /// What a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Action {
            $($(#[$doc])* $focus($keys),)*
        }

        impl Action {
            /// All actions in the order of the list.
            pub(crate) const ALL: &'static [Self] = &[$($(Self::$focus($keys::$name),)*)*];

            /// Its name in the keymap.
            pub(crate) fn key(self) -> &'static str {
                match self { $($(Self::$focus($keys::$name) => $key,)*)* }
            }

            /// What it does, for help.
            pub(crate) fn about(self) -> &'static str {
                match self { $($(Self::$focus($keys::$name) => $about,)*)* }
            }

            /// Where it works.
            pub(crate) fn focus(self) -> Focus {
                match self { $(Self::$focus(_) => Focus::$focus,)* }
            }
        }
    };
}

/// The actions of one focus.
pub(crate) trait Keys: Sized {
    /// Where they work.
    const FOCUS: Focus;

    /// The action, when it is one of these.
    fn of(action: Action) -> Option<Self>;
}

actions! {
    /// What works everywhere.
    Global(GlobalKey) {
        NextMode = "next_mode": "next mode (when no popup is open)",
        PreviousMode = "previous_mode": "previous mode",
        Interrupt = "interrupt": "interrupt the turn or clear the line; twice quits",
        Escape = "escape": "close a popup, else interrupt, else clear the line; twice at rest: go back",
        Quit = "quit": "quit, on an empty line",
        Help = "help": "this help; ? does the same on an empty line",
        Details = "details": "show or fold thinking, whole tool outputs, code of blocks",
        Tree = "tree": "the tree of a mission's calls, and the sub-agents",
        ScrollUp = "scroll_up": "scroll the transcript up",
        ScrollDown = "scroll_down": "scroll the transcript down",
        ScrollTop = "scroll_top": "to the top; Home does the same on an empty line",
        ScrollBottom = "scroll_bottom": "to the bottom and follow; End on an empty line",
        Search = "search": "search the transcript; u: a: t: k: keep to you, answers, tools, thinking",
        PreviousPrompt = "previous_prompt": "to your previous message in the transcript",
        NextPrompt = "next_prompt": "to your next message in the transcript",
        Copy = "copy": "copy the last answer as source text",
        Redraw = "redraw": "draw the screen again",
        Suspend = "suspend": "suspend; `fg` comes back",
    }
    /// What works while writing.
    Composer(WritingKey) {
        Send = "send": "send; queued while a turn runs",
        Newline = "newline": "new line; a backslash before Enter does the same",
        HistorySearch = "history_search": "search what you sent before",
        Editor = "editor": "write in $VISUAL or $EDITOR",
        Left = "left": "one character left",
        Right = "right": "one character right",
        Up = "up": "one line up; in the first line: earlier messages",
        Down = "down": "one line down; in the last line: later messages",
        WordLeft = "word_left": "one word left",
        WordRight = "word_right": "one word right",
        LineStart = "line_start": "start of the line",
        LineEnd = "line_end": "end of the line",
        DeleteBack = "delete_back": "delete to the left",
        DeleteForward = "delete_forward": "delete to the right",
        DeleteWordBack = "delete_word_back": "cut the word to the left",
        DeleteWordForward = "delete_word_forward": "cut the word to the right",
        KillToEnd = "kill_to_end": "cut to the end of the line",
        KillToStart = "kill_to_start": "cut to the start of the line",
        Yank = "yank": "put back what was cut",
        Undo = "undo": "undo",
        Redo = "redo": "redo",
    }
    /// What works in a popup.
    Popup(PopupKey) {
        Up = "popup_up": "previous entry",
        Down = "popup_down": "next entry",
        Complete = "popup_complete": "complete",
        Accept = "popup_accept": "take the entry",
        Close = "popup_close": "close the popup",
    }
    /// What works on an approval card.
    Approval(CardKey) {
        AllowOnce = "allow_once": "run it, this once",
        AllowSession = "allow_session": "allow what the shown rule matches, this session",
        AllowProject = "allow_project": "allow what the shown rule matches, always in this project",
        Edit = "edit_call": "edit the call first",
        Deny = "deny": "no, with a reason",
        Up = "card_up": "scroll the card up",
        Down = "card_down": "scroll the card down",
    }
    /// What works on a mission card, while nothing is written.
    Mission(MissionKey) {
        Approve = "approve_mission": "approve the card as shown; in the findings: open or close",
        Reject = "reject_mission": "back to the card, or reject it (asks once)",
        Budget = "edit_budget": "change the budget in place",
        Diff = "card_diff": "what changed against the revision before",
        Findings = "card_findings": "the tree of findings",
        Up = "mission_up": "up",
        Down = "mission_down": "down",
        Fold = "finding_fold": "close a finding",
        Unfold = "finding_unfold": "open a finding",
    }
    /// What works in an overlay.
    Overlay(OverlayKey) {
        Close = "overlay_close": "close",
        Up = "overlay_up": "up",
        Down = "overlay_down": "down",
        Accept = "overlay_accept": "take the entry",
        Remove = "overlay_remove": "withdraw the entry; in the tree: cancel the call",
        Filter = "overlay_filter": "filter",
    }
}
