//! What a sync did, as those who print it read it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::survey::Finding;
use crate::git::refs::Id;
use crate::i18n::Text;
use crate::sync::arrived::{Arrived, Crossed};
use crate::sync::sound::Left;

/// What a sync did.
#[derive(Debug, Default)]
pub struct Report {
    /// The commits that it made here, but for the merge: whose work, the commit, how many files.
    pub commits: Vec<(Option<String>, Id, usize)>,
    /// The files that it left.
    pub left: BTreeSet<Left>,
    /// The files that were edited by hand and of which no history could be written, and why.
    pub unrecorded: BTreeMap<String, Text>,
    /// The records whose events git's own merge had lost, and that have them again, by their paths.
    pub reunited: BTreeSet<String>,
    /// The paths that others changed.
    pub received: BTreeSet<String>,
    /// How many commits went to the others.
    pub sent: usize,
    /// The conflicts that it recorded: the path of each record, and the keys.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
    /// The errors in the data, now that those of others are here; where nothing came, those in what
    /// was to be shared. No conflicts among them.
    pub findings: Vec<Finding>,
    /// What came and was kept out of the work tree.
    pub kept_out: BTreeSet<String>,
    /// The requests that were here and that others changed, by their ids.
    pub arrived: BTreeMap<String, Arrived>,
    /// The cards that one side merged while the other changed them, by their ids.
    pub crossed: BTreeMap<String, Crossed>,
    /// The open requests that came although another one asks for the same, and that other one.
    pub twins: BTreeMap<String, String>,
    /// The records that were gone here, by their paths, and the commit that removed them for all.
    pub removed: BTreeMap<String, Id>,
    /// The records that others removed, by their paths.
    pub removed_there: BTreeSet<String>,
    /// All records with conflicts, old and new: `request/20261123-k7m2qx`.
    pub unsettled: Vec<String>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// Where there is none: the names of those that the branch could be shared with.
    pub remotes: Vec<String>,
    /// The branch here, by its short name.
    pub branch: String,
    /// Whether all that is committed here is there.
    pub shared: bool,
    /// The branch on which the others work, where it is not the one that was synced.
    pub others_on: Option<String>,
    /// Whether a new clone of the remote would not begin with the branch that was synced first.
    pub is_hidden: bool,
}
