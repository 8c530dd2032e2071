//! Statements stand as text in their module, beside the function that runs them. Each module lists its own, so that
//! one test can prepare all of them on a freshly migrated database.

/// Makes a constant of each statement, and the module's list of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*
        /// The statements of this module, by name.
        #[cfg_attr(not(test), allow(dead_code, reason = "the test that prepares every statement reads it"))]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use crate::{
        actor, assignments, audit, contacts, counts, idempotency, maintenance, operations, opportunities, sessions,
        users,
    };

    #[tokio::test]
    async fn every_statement_prepares_on_the_current_schema() {
        let database = crate::testing::fresh().await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let rooms = [
            ("actor", actor::STATEMENTS),
            ("assignments::bulk_sql", assignments::bulk_sql::STATEMENTS),
            ("assignments::single", assignments::single::STATEMENTS),
            ("assignments::random", assignments::random::STATEMENTS),
            ("audit", audit::STATEMENTS),
            ("check::background", crate::check::background::RULES),
            ("check", crate::check::rules::RULES),
            ("contacts", contacts::STATEMENTS),
            ("contacts::write", contacts::write::STATEMENTS),
            ("copy", crate::copy::STATEMENTS),
            ("copy::write", crate::copy::write::STATEMENTS),
            ("counts", counts::STATEMENTS),
            ("engine::replica", crate::engine::replica::STATEMENTS),
            ("feed", crate::feed::STATEMENTS),
            ("feed::settled", crate::feed::settled::STATEMENTS),
            ("first_run", crate::first_run::STATEMENTS),
            ("jobs::create", crate::jobs::create::STATEMENTS),
            ("jobs::end", crate::jobs::end::STATEMENTS),
            ("jobs::items", crate::jobs::items::STATEMENTS),
            ("jobs::rows", crate::jobs::rows::STATEMENTS),
            ("jobs::run", crate::jobs::run::STATEMENTS),
            ("jobs::set", crate::jobs::set::STATEMENTS),
            ("webhooks::queue", crate::webhooks::queue::STATEMENTS),
            ("webhooks::rows", crate::webhooks::rows::STATEMENTS),
            ("webhooks::send", crate::webhooks::send::STATEMENTS),
            ("webhooks::write", crate::webhooks::write::STATEMENTS),
            ("hot", crate::hot::STATEMENTS),
            ("idempotency", idempotency::STATEMENTS),
            ("imports::read", crate::imports::read::STATEMENTS),
            ("imports::write", crate::imports::write::STATEMENTS),
            ("maintenance", maintenance::STATEMENTS),
            ("mirror", crate::mirror::STATEMENTS),
            ("mirror::build", crate::mirror::build::STATEMENTS),
            ("mirror::catch_up", crate::mirror::catch_up::STATEMENTS),
            ("operations::chain", operations::chain::STATEMENTS),
            ("operations::detail", operations::detail::STATEMENTS),
            ("operations::people", operations::people::STATEMENTS),
            ("operations::undo", operations::undo::STATEMENTS),
            ("opportunities::create", opportunities::create::STATEMENTS),
            ("opportunities::delete", opportunities::delete::STATEMENTS),
            ("opportunities::first_call", opportunities::first_call::STATEMENTS),
            ("opportunities::load", opportunities::load::STATEMENTS),
            ("opportunities::update", opportunities::update::STATEMENTS),
            ("sessions", sessions::STATEMENTS),
            ("sessions::attempts", sessions::attempts::STATEMENTS),
            ("sessions::refresh", sessions::refresh::STATEMENTS),
            ("users::rows", users::rows::STATEMENTS),
            ("users::write", users::write::STATEMENTS),
        ];
        let mut broken = Vec::new();
        for (room, statements) in rooms {
            assert!(!statements.is_empty(), "{room} lists no statement");
            for (name, sql) in statements {
                if let Err(error) = client.prepare(sql).await {
                    broken.push(format!(
                        "{room}::{name}: {:?}",
                        error.as_db_error().map(tokio_postgres::error::DbError::message)
                    ));
                }
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
