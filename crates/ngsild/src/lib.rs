//! NGSI-LD as text: contexts, representations and the query language. Text in, values out; no I/O.
//!
//! Clauses are those of ETSI GS CIM 009 v1.9.1.

mod attribute;
mod context;
mod core_terms;
mod entity;
mod error;
mod form;
mod iri;
mod q;
mod render;
mod scope;
mod selection;
mod sub;
mod value;

pub use attribute::{NULL, Parsed, Patch, parse_attributes, parse_instances};
pub use context::{CORE_CONTEXT, Context, Contexts, link_url};
pub use entity::{Draft, Fragment, expand_names, parse_entity, parse_fragment};
pub use error::{ErrorKind, LdError};
pub use form::{Form, Shape, flag};
pub use q::{Query, parse_q};
pub use render::render_entity;
pub use scope::{SCOPE, joined_scopes};
pub use selection::TypeSelection;
