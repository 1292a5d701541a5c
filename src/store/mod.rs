//! The store: the folder of files, found, read under a shared lock and written in transactions.

pub mod disk;
pub mod journal;
pub mod library;
pub mod lock;
