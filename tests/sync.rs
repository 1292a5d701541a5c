//! `sync` as a team uses it: real git, a bare repository, two clones.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

#[path = "sync/team.rs"]
mod team;

#[path = "sync/danger.rs"]
mod danger;
#[path = "sync/encrypted.rs"]
mod encrypted;
#[path = "sync/exchange.rs"]
mod exchange;
#[path = "sync/index.rs"]
mod index;
#[path = "sync/interrupted.rs"]
mod interrupted;
#[path = "sync/server.rs"]
mod server;
#[path = "sync/told.rs"]
mod told;
