//! What is killed, cut and restarted under load. What was answered is there, nothing is there by halves, and a request
//! that is repeated with its key is carried out once.

mod fleet;
mod jobs;
mod keys;
mod limits;
mod storm;
mod traffic;
mod webhooks;
