//! What is printed: the five formats, their keys, the filters and orders of lists, searches, and
//! that nothing from a record reaches the terminal raw.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

#[path = "output/formats.rs"]
mod formats;
#[path = "output/hostile.rs"]
mod hostile;
#[path = "output/lists.rs"]
mod lists;
#[path = "output/screens.rs"]
mod screens;
