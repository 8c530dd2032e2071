//! The version of an opportunity, sent as `ETag`.

/// The version of an opportunity as shown in a response. It changes with its own row, its history, its contact and its
/// holder, and is the same on every engine.
///
/// - `revision`: how often the opportunity's own row was changed
/// - `last_operation`: the newest operation in its history
/// - `contact`, `holder`: when each was last changed, in microseconds; 0 if unassigned
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
