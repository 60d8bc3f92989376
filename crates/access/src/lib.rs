//! Who may do what: principals, rights as rows, scopes and permits.
//!
//! Rights fold once into a [`Scope`] per (principal, action, type): a row filter and a column list.
//! A [`Permit`] can only be made here, and every engine's public function takes one.

mod password;
mod permit;
mod principal;
mod right;
mod scope;

pub use password::{PasswordError, hash_password, verify_password};
pub use permit::{Access, Denied, Permit};
pub use principal::Principal;
pub use right::{Columns, Right, Rows, SECRET_TYPES};
pub use scope::Scope;
