//! The screen: app, cells, composer, overlays, slash commands.
