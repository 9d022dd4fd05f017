//! Which scopes of the grammars mean which slot: a colour scheme whose colours are the numbers of slots.

use syntect::highlighting::{Color, ScopeSelectors, StyleModifier, Theme, ThemeItem, ThemeSettings};

use crate::theme::Slot;

/// Scope selectors in the notation of TextMate grammars, with what they mean to us.
const SCOPES: &[(&str, Slot)] = &[
    ("comment, punctuation.definition.comment", Slot::Comment),
    ("string, punctuation.definition.string, markup.raw", Slot::StringLiteral),
    ("constant, constant.character.escape", Slot::Constant),
    ("keyword, storage, keyword.control, storage.modifier, storage.type", Slot::Keyword),
    ("keyword.operator, punctuation", Slot::Punctuation),
    ("entity.name.function, support.function, variable.function, meta.function-call", Slot::Function),
    (
        "entity.name.type, entity.name.class, entity.name.struct, entity.name.enum, entity.name.trait",
        Slot::Type,
    ),
    ("support.type, support.class, entity.other.inherited-class, entity.name.impl", Slot::Type),
    ("entity.other.attribute-name, meta.annotation, support.macro", Slot::Type),
    ("entity.name.tag, entity.name.section, meta.mapping.key string", Slot::Keyword),
    ("variable, variable.parameter, variable.other.member", Slot::Variable),
    ("markup.heading", Slot::Heading),
    ("markup.inserted", Slot::Add),
    ("markup.deleted", Slot::Del),
    ("meta.diff.range, meta.diff.header", Slot::Dim),
];

/// The scheme; a selector that cannot be read is passed over.
pub(super) fn scheme() -> Theme {
    let items = SCOPES.iter().filter_map(|(selectors, slot)| {
        let scope: ScopeSelectors = selectors.parse().ok()?;
        let style = StyleModifier { foreground: Some(encode(*slot)), background: None, font_style: None };
        Some(ThemeItem { scope, style })
    });
    Theme {
        name: None,
        author: None,
        settings: ThemeSettings { foreground: Some(encode(Slot::CodeBlock)), ..ThemeSettings::default() },
        scopes: items.collect(),
    }
}

fn encode(slot: Slot) -> Color {
    Color { r: u8::try_from(slot.index()).unwrap_or_default(), g: 0, b: 0, a: u8::MAX }
}

/// The slot a colour of the scheme stands for.
pub(super) fn decode(color: Color) -> Slot {
    Slot::ALL.get(usize::from(color.r)).copied().unwrap_or(Slot::CodeBlock)
}
