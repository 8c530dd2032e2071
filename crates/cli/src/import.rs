//! `reparto import`.

mod report;

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};
use reparto_domain::{
    Caller, Clock as _, Roles, SystemClock,
    erasures::IfErased,
    headings::Headings,
    imports::{Added, ImportColumn, ImportMode, ImportRow, RowError, RowOutcome, RowResult, called, quoted},
    users::PersonFilter,
};
use reparto_leads::{Batches, Crm, DateOrder, Layout, Leads, Notice, Options, Read as ReadOne, RowNotice, Source};
use reparto_store::Store;

use crate::{
    args::ImportArgs,
    failure::{Done, Failure, say},
};
use report::{Lines, Tally, UnknownWords};

/// Rows in a transaction. While it runs, a service on the same database waits with its writes.
const ROWS_AT_ONCE: usize = 1_000;

/// Takes in a file.
pub async fn run(args: ImportArgs) -> Result<Done, Failure> {
    let (input, size) = open(&args.file)?;
    let store = args.database.database_url.open(true).await?;
    let mut options = Options {
        map: args.map.clone(),
        date_order: args.date_order,
        time_zone: args.time_zone.clone(),
        country: args.database.country,
        separator: args.separator,
        encoding: args.encoding,
        sheet: args.sheet.clone(),
        now: SystemClock.now(),
        ..Options::default()
    };
    let holders = PersonFilter { is_active: Some(true), roles: Some(Roles::default().as_slice().to_vec()) };
    options.add_people(&store.person_list(holders).await?);
    let bar = progress(size);
    let leads = Leads::open(bar.wrap_read(input), &options)
        .map_err(|error| Failure::new(format!("{}: {error}", args.file.display())))?;
    describe(leads.layout());
    let mut import = Import {
        store: &*store,
        bar,
        mode: mode(&args),
        tally: Tally::default(),
        unknown: UnknownWords::default(),
        completed: Lines::default(),
        there: Lines::default(),
        columns: leads.layout().file().columns,
    };
    // A dry run is one transaction, too: it sees what the file has twice.
    let at_once = if args.dry_run { usize::MAX } else { ROWS_AT_ONCE };
    let taken = import.all(Batches::new(leads, at_once, args.strict)).await;
    import.bar.finish_and_clear();
    let completed = import
        .completed
        .summary("known already, with an opportunity; what is new was added to the contact", report::keep);
    let there = import.there.summary("known already, with an opportunity; nothing was added", report::keep);
    for line in import.unknown.lines().chain(completed).chain(there) {
        eprintln!("{line}");
    }
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
    ImportMode {
        dry_run: args.dry_run,
        strict: args.strict,
        if_erased: if args.override_erased { IfErased::LetIn } else { IfErased::Refuse },
    }
}

/// A file that can be read more than once.
fn open(path: &Path) -> Result<(File, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((kept(&mut io::stdin())?, None));
    }
    let cannot = |error: io::Error| Failure::io(format!("cannot read {}", path.display()), &error);
    let mut file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    if about.is_dir() {
        return Err(Failure::new(format!("cannot read {}: it is a folder", path.display())));
    }
    if !about.is_file() {
        return Ok((kept(&mut file)?, None));
    }
    Ok((file, Some(about.len())))
}

/// Writes what can be read only once to a temporary file, which is gone when the program ends.
fn kept(input: &mut impl Read) -> Result<File, Failure> {
    let cannot = |error: io::Error| Failure::io("cannot keep the input in a temporary file", &error);
    let mut file = tempfile::tempfile().map_err(cannot)?;
    io::copy(input, &mut file).map_err(cannot)?;
    file.rewind().map_err(cannot)?;
    Ok(file)
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
    let of = match &layout.source {
        Source::Text { encoding, separator } => format!("separated by {separator:?} in {}", encoding.as_str()),
        Source::Sheet { name } => format!("of the sheet {name:?}"),
    };
    let order = match layout.date_order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
        DateOrder::YearFirst => "year",
    };
    eprintln!("{} columns {of}{by}; dates begin with the {order}:", layout.columns.len());
    for column in &layout.columns {
        eprintln!("  {} -> {}", column.header, column.field);
    }
    for notice in &layout.notices {
        eprintln!("{notice}");
    }
}

struct Import<'a> {
    store: &'a dyn Store,
    bar: ProgressBar,
    mode: ImportMode,
    tally: Tally,
    unknown: UnknownWords,
    /// Rows of people who were known with an opportunity, from before or from a row above: those that added something,
    /// and those that did not.
    completed: Lines,
    there: Lines,
    /// The columns of the file.
    columns: Vec<ImportColumn>,
}

impl Import<'_> {
    /// Imports the batches, each read while the one before is written.
    async fn all<R: Read + Seek + Send + 'static>(&mut self, batches: Batches<R>) -> Result<(), Failure> {
        let (sender, mut read) = tokio::sync::mpsc::channel(1);
        let reader = tokio::task::spawn_blocking(move || {
            // It stops where nobody waits for the next batch any more.
            batches.map(|batch| sender.blocking_send(batch)).take_while(Result::is_ok).for_each(drop);
        });
        while let Some(batch) = read.recv().await {
            let mut rows = Vec::with_capacity(batch.reads.len());
            for read in batch.reads {
                rows.extend(self.look_at(read));
            }
            if batch.has_failed {
                return Ok(());
            }
            if !rows.is_empty() {
                self.some(rows).await?;
            }
        }
        reader.await.map_err(|error| Failure::new(format!("the file was not read to its end: {error}")))
    }

    /// Tells what is to be told of a row; returns it if it may come in.
    fn look_at(&mut self, read: ReadOne) -> Option<ImportRow> {
        let is_refused = self.mode.strict && read.is_fault();
        let lead = match read.lead {
            Ok(lead) => lead,
            Err(problem) => {
                self.warn(&problem.to_string());
                *(if problem.problem.is_fault() { &mut self.tally.skipped } else { &mut self.tally.no_leads }) += 1;
                return None;
            }
        };
        for told in &lead.notices {
            match &told.notice {
                Notice::UnknownWord { column, value, expected } => {
                    self.unknown.add(told.line, column, value, expected);
                }
                _ => self.warn(&told.to_string()),
            }
        }
        self.tally.skipped += u64::from(is_refused);
        Some(lead.row).filter(|_| !is_refused)
    }

    async fn some(&mut self, rows: Vec<ImportRow>) -> Result<(), Failure> {
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        let caller = Caller::system(SystemClock.now());
        let outcomes = self.store.import_rows(&caller, rows, self.mode, &Roles::default()).await?;
        let mut tally = Tally::default();
        for (line, RowResult { outcome, added: Added { left_out, differs, stays }, withheld }) in
            lines.into_iter().zip(outcomes)
        {
            self.completed.see(line, outcome == RowOutcome::Completed);
            self.there.see(line, outcome == RowOutcome::AlreadyThere);
            if !left_out.is_empty() {
                let notice = Notice::LeftOut { object: "custom_fields", left_out };
                self.warn(&RowNotice { line, notice }.to_string());
            }
            if !differs.is_empty() {
                let fields = quoted(&called(&differs, &self.columns, Headings::English));
                self.warn(&format!("line {line}: has other values than those stored, which stay: {fields}"));
            }
            for stays in stays {
                self.warn(&format!("line {line}: {stays}"));
            }
            if withheld {
                self.warn(&format!(
                    "line {line}: do_not_contact: the person does not want to be contacted; comes in without a holder"
                ));
            }
            match outcome {
                RowOutcome::Created => tally.created += 1,
                RowOutcome::OpportunityAdded => tally.added += 1,
                RowOutcome::Completed => tally.completed += 1,
                RowOutcome::AlreadyThere => tally.there += 1,
                RowOutcome::Skipped(error) => {
                    tally.skipped += 1;
                    tally.erased += u64::from(error == RowError::PersonErased);
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
