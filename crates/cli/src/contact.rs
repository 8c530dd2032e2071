//! `reparto contact`: what an operator does for a person who asks, without a server.

use std::{
    io::{self, Write as _},
    path::Path,
};

use reparto_domain::{Caller, Clock as _, SystemClock, erasures::EverythingExtent};
use reparto_server::{
    contacts::{erase::command, everything::object},
    http::Language,
};

use crate::{
    args::{ContactEraseArgs, ContactEverythingArgs},
    failure::{Done, Failure, say},
};

/// Erases the person of a contact.
pub async fn erase(args: ContactEraseArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let caller = Caller::system(SystemClock.now());
    let erased = store.contact_erase(&caller, args.id, command(args.reason)?, None).await;
    store.close().await;
    let Some(erased) = erased?.fresh() else { return Err(Failure::new("nothing was erased")) };
    say(format_args!(
        "the person of contact {} was erased at {}: {} opportunities, {} entries of the audit log",
        args.id, erased.erased_at, erased.opportunities, erased.audit_entries
    ))?;
    Ok(Done::Success)
}

/// Writes everything that is kept about one person, as JSON.
pub async fn everything(args: ContactEverythingArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(true).await?;
    let caller = Caller::system(SystemClock.now());
    let everything = store.contact_everything(&caller, args.id, EverythingExtent::Whole).await;
    store.close().await;
    let shown = object(everything?, Language::default(), caller.at)
        .map_err(|error| Failure::new(format!("it cannot be written as JSON: {error}")))?;
    let text = format!("{shown:#}\n");
    match &args.output {
        None => io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::io("cannot write", &error))?,
        Some(path) => to_file(path, &text)?,
    }
    Ok(Done::Success)
}

/// Writes beside the file and renames; the file is readable by its owner alone.
fn to_file(path: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error: &io::Error| Failure::io(format!("cannot write {}", path.display()), error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| cannot(&error))?;
    file.as_file().sync_all().map_err(|error| cannot(&error))?;
    file.persist(path).map_err(|error| cannot(&error.error))?;
    Ok(())
}
