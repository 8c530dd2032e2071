//! The binary `reparto`.
fn main() {}
