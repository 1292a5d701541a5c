//! What can be done with a record of any kind: `new list find show edit note merge remove`.

pub mod change;
pub mod edit;
pub mod editor;
pub mod find;
pub mod list;
mod merge;
mod namesake;
mod new;
pub mod note;
pub mod remove;
pub mod show;

use crate::cmd::Sub;

const NEW: Sub = Sub { name: "new", spec: new::spec, run: new::run };
/// `list`.
pub const LIST: Sub = Sub { name: "list", spec: list::spec, run: list::run };
/// `find`.
pub const FIND: Sub = Sub { name: "find", spec: find::spec, run: find::run };
/// `show`.
pub const SHOW: Sub = Sub { name: "show", spec: show::spec, run: show::run };
const EDIT: Sub = Sub { name: "edit", spec: edit::spec, run: edit::run };
/// `note`.
pub const NOTE: Sub = Sub { name: "note", spec: note::spec, run: note::run };
const MERGE: Sub = Sub { name: "merge", spec: merge::spec, run: merge::run };
/// `remove`.
pub const REMOVE: Sub = Sub { name: "remove", spec: remove::spec, run: remove::run };

/// The subcommands of `specialty`.
pub const SPECIALTY: &[Sub] = &[NEW, LIST, SHOW, EDIT, REMOVE];
/// The subcommands of `clinic`.
pub const CLINIC: &[Sub] = &[NEW, LIST, FIND, SHOW, EDIT, REMOVE];
/// The subcommands of `operator`.
pub const OPERATOR: &[Sub] = &[NEW, LIST, SHOW, EDIT, REMOVE];
/// The subcommands of `patient`.
pub const PATIENT: &[Sub] = &[NEW, LIST, FIND, SHOW, EDIT, NOTE, MERGE, REMOVE];
