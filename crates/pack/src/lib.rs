//! A pack: a folder of data that declares a domain. This crate reads the folder and the manifest, finds
//! the order of installing, and hands every section on unread: the engine that uses a section owns its form.

mod folder;
mod manifest;
mod order;

pub use folder::{Folder, PackError, read_folder};
pub use manifest::{Manifest, Words};
pub use order::in_order;
