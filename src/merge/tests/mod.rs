//! The merge, by cases and by play; what must come of a play, said anew.

mod cases;
mod hands;
mod oracle;
mod play;
mod waiting;
