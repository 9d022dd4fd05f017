//! Colours by meaning: a theme gives every slot a style for each colour depth a terminal may have.
//!
//! *Invariant:* no colour stands anywhere else; whatever a colour says, a glyph or a word says too.

mod depth;
mod face;
mod file;
mod slot;

pub use depth::ColorDepth;
pub use face::Face;
pub use file::ThemeError;
pub use slot::Slot;

use ratatui::style::Style;

/// The themes which come with the program: name and file.
const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
];

/// A theme resolved for one colour depth: a style for every slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: [Style; Slot::COUNT],
}

impl Theme {
    /// The names of the themes which come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// A theme which comes with the program, by its name.
    pub fn builtin(name: &str, depth: ColorDepth) -> Option<Self> {
        let (_, text) = BUILTIN.iter().find(|(builtin, _)| *builtin == name)?;
        Self::parse(text, depth).ok()
    }

    /// Reads a theme file; every slot must be there.
    pub fn parse(text: &str, depth: ColorDepth) -> Result<Self, ThemeError> {
        file::read(text, depth).map(|styles| Self { styles })
    }

    /// The style of a slot.
    pub fn style(&self, slot: Slot) -> Style {
        self.styles.get(slot.index()).copied().unwrap_or_default()
    }
}

impl Default for Theme {
    /// The plainest of all: no colours, no attributes.
    fn default() -> Self {
        Self { styles: [Style::new(); Slot::COUNT] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Modifier};

    const DEPTHS: [ColorDepth; 4] =
        [ColorDepth::Truecolor, ColorDepth::Indexed, ColorDepth::Ansi, ColorDepth::Mono];

    #[test]
    fn every_builtin_theme_is_whole_at_every_depth() {
        for (name, text) in BUILTIN {
            for depth in DEPTHS {
                Theme::parse(text, depth).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }

    #[test]
    fn without_colour_only_attributes_are_left() {
        for name in Theme::names() {
            let theme = Theme::builtin(name, ColorDepth::Mono).unwrap();
            for slot in Slot::ALL {
                let style = theme.style(slot);
                assert!(style.fg.is_none_or(|c| c == Color::Reset), "{name} {slot:?}");
                assert!(style.bg.is_none_or(|c| c == Color::Reset), "{name} {slot:?}");
            }
            assert!(theme.style(Slot::Selection).add_modifier.contains(Modifier::REVERSED));
        }
    }

    #[test]
    fn a_depth_never_uses_a_richer_form() {
        let theme = Theme::builtin("dark", ColorDepth::Ansi).unwrap();
        for slot in Slot::ALL {
            let style = theme.style(slot);
            for color in [style.fg, style.bg].into_iter().flatten() {
                assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{slot:?}");
            }
        }
    }

    #[test]
    fn a_wrong_file_says_what_is_wrong() {
        let missing = Theme::parse("", ColorDepth::Ansi).unwrap_err().to_string();
        assert!(missing.contains("text"), "{missing}");
        let unknown = Theme::parse("[nonsense]\n", ColorDepth::Ansi).unwrap_err().to_string();
        assert!(unknown.contains("nonsense"), "{unknown}");
    }
}
