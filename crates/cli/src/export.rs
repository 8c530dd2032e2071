//! `reparto export`.

use std::{
    borrow::Cow,
    io::{self, BufWriter, Write},
    path::Path,
};

use futures::{Stream, TryStreamExt as _, stream};
use reparto_domain::{
    Caller, Clock as _, Refusal, SystemClock,
    audit::{Look, Looked},
    caller::Visibility,
    headings::OPPORTUNITIES,
    opportunities::{OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort, Position},
    page::LIMIT_MAX,
    spreadsheet::{FILE_START, Separator, add_row},
};
use reparto_server::{
    http::{
        Language,
        workbook::{self, WorkbookError},
    },
    opportunities::csv_rows,
};
use reparto_store::{Store, StoreError, StoreResult};
use serde_json::{Map, Value};

use crate::{
    args::{ExportArgs, ExportFormat},
    failure::{Done, Failure},
};

/// Writes all opportunities.
pub async fn run(args: ExportArgs) -> Result<Done, Failure> {
    let store = args.database.database_url.open(false).await?;
    let mut count = 0;
    let written = match &args.output {
        None => write_all(&*store, &args, io::stdout().lock(), &mut count).await,
        Some(path) => to_file(&*store, &args, path, &mut count).await,
    };
    // What was written to the standard output is gone, even if the rest could not be.
    if args.output.is_none() && count > 0 {
        record(&*store, args.format, count).await?;
    }
    store.close().await;
    written?;
    eprintln!("{count} opportunities exported");
    Ok(Done::Success)
}

/// Writes beside the file and renames: whoever looks sees the earlier file or the whole new one.
async fn to_file(store: &dyn Store, args: &ExportArgs, path: &Path, count: &mut u64) -> Result<(), Failure> {
    let cannot = |error: &io::Error| Failure::io(format!("cannot write {}", path.display()), error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(&error))?;
    write_all(store, args, &mut file, count).await?;
    file.as_file().sync_all().map_err(|error| cannot(&error))?;
    record(store, args.format, *count).await?;
    file.persist(path).map_err(|error| cannot(&error.error))?;
    Ok(())
}

/// Records the export in the audit log.
async fn record(store: &dyn Store, format: ExportFormat, count: u64) -> Result<(), Failure> {
    let format = match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Json => "json",
        ExportFormat::Xlsx => "xlsx",
    };
    let filter = Map::from_iter([("format".to_owned(), Value::from(format))]);
    let look = Look { looked: Looked::OpportunityExport, count, filter };
    Ok(store.audit_record_look(&Caller::system(SystemClock.now()), look).await?)
}

async fn write_all(store: &dyn Store, args: &ExportArgs, output: impl Write, count: &mut u64) -> Result<(), Failure> {
    let mut pages = std::pin::pin!(pages(store));
    if args.format == ExportFormat::Xlsx {
        let rows = pages.map_ok(|page| {
            *count += page.items.len() as u64;
            page.items.iter().map(|opportunity| csv_rows::cells(opportunity, Language::default())).collect()
        });
        let mut book = match workbook::write(&OPPORTUNITIES, args.headers, rows).await {
            Ok(book) => book,
            Err(WorkbookError::Rows(error)) => return Err(error.into()),
            Err(error) => return Err(Failure::new(error.to_string())),
        };
        let mut output = output;
        return io::copy(&mut book, &mut output).map(drop).map_err(|error| wrote(&error));
    }
    let mut writer = Writer::new(args, BufWriter::new(output)).map_err(|error| wrote(&error))?;
    while let Some(page) = pages.try_next().await? {
        *count += page.items.len() as u64;
        writer.page(&page).map_err(|error| wrote(&error))?;
    }
    writer.finish().map_err(|error| wrote(&error))
}

/// All opportunities, page by page.
fn pages(store: &dyn Store) -> impl Stream<Item = StoreResult<OpportunityPage>> {
    stream::try_unfold((Some(Position::Page(1)), LIMIT_MAX), move |(position, mut limit)| async move {
        let Some(position) = position else { return Ok(None) };
        loop {
            match page(store, position, limit).await {
                Ok(page) => {
                    let next = page.next.map(Position::After);
                    return Ok(Some((page, (next, limit))));
                }
                // Rows that an earlier version stored may be so large that fewer of them fit.
                Err(StoreError::Refused(Refusal::PageTooLarge)) if limit > 1 => limit /= 2,
                Err(error) => return Err(error),
            }
        }
    })
}

fn wrote(error: &io::Error) -> Failure {
    Failure::io("cannot write the export", error)
}

/// The next rows, oldest first, by cursor: memory does not grow with the database, and a row that moves in the
/// meantime is neither lost nor told twice.
async fn page(store: &dyn Store, position: Position, limit: u64) -> StoreResult<OpportunityPage> {
    let query = OpportunityQuery {
        visibility: Visibility::All,
        filter: OpportunityFilter::default(),
        sort: OpportunitySort::CreatedAt,
        descending: false,
        position,
        limit,
    };
    store.opportunity_list(query).await
}

/// A row of the file.
fn row<'a>(separator: Separator, cells: impl IntoIterator<Item = impl Into<Cow<'a, str>>>) -> String {
    let mut row = String::new();
    add_row(&mut row, separator, cells);
    row
}

enum Writer<W: Write> {
    Csv { output: W, separator: Separator },
    Json { output: W, first: bool },
}

impl<W: Write> Writer<W> {
    fn new(args: &ExportArgs, mut output: W) -> io::Result<Self> {
        if args.format == ExportFormat::Json {
            output.write_all(b"[")?;
            return Ok(Self::Json { output, first: true });
        }
        let separator = args.separator;
        output.write_all(FILE_START.as_bytes())?;
        output.write_all(row(separator, OPPORTUNITIES.map(|column| column.text(args.headers))).as_bytes())?;
        Ok(Self::Csv { output, separator })
    }

    fn page(&mut self, page: &OpportunityPage) -> io::Result<()> {
        for opportunity in &page.items {
            match self {
                Self::Csv { output, separator } => {
                    output.write_all(row(*separator, csv_rows::cells(opportunity, Language::default())).as_bytes())?;
                }
                Self::Json { output, first } => {
                    output.write_all(if *first { b"\n" } else { b",\n" })?;
                    *first = false;
                    serde_json::to_writer(&mut *output, &csv_rows::object(opportunity, Language::default()))?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv { mut output, .. } => output.flush(),
            Self::Json { mut output, .. } => {
                output.write_all(b"\n]\n")?;
                output.flush()
            }
        }
    }
}
