//! What is known of vendors and models: the embedded data with the user's settings over it.

mod assemble;
mod lookup;
mod model;
mod quirks;
mod settings;
mod vendor;

pub use lookup::{Catalogue, CatalogueError, UnknownVendor};
pub use model::{Echo, Model};
pub use quirks::{EmptyContent, OutputLimit, Quirks};
pub use settings::{ModelSettings, Overlay, VendorSettings};
pub use vendor::Vendor;
pub(crate) use vendor::WindowProbe;
