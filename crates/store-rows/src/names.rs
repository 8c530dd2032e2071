//! Named constants in SQL: statements refer to the domain's numbered values by name.

use std::sync::LazyLock;

use reparto_domain::{
    Status,
    events::EventType,
    imports::{ImportOutcome, ImportStatus, RowUndo},
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
    opportunities::ATTEMPTS_MAX,
    webhooks::DeliveryStatus,
};

/// Each name, in braces, with its number.
static NAMES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let received: Vec<String> = OperationKind::RECEIVED.iter().map(|kind| kind.number().to_string()).collect();
    let mut names = vec![
        ("{attempts.max}".to_owned(), ATTEMPTS_MAX.to_string()),
        ("{operations.received}".to_owned(), received.join(", ")),
    ];
    let mut name =
        |kind: &str, value: &str, number: i16| names.push((format!("{{{kind}.{value}}}"), number.to_string()));
    for value in Status::ALL {
        name("status", value.as_str(), value.number());
    }
    for value in OperationKind::ALL {
        name("operation", value.as_str(), value.number());
    }
    for value in JobKind::ALL {
        name("job", value.as_str(), value.number());
    }
    for value in JobStatus::ALL {
        name("job", value.as_str(), value.number());
    }
    for value in ImportStatus::ALL {
        name("import", value.as_str(), value.number());
    }
    for value in ImportOutcome::ALL {
        name("row", value.as_str(), value.number());
    }
    for value in RowUndo::ALL {
        name("undo", value.as_str(), value.number());
    }
    for value in DeliveryStatus::ALL {
        name("delivery", value.as_str(), value.number());
    }
    for value in EventType::ALL {
        name("event", value.as_str(), value.number());
    }
    names
});

/// Replaces names in SQL by their numbers: `{delivery.pending}`, `{job.undo}`, `{operation.delete}`,
/// `{status.assigned}`, `{attempts.max}`; `{operations.received}` by the numbers of several. Unknown names are left as they are, so that the statement cannot be prepared.
pub fn named(sql: &str) -> String {
    NAMES.iter().fold(sql.to_owned(), |sql, (name, number)| sql.replace(name, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_for_the_number_of_the_domain() {
        assert_eq!(named("status = {delivery.dead}"), "status = 2");
        assert_eq!(named("kind IN ({job.undo}, {operation.undo})"), "kind IN (4, 10)");
        assert_eq!(named("kind IN ({operations.received})"), "kind IN (0, 1, 2, 5)");
        assert_eq!(named("seen = '{}'"), "seen = '{}'");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names: Vec<&String> = NAMES.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
