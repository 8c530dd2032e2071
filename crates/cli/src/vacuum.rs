//! `reparto vacuum`.

use crate::{
    args::VacuumArgs,
    database::Database,
    failure::{Done, Failure, say},
};

/// Writes a SQLite database anew.
pub async fn run(args: VacuumArgs) -> Result<Done, Failure> {
    let Database::Sqlite(path) = args.database.database_url.parse()? else {
        return Err(Failure::new(
            "reparto vacuum is for SQLite databases; PostgreSQL looks after its own (VACUUM FULL)",
        ));
    };
    let (before, after) = tokio::task::spawn_blocking(move || reparto_store_sqlite::vacuum(&path))
        .await
        .map_err(|error| Failure::new(format!("it broke off: {error}")))??;
    say(format_args!("{} was written anew: {before} bytes before, {after} now", args.database.database_url))?;
    Ok(Done::Success)
}
