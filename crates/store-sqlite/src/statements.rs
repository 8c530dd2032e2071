//! Statements are texts in their module, next to the function that executes them. Each module with statements gets
//! tests: that they can be prepared on a freshly migrated database, and that SQLite does not plan them again when other
//! values are bound.

/// Defines a constant for each statement, and the tests of all of them. `NAME = …` is a constant expression, `NAME =>
/// …` is evaluated once, on first use.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $is:tt $sql:expr;)*) => {
        $($crate::statements::statements!(@one $(#[$doc])* $name $is $sql);)*

        #[cfg(test)]
        mod statements_here {
            fn all() -> Vec<(&'static str, String)> {
                vec![$((stringify!($name), super::$name.to_string())),*]
            }

            #[test]
            fn can_be_prepared() {
                crate::statements::tests::prepare(&all());
            }

            #[test]
            fn are_planned_once() {
                crate::statements::tests::plan(&all());
            }
        }
    };
    (@one $(#[$doc:meta])* $name:ident = $sql:expr) => {
        $(#[$doc])* pub(super) const $name: &str = $sql;
    };
    (@one $(#[$doc:meta])* $name:ident => $sql:expr) => {
        $(#[$doc])* pub(super) static $name: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| $sql);
    };
}
pub(crate) use statements;

#[cfg(test)]
pub(crate) mod tests {
    use rusqlite::StatementStatus;

    #[test]
    fn statements_that_are_put_together() {
        let built = [crate::assignments::statements(), crate::operations::statements()].concat();
        prepare(&built);
        plan(&built);
    }

    /// Each statement can be prepared on a freshly migrated database.
    pub(crate) fn prepare(statements: &[(&str, String)]) {
        let (_folder, conn) = crate::engine::migrated();
        for (name, sql) in statements {
            if let Err(error) = conn.prepare(sql) {
                panic!("{name}: {error}\n{sql}");
            }
        }
    }

    /// No statement is planned again when another value is bound.
    pub(crate) fn plan(statements: &[(&str, String)]) {
        let (_folder, conn) = crate::engine::migrated();
        for (name, sql) in statements {
            let mut statement = conn.prepare(sql).unwrap();
            for value in 1..4 {
                for place in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(place, value).unwrap();
                }
                // Its result does not matter.
                let _ = statement.raw_query().next();
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{name}\n{sql}");
        }
    }
}
