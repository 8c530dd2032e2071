//! A table or column that is new must be copied, or be named here with the reason why it is not.

use reparto_store_rows::copy::TABLES;

use super::{read, write};

/// Recreated on the target, or about the copy itself.
const NOT_COPIED: [&str; 8] = [
    "assignment_counts",
    "contact_count",
    "contacts_searched",
    "job_ends",
    "job_sets",
    "refinery_schema_history",
    "retention_place",
    "unfinished_copy",
];

/// Follows from the others.
const OWN: [(&str, &str); 2] = [("operations", "new_holder"), ("job_chunks", "seq")];

#[test]
fn every_table_and_column_is_copied_or_excluded() {
    let (_folder, conn) = crate::engine::migrated();
    let mut statement = conn
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' \
             AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE 'contacts\\_search%' ESCAPE '\\'",
        )
        .unwrap();
    let found = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    for (table, column) in found.map(Result::unwrap) {
        if NOT_COPIED.contains(&table.as_str()) || OWN.contains(&(table.as_str(), column.as_str())) {
            continue;
        }
        let known = TABLES.iter().find(|known| known.name == table);
        let known = known.unwrap_or_else(|| panic!("{table} is not copied"));
        let is_key = table == "delivery_place" && column == "one";
        assert!(is_key || known.column(&column).is_some(), "{table}.{column} is not copied");
    }
}

#[test]
fn every_built_statement_can_be_prepared() {
    let built: Vec<_> = TABLES
        .iter()
        .flat_map(|table| {
            let read = [read::sql(table, false), read::sql(table, true), read::any(table), write::insert(table)];
            read.map(|sql| (table.name, sql))
        })
        .collect();
    crate::statements::tests::prepare(&built);
    crate::statements::tests::plan(&built);
}
