//! Which records are meant: by a name that somebody typed, by a search, by filters.

pub mod clash;
pub mod filter;
pub mod identify;
pub mod links;
pub mod offer;
pub mod resolve;
pub mod seek;
pub mod stats;
pub mod twin;
pub mod typed;
pub mod visits;
