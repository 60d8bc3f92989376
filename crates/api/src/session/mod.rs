//! Who is signed in: sessions by cookie, single-use links, tokens, lock-out after failures.

mod identify;
pub mod sign_in;
mod table;

pub use identify::{Caller, Staff, principal_of};
pub use sign_in::{Credentials, Me, MenuItem, RoleTitle, follow_link, me, sign_in, sign_out};
pub use table::Sessions;
