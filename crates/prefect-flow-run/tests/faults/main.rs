//! The fault suite: the real client, over real TCP, to a sandbox that does everything wrong that a server or the way
//! to it can do, at every point of an exchange, single and in pairs. Then the sandbox's database is compared with what
//! the client reported: nothing twice, nothing lost, nothing that is not so.
//!
//! Nothing is asserted about how a fault ends beyond that, so a slow machine, whose attempts time out, only adds faults.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod clock;
mod injection;
mod login;
mod network;
mod runs;
mod scenario;
mod schedule;
mod told;
mod verdict;
mod wait;
mod watch;
