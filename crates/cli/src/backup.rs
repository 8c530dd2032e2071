//! `reparto backup`.

use crate::{
    args::BackupArgs,
    database::Database,
    failure::{Done, Failure, say},
};

/// Copies a live SQLite database.
pub async fn run(args: BackupArgs) -> Result<Done, Failure> {
    let Database::Sqlite(source) = args.database.database_url.parse()? else {
        return Err(Failure::new("reparto backup copies SQLite databases; for PostgreSQL use pg_dump"));
    };
    let target = args.file.clone();
    let bytes = tokio::task::spawn_blocking(move || reparto_store_sqlite::backup(&source, &target, args.force))
        .await
        .map_err(|error| Failure::new(format!("the backup broke off: {error}")))?
        .map_err(|error| Failure::new(error.to_string()))?;
    say(format_args!(
        "{} holds a verified copy of {} ({bytes} bytes)",
        args.file.display(),
        args.database.database_url
    ))?;
    Ok(Done::Success)
}
