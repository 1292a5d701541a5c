//! What a list certainly does not want, said so that a book can leave it out without reading it.

use std::ops::Range;

use crate::model::request::{Status, Step};

/// What to leave out. A sieve may let through what the list does not want in the end; what it holds
/// back is certainly not wanted. Each that is set narrows it.
#[derive(Debug, Default, Clone)]
pub struct Sieve {
    /// Requests of other statuses; none held back where it is empty.
    pub statuses: Vec<Status>,
    /// Requests that are neither open nor have a visit that the clinic must hear is off.
    pub queued: bool,
    /// Requests with another next step.
    pub next: Option<Step>,
    /// Requests of others than this patient and those merged into them.
    pub patient: Option<String>,
    /// Requests for another clinic.
    pub clinic: Option<String>,
    /// Requests for another specialty.
    pub specialty: Option<String>,
    /// Requests that another operator holds.
    pub holder: Option<String>,
    /// Requests that another operator made.
    pub maker: Option<String>,
    /// Requests without a visit in this time, in seconds since 1970.
    pub visit: Option<Range<i64>>,
    /// Patients without a word in their names that begins so: search keys.
    pub names: Vec<String>,
}
