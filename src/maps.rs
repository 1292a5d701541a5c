//! Maps and sets of all records of a store: so many that the standard library's way of hashing, made against
//! whoever floods a server, takes a tenth of an import's time. This one, seeded at random too, does
//! for a file that its own operator brings.

use std::collections::{HashMap, HashSet};

/// A map of many.
pub type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// A set of many.
pub type Set<T> = HashSet<T, foldhash::fast::RandomState>;
