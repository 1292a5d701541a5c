//! Ctrl-C. While a question waits, it only takes the question away, so that the command ends with
//! exit 130 and the terminal as it was; at any other moment it ends the program.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Code;

static WAITING: AtomicBool = AtomicBool::new(false);
static HANDLER: Once = Once::new();

/// Lets Ctrl-C end only what waits for an answer.
pub fn while_waiting<T, E>(wait: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    HANDLER.call_once(|| {
        // Without a handler, Ctrl-C ends the program by the signal: the store is safe all the same.
        let _ = ctrlc::set_handler(|| {
            if !WAITING.load(Ordering::SeqCst) {
                std::process::exit(Code::Interrupted.exit().into());
            }
        });
    });
    WAITING.store(true, Ordering::SeqCst);
    let answer = wait()?;
    // After a failure the command ends by itself: the handler, which runs in a thread of its own,
    // must not be quicker.
    WAITING.store(false, Ordering::SeqCst);
    Ok(answer)
}
