//! Assets
