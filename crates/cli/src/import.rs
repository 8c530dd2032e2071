//! `reparto import`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};
use reparto_domain::{
    Caller, Clock as _, Roles, SystemClock,
    imports::{ImportMode, ImportRow, RowOutcome},
    json::Bound,
    users::PersonFilter,
};
use reparto_leads::{Crm, Layout, Leads, Options};
use reparto_store::Store;

use crate::{
    args::ImportArgs,
    failure::{Done, Failure, say},
};

/// Rows in a transaction. While it runs, a service on the same database waits with its writes.
const ROWS_AT_ONCE: usize = 1_000;

/// Takes in a file.
pub async fn run(args: ImportArgs) -> Result<Done, Failure> {
    let (input, size) = open(&args.file)?;
    let store = args.database.database_url.open(true).await?;
    let mut options =
        Options { map: args.map.clone(), date_order: args.date_order, separator: args.separator, ..Options::default() };
    options.add_people(&store.person_list(PersonFilter { is_active: Some(true), roles: None }).await?);
    let bar = progress(size);
    let leads = Leads::open(bar.wrap_read(input), &options)
        .map_err(|error| Failure::new(format!("{}: {error}", args.file.display())))?;
    describe(leads.layout());
    let mut import = Import { store: &*store, bar, at_once: ROWS_AT_ONCE, mode: mode(&args), tally: Tally::default() };
    if args.strict || args.dry_run {
        // One transaction for all: strict leaves nothing, and a dry run sees what the file has twice.
        import.at_once = usize::MAX;
    }
    let taken = import.all(leads).await;
    import.bar.finish_and_clear();
    let tally = import.tally;
    store.close().await;
    if let Err(failure) = taken {
        if tally.done() > 0 {
            eprintln!("{} rows came in before; importing the file again goes on where it stopped", tally.done());
        }
        return Err(failure);
    }
    say(tally.summary(&args))?;
    Ok(tally.outcome(args.strict))
}

fn mode(args: &ImportArgs) -> ImportMode {
    ImportMode { dry_run: args.dry_run, strict: args.strict }
}

fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let cannot = |error: io::Error| Failure::io(format!("cannot read {}", path.display()), &error);
    let file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    if about.is_dir() {
        return Err(Failure::new(format!("cannot read {}: it is a folder", path.display())));
    }
    let size = about.is_file().then_some(about.len());
    Ok((Box::new(file), size))
}

/// A bar by bytes read, on a terminal; nothing elsewhere.
fn progress(size: Option<u64>) -> ProgressBar {
    let bar = size.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = "{bar:30} {bytes}/{total_bytes} · {msg} · {eta} left";
    if let Ok(style) =
        ProgressStyle::with_template(if size.is_some() { template } else { "{spinner} {bytes} · {msg}" })
    {
        bar.set_style(style);
    }
    bar
}

/// Says on standard error how the file was understood: a mapping that nobody sees is one that nobody corrects.
fn describe(layout: &Layout) {
    let from = layout.crm.map_or("", Crm::as_str);
    let by = if from.is_empty() { String::new() } else { format!(", looks like {from}") };
    eprintln!("{} columns separated by {:?}{by}:", layout.columns.len(), layout.separator);
    for column in &layout.columns {
        eprintln!("  {} -> {}", column.header, column.field);
    }
}

struct Import<'a> {
    store: &'a dyn Store,
    bar: ProgressBar,
    at_once: usize,
    mode: ImportMode,
    tally: Tally,
}

impl Import<'_> {
    async fn all<R: Read>(&mut self, leads: Leads<R>) -> Result<(), Failure> {
        let mut rows = Vec::new();
        for lead in leads {
            match lead {
                Ok(row) => {
                    if !row.left_out.is_empty() {
                        self.warn(&left_out(row.line, &row.left_out));
                    }
                    rows.push(row);
                }
                Err(problem) if self.mode.strict => {
                    self.tally.skipped += 1;
                    self.warn(&problem.to_string());
                    return Ok(());
                }
                Err(problem) => {
                    self.tally.skipped += 1;
                    self.warn(&problem.to_string());
                }
            }
            if rows.len() >= self.at_once {
                self.some(std::mem::take(&mut rows)).await?;
            }
        }
        if rows.is_empty() { Ok(()) } else { self.some(rows).await }
    }

    async fn some(&mut self, rows: Vec<ImportRow>) -> Result<(), Failure> {
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        let caller = Caller::system(SystemClock.now());
        let outcomes = self.store.import_rows(&caller, rows, self.mode, &Roles::default()).await?;
        let mut tally = Tally::default();
        for (line, result) in lines.into_iter().zip(outcomes) {
            if !result.left_out.is_empty() {
                self.warn(&left_out(line, &result.left_out));
            }
            match result.outcome {
                RowOutcome::Created => tally.created += 1,
                RowOutcome::OpportunityAdded => tally.added += 1,
                RowOutcome::AlreadyThere => tally.there += 1,
                RowOutcome::Skipped(error) => {
                    tally.skipped += 1;
                    self.warn(&format!("line {line}: {error}"));
                }
            }
        }
        if self.mode.strict && tally.skipped > 0 {
            tally = Tally { skipped: tally.skipped, ..Tally::default() };
        }
        self.tally.add(tally);
        self.bar.set_message(format!("{} rows", self.tally.done() + self.tally.skipped));
        Ok(())
    }

    fn warn(&self, what: &str) {
        self.bar.suspend(|| eprintln!("{what}"));
    }
}

/// What is said of a row that came in without all its custom fields.
fn left_out(line: u64, names: &[String]) -> String {
    const NAMED: usize = 20;
    let shown = names.iter().take(NAMED).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let bounds = Bound::ALL.map(|bound| bound.to_string()).join(", ");
    format!("line {line}: came in without {shown}{more}: an object that is kept has at most {bounds}")
}

/// The results of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    created: u64,
    added: u64,
    there: u64,
    skipped: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.added += other.added;
        self.there += other.there;
        self.skipped += other.skipped;
    }

    /// Rows that came in, or were there already.
    const fn done(self) -> u64 {
        self.created + self.added + self.there
    }

    fn summary(self, args: &ImportArgs) -> String {
        if args.strict && self.skipped > 0 {
            return "stopped at the first row with an error: nothing was written".to_owned();
        }
        let would = if args.dry_run { "dry run, nothing was written: " } else { "" };
        format!(
            "{would}{} rows: {} created, {} opportunities added to known contacts, {} already there, {} skipped",
            self.done() + self.skipped,
            self.created,
            self.added,
            self.there,
            self.skipped
        )
    }

    const fn outcome(self, strict: bool) -> Done {
        match (self.skipped, self.done()) {
            (0, _) => Done::Success,
            (_, 0) => Done::Problem,
            _ if strict => Done::Problem,
            _ => Done::SomeSkipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_says_whether_rows_were_skipped() {
        let tally = |there, skipped| Tally { there, skipped, ..Tally::default() };
        assert_eq!(tally(0, 0).outcome(false), Done::Success);
        assert_eq!(tally(5, 0).outcome(false), Done::Success);
        assert_eq!(tally(5, 1).outcome(false), Done::SomeSkipped);
        assert_eq!(tally(0, 1).outcome(false), Done::Problem);
        assert_eq!(tally(5, 1).outcome(true), Done::Problem);
    }
}
