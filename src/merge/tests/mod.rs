//! The merge, by cases and by play.

mod cases;
mod play;
