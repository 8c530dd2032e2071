//! `reparto copy`.

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use reparto_store_rows::copy::{Copied, CopyError, Progress, copy};

use crate::{
    args::CopyArgs,
    failure::{Done, Failure, say},
};

/// Copies a database into another.
pub async fn run(args: CopyArgs) -> Result<Done, Failure> {
    // The source is only read: an older one is refused, not migrated.
    let from = args.from.open(false).await?;
    let to = args.to.open_to_copy_into().await?;
    let bar = progress(from.copy_source().await?.estimated_rows().await?);
    let copied = copy(&*from, &*to, &|progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    to.close().await;
    from.close().await;
    let copied = copied.map_err(|error| explain(error, &args))?;
    summary(&args, &copied)?;
    Ok(if copied.written_since { Done::SomeSkipped } else { Done::Success })
}

fn explain(error: CopyError, args: &CopyArgs) -> Failure {
    match error {
        CopyError::Store(error) => {
            eprintln!("the same command goes on where it stopped");
            Failure::Store(error)
        }
        CopyError::Unsound(findings) => {
            for finding in &findings {
                eprintln!("{}: {}", finding.invariant, finding.detail);
            }
            Failure::new(format!("{} is not sound: run reparto check on {} too", args.to, args.from))
        }
        other => Failure::new(other.to_string()),
    }
}

/// A bar on a terminal; nothing elsewhere.
fn progress(rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} · {msg}") {
        bar.set_style(style);
    }
    bar.set_message(format!("about {} rows", HumanCount(rows)));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    let message = match progress {
        Progress::Compared(table, rows) => format!("comparing what is there: {table}, {} rows", HumanCount(rows)),
        Progress::Copied(table, rows) => format!("copying {table}: {} rows", HumanCount(rows)),
        Progress::Verified(table, rows) => format!("reading again {table}: {} rows", HumanCount(rows)),
        Progress::Checking => "checking every invariant".to_owned(),
    };
    bar.set_message(message);
    bar.tick();
}

fn summary(args: &CopyArgs, copied: &Copied) -> Result<(), Failure> {
    say(format_args!("{:<17} {:>12}  checksum, the same on both sides", "table", "rows"))?;
    for (table, digest) in &copied.tables {
        say(format_args!("{table:<17} {:>12}  {digest}", HumanCount(digest.rows).to_string()))?;
    }
    if copied.resumed > 0 {
        say(format_args!("{} of these rows were there from an earlier run", HumanCount(copied.resumed)))?;
    }
    if copied.replaced > 0 {
        say(format_args!(
            "{} texts held the character U+0000, which the target cannot hold: it is U+FFFD there",
            HumanCount(copied.replaced)
        ))?;
    }
    say(format_args!("{} holds everything that {} held; nothing is wrong with it", args.to, args.from))?;
    if copied.written_since {
        eprintln!(
            "warning: {} was written to after the copy began: that is not in the copy. Stop what writes to it, remove \
             the target, and copy again",
            args.from
        );
    }
    Ok(())
}
