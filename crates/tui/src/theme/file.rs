//! The theme file: one table per slot with truecolor, 256 and 16 colour forms and attributes.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{ColorDepth, Slot};

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// It is no TOML of the expected shape.
    #[error("the theme cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A slot has no table.
    #[error("the theme has no table [{0}]")]
    Missing(&'static str),
    /// A table names no slot.
    #[error("the theme has a table [{0}], which is no slot")]
    Unknown(String),
    /// A colour or attribute is not one.
    #[error("[{slot}]: \"{value}\" is no {what}")]
    Value {
        /// The table.
        slot: &'static str,
        /// What it says.
        value: String,
        /// What was expected.
        what: &'static str,
    },
}

/// `["#rrggbb", 0-255, "name"]`.
type Forms = (String, u8, String);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    fg: Option<Forms>,
    bg: Option<Forms>,
    /// Attributes beside the colours.
    attr: Vec<String>,
    /// Attributes instead of the colours.
    mono: Vec<String>,
}

/// Reads the styles of all slots for one depth.
pub(super) fn read(text: &str, depth: ColorDepth) -> Result<[Style; Slot::COUNT], ThemeError> {
    let mut entries: HashMap<String, Entry> = toml::from_str(text)?;
    let is_slot = |name: &str| Slot::ALL.iter().any(|slot| slot.key() == name);
    if let Some(name) = entries.keys().find(|name| !is_slot(name)) {
        return Err(ThemeError::Unknown(name.clone()));
    }
    let mut styles = [Style::new(); Slot::COUNT];
    for (style, slot) in styles.iter_mut().zip(Slot::ALL) {
        let entry = entries.remove(slot.key()).ok_or(ThemeError::Missing(slot.key()))?;
        *style = style_of(slot, &entry, depth)?;
    }
    Ok(styles)
}

fn style_of(slot: Slot, entry: &Entry, depth: ColorDepth) -> Result<Style, ThemeError> {
    let wrong = |value: &str, what| ThemeError::Value { slot: slot.key(), value: value.to_owned(), what };
    let names = if depth == ColorDepth::Mono { &entry.mono } else { &entry.attr };
    let mut style = Style::new();
    for name in names {
        style = style.add_modifier(attribute(name).ok_or_else(|| wrong(name, "attribute"))?);
    }
    if let Some(forms) = &entry.fg {
        style.fg = color(forms, depth).map_err(|value| wrong(value, "colour"))?;
    }
    if let Some(forms) = &entry.bg {
        style.bg = color(forms, depth).map_err(|value| wrong(value, "colour"))?;
    }
    Ok(style)
}

/// All three forms are checked, whichever is used; the error is the wrong one.
fn color((rgb, index, name): &Forms, depth: ColorDepth) -> Result<Option<Color>, &str> {
    let direct: Color = rgb.parse().map_err(|_| rgb.as_str())?;
    let named: Color = name.parse().map_err(|_| name.as_str())?;
    Ok(match depth {
        ColorDepth::Truecolor => Some(direct),
        ColorDepth::Indexed => Some(Color::Indexed(*index)),
        ColorDepth::Ansi => Some(named),
        ColorDepth::Mono => None,
    })
}

fn attribute(name: &str) -> Option<Modifier> {
    Some(match name {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        "strike" => Modifier::CROSSED_OUT,
        _ => return None,
    })
}
