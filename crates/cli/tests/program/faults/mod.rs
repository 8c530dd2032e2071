//! Kills, cut connections and restarts under load. Everything answered is stored, nothing partially, and a request
//! repeated with its key is executed once.

mod fleet;
mod imports;
mod jobs;
mod keys;
mod limits;
mod storm;
mod traffic;
mod webhooks;
