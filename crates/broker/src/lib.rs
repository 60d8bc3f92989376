//! Context: entities by the semantics of NGSI-LD (ETSI GS CIM 009 v1.9.1, clauses 5.6 and 5.7).
//!
//! Writing is an engine behind the door: a command becomes changes. Reading asks a state under a permit.
//! Names in commands are those used inside the city (`ngsild::expand_names` makes them).

mod attributes;
mod batch;
mod body;
mod book;
mod engine;
mod entities;
mod owners;
mod problem;
mod query;
mod retrieve;
#[cfg(test)]
mod testing;

pub use engine::Broker;
pub use problem::problem;
pub use query::{Found, LIMIT_DEFAULT, LIMIT_MAX, Search, query};
pub use retrieve::{Wanted, retrieve};
