//! What the records are: their kinds, fields and values. No files, no clock.

pub mod book;
pub mod clinic;
pub mod event;
pub mod field;
pub mod hours;
pub mod kind;
pub mod operator;
pub mod patient;
pub mod range;
pub mod record;
pub mod request;
pub mod settings;
pub mod sieve;
pub mod specialty;
pub mod value;
