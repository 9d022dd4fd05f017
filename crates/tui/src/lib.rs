//! The screen: app, cells, composer, overlays, slash commands.
pub mod text;
pub mod theme;
pub mod transcript_pane;
pub mod markdown;
