//! The version of an opportunity: what an `ETag` carries.

/// The version of an opportunity as an answer shows it: of its own row, its history, its contact and its holder.
/// It changes with each of them and is the same on every engine.
///
/// - `revision`: how often the opportunity's own row was changed
/// - `last_operation`: the newest operation in its history
/// - `contact`, `holder`: when each was changed last, in microseconds; 0 where nobody holds it
pub fn version(revision: i64, last_operation: i64, contact: i64, holder: i64) -> String {
    format!("{revision:x}-{last_operation:x}-{contact:x}-{holder:x}")
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn every_part_changes_the_version() {
        let versions =
            [version(0, 0, 0, 0), version(1, 0, 0, 0), version(0, 1, 0, 0), version(0, 0, 1, 0), version(0, 0, 0, 1)];
        let distinct: std::collections::HashSet<_> = versions.iter().collect();
        assert_eq!(distinct.len(), versions.len());
    }
}
