//! What the records are, and the pure rules of a request's life. No files, no clock.

pub mod hours;
pub mod range;
