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
    use crate::{
        assignee, assignments, audit, check, copy, feed, hot, imports, jobs, list, maintenance, mirror, operations,
        opportunities, webhooks,
    };

    #[test]
    fn every_statement_can_be_prepared_on_a_freshly_migrated_database() {
        let (_folder, conn) = crate::engine::migrated();
        let fixed = |list: &[(&'static str, &str)]| {
            list.iter().map(|(name, sql)| (*name, (*sql).to_owned())).collect::<Vec<_>>()
        };
        for (module, statements) in [
            ("assignee", fixed(assignee::STATEMENTS)),
            ("assignments", assignments::statements()),
            ("audit", audit::statements()),
            ("check", check::statements()),
            ("copy", copy::statements()),
            ("feed", fixed(feed::STATEMENTS)),
            ("hot", fixed(hot::STATEMENTS)),
            ("imports", imports::statements()),
            ("jobs", jobs::statements()),
            ("list", list::statements()),
            ("maintenance", fixed(maintenance::STATEMENTS)),
            ("mirror", mirror::statements()),
            ("operations", operations::statements()),
            ("opportunities", opportunities::statements()),
            ("webhooks", webhooks::statements()),
        ] {
            assert!(!statements.is_empty(), "{module} lists no statement");
            for (name, sql) in statements {
                if let Err(error) = conn.prepare(&sql) {
                    panic!("{module}::{name}: {error}\n{sql}");
                }
            }
        }
    }
}
