//! What a sync did, as those who print it read it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::survey::Finding;
use crate::git::refs::Id;
use crate::sync::sound::Left;

/// What a sync did.
#[derive(Debug, Default)]
pub struct Report {
    /// The commits that it made here, but for the merge: whose work, the commit, how many files.
    pub commits: Vec<(Option<String>, Id, usize)>,
    /// The files that it left.
    pub left: BTreeSet<Left>,
    /// The paths that others changed.
    pub received: BTreeSet<String>,
    /// How many commits went to the others.
    pub sent: usize,
    /// The conflicts that it recorded: the path of each record, and the keys.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
    /// The errors in the data, now that those of others are here; no conflicts among them.
    pub findings: Vec<Finding>,
    /// What came and was kept out of the work tree.
    pub kept_out: BTreeSet<String>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// Whether all that is committed here is there.
    pub shared: bool,
}
