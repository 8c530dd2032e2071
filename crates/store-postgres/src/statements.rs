//! Statements are texts in their module, next to the function that executes them. Each module with statements gets a
//! test: that all of them can be prepared on a freshly migrated database.

/// Defines a constant for each statement, and the test of all of them. `NAME = …` is a constant expression, `NAME => …`
/// is evaluated once, on first use.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $is:tt $sql:expr;)*) => {
        $($crate::statements::statements!(@one $(#[$doc])* $name $is $sql);)*

        #[cfg(test)]
        mod statements_here {
            #[tokio::test]
            async fn can_be_prepared() {
                crate::statements::tests::prepare(&[$((stringify!($name), super::$name.to_string())),*]).await;
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
    /// Each statement can be prepared on a freshly migrated database.
    pub(crate) async fn prepare(statements: &[(&str, String)]) {
        let database = crate::testing::fresh().await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for (name, sql) in statements {
            if let Err(error) = client.prepare(sql).await {
                panic!("{name}: {:?}\n{sql}", error.as_db_error().map(tokio_postgres::error::DbError::message));
            }
        }
    }
}
