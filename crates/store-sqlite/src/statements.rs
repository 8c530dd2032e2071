//! Statements stand as text in their module, beside the function that runs them. Each module lists its own, so that
//! one test can prepare all of them on a freshly migrated database.

/// Makes a constant of each statement, and the module's list of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// The statements of this module, by name.
        #[cfg_attr(not(test), allow(dead_code, reason = "the test that prepares every statement reads it"))]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use crate::{
        assignee, assignments, audit, check, copy, feed, first_run, hot, imports, jobs, list, maintenance, mirror,
        operations, opportunities, webhooks,
    };

    /// Every statement of every module.
    fn all() -> Vec<(&'static str, &'static str, String)> {
        let fixed = |list: &[(&'static str, &str)]| {
            list.iter().map(|(name, sql)| (*name, (*sql).to_owned())).collect::<Vec<_>>()
        };
        let modules = [
            ("assignee", fixed(assignee::STATEMENTS)),
            ("assignments", assignments::statements()),
            ("audit", audit::statements()),
            ("check", check::statements()),
            ("copy", copy::statements()),
            ("feed", fixed(feed::STATEMENTS)),
            ("first_run", fixed(first_run::STATEMENTS)),
            ("hot", fixed(hot::STATEMENTS)),
            ("imports", imports::statements()),
            ("jobs", jobs::statements()),
            ("list", list::statements()),
            ("maintenance", fixed(maintenance::STATEMENTS)),
            ("mirror", mirror::statements()),
            ("operations", operations::statements()),
            ("opportunities", opportunities::statements()),
            ("webhooks", webhooks::statements()),
        ];
        let each =
            modules.into_iter().inspect(|(module, list)| assert!(!list.is_empty(), "{module} lists no statement"));
        each.flat_map(|(module, list)| list.into_iter().map(move |(name, sql)| (module, name, sql))).collect()
    }

    #[test]
    fn every_statement_prepares_on_the_current_schema() {
        let (_folder, conn) = crate::engine::migrated();
        for (module, name, sql) in all() {
            if let Err(error) = conn.prepare(&sql) {
                panic!("{module}::{name}: {error}\n{sql}");
            }
        }
    }

    #[test]
    fn no_statement_is_replanned_for_another_value() {
        let (_folder, conn) = crate::engine::migrated();
        for (module, name, sql) in all() {
            let mut statement = conn.prepare(&sql).unwrap();
            for value in 1..4 {
                for place in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(place, value).unwrap();
                }
                // Whether it does anything for such values is of no interest.
                let _ = statement.raw_query().next();
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{module}::{name}\n{sql}");
        }
    }
}
