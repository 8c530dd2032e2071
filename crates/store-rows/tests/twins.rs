//! The two engines mirror each other: the same thing is in the file of the same name. And SQL stands in `statements!`,
//! whose tests prepare it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What only one engine has, and why.
const SQLITE_ALONE: &[(&str, &str)] = &[
    ("assignments/chunk", "on PostgreSQL a chunk of a job is the bulk statement"),
    ("assignments/random/candidates", "PostgreSQL samples in its statement"),
    ("audit/details", "ids of a bulk action are unpacked here; PostgreSQL joins arrays"),
    ("backup", "a file is copied; PostgreSQL has pg_dump"),
    ("check/chain", "the history is replayed here; PostgreSQL compares it by window functions, in check/rules"),
    ("check/search", "the index of searches is kept by the engine itself"),
    ("contacts/index", "changes of the index of searches are collected, and applied at once"),
    ("copy/forms", "packed columns to and from the one form that all engines know"),
    ("engine/checkpoint", "the write-ahead log is the engine's own care"),
    ("engine/conn", "the verbs; on PostgreSQL they are part of transactions, in engine/tx"),
    ("engine/connect", "connections to a file and what each may do"),
    ("engine/private", "the permissions of files; a server has its own"),
    ("engine/reader", "threads that read"),
    ("engine/writer", "the one thread that writes, with group commit"),
    ("imports/contacts", "rows are looked up one by one; PostgreSQL reads, sorts and writes all at once"),
    ("imports/keys", "made beside the writing; PostgreSQL needs all of a batch before it reads"),
    ("items/marks", "marks of an operation, one bit each"),
    ("jobs/packed", "ids of a chunk are packed into one blob"),
    ("mirror/feed", "the writer names the rows that it touched; on PostgreSQL committed rows are asked for"),
    ("search", "the index of trigrams and a function of the domain; on PostgreSQL a condition in sql"),
    ("notes", "notes are changed one by one; PostgreSQL changes those of all items in one statement"),
    ("opportunities/list/counts", "counts choose the plan of a list"),
    ("opportunities/list/plan", "the engine chooses which index a list starts from; PostgreSQL's planner does"),
    ("opportunities/list/sql", "the statements for each plan"),
    ("vacuum", "a file is written anew; a server looks after its own"),
];
const POSTGRES_ALONE: &[(&str, &str)] = &[
    ("assignments/bulk_outcome", "what the statement of bulk requests answers"),
    ("assignments/bulk_params", "what the statement of bulk requests is sent"),
    ("assignments/bulk_sql", "bulk requests that wait are one statement"),
    ("assignments/groups", "group commit of bulk requests; on SQLite that of all writes is the writer's"),
    ("assignments/refusals", "statements that decide answer with a number for each refusal"),
    ("assignments/turns", "which bulk requests go together; see assignments/groups"),
    ("engine/copy_in", "rows in bulk by COPY"),
    ("engine/params", "parameters that know their type"),
    ("engine/tls", "connections over a network"),
    ("engine/tx", "transactions that are tried again"),
    ("events/last_final", "several writers: what is final must be found out"),
    ("imports/read", "an import reads all at once, then sorts and writes"),
    ("imports/sort", "see imports/read"),
    ("imports/write", "see imports/read"),
    ("replica", "a streaming replica that may answer"),
    ("sessions/attempts", "attempts to sign in are counted for all replicas; one process serves a file"),
    ("sql", "conditions with their parameters"),
];

fn sources(engine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(engine).join("src")
}

/// Every source file below a folder but tests, relative to it.
fn files(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            files(&path, below, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path.strip_prefix(below).unwrap().to_owned());
        }
    }
}

/// The modules of an engine: `contacts/write`; a folder's `mod.rs` is the folder's name.
fn modules(engine: &str) -> BTreeSet<String> {
    let (root, mut found) = (sources(engine), Vec::new());
    files(&root, &root, &mut found);
    let name = |path: PathBuf| path.with_extension("").to_str().unwrap().trim_end_matches("/mod").to_owned();
    found.into_iter().map(name).collect()
}

#[test]
fn a_resource_has_the_same_file_name_in_both_engines() {
    let (sqlite, postgres) = (modules("store-sqlite"), modules("store-postgres"));
    for (own, other, alone) in [(&sqlite, &postgres, SQLITE_ALONE), (&postgres, &sqlite, POSTGRES_ALONE)] {
        let named: BTreeSet<String> = alone.iter().map(|(module, _)| (*module).to_owned()).collect();
        let differing: BTreeSet<String> = own.difference(other).cloned().collect();
        assert_eq!(differing, named, "left: in one engine only; right: named with a reason");
    }
}

/// SQL outside `statements!`, and why: what is put together for its question, or cannot be prepared beforehand.
const SQL_OUTSIDE: &[(&str, &str)] = &[
    ("store-sqlite/assignments/random/candidates", "put together for its question"),
    ("store-sqlite/audit/list", "put together for its question"),
    ("store-sqlite/operations/listing", "put together for its question"),
    ("store-sqlite/users/list", "put together for its question"),
    ("store-sqlite/users/write", "put together for its question"),
    ("store-postgres/assignments/random", "put together for its question"),
    ("store-postgres/audit/list", "put together for its question"),
    ("store-postgres/operations/listing", "put together for its question"),
    ("store-postgres/opportunities/list", "put together for its question"),
    ("store-postgres/users/list", "put together for its question"),
    ("store-sqlite/check/background", "rules, which have names; a test prepares them"),
    ("store-sqlite/check/rotations", "rules, which have names; a test prepares them"),
    ("store-sqlite/check/rules", "rules, which have names; a test prepares them"),
    ("store-sqlite/check/search", "of a table that exists only while it is read"),
    ("store-sqlite/check/teams", "rules, which have names; a test prepares them"),
    ("store-sqlite/check/times", "rules, which have names; a test prepares them"),
    ("store-sqlite/contacts/list", "put together for its filter"),
    ("store-sqlite/copy/read", "put together for each table; a test prepares them"),
    ("store-sqlite/copy/write", "put together for each table; a test prepares them"),
    ("store-sqlite/engine/migrate", "of the schema and the file themselves"),
    ("store-sqlite/opportunities/list/sql", "put together for its question; a test prepares them"),
    ("store-postgres/check", "around a rule"),
    ("store-postgres/check/background", "rules, which have names; a test prepares them"),
    ("store-postgres/check/rotations", "rules, which have names; a test prepares them"),
    ("store-postgres/check/rules", "rules, which have names; a test prepares them"),
    ("store-postgres/check/teams", "rules, which have names; a test prepares them"),
    ("store-postgres/check/times", "rules, which have names; a test prepares them"),
    ("store-postgres/contacts/list", "put together for its filter"),
    ("store-postgres/contacts/write", "of a table that exists only in its transaction"),
    ("store-postgres/copy", "put together for each table"),
    ("store-postgres/copy/read", "put together for each table; a test prepares them"),
    ("store-postgres/copy/write", "put together for each table"),
    ("store-postgres/engine/migrate", "of the schema itself"),
    ("store-postgres/jobs/set", "put together for its filter"),
];

/// A source file without its tests, `statements!` and macros, which statements are made of.
fn outside(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let (mut kept, mut left_out) = (String::new(), false);
    for line in source.lines() {
        let begins = line.starts_with("statements! {") || line.starts_with("macro_rules!");
        left_out |= begins;
        if !left_out && !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
        left_out &= line != "}";
    }
    kept
}

/// Whether a text literal begins a statement.
fn has_sql(source: &str) -> bool {
    source.split('"').any(|part| {
        let verb = part.trim_start_matches(['\\', '\n', ' ']).split(' ').next().unwrap_or_default();
        ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb)
    })
}

#[test]
fn sql_stands_in_statements() {
    let mut found = BTreeSet::new();
    for engine in ["store-sqlite", "store-postgres"] {
        let (root, mut paths) = (sources(engine), Vec::new());
        files(&root, &root, &mut paths);
        for path in paths {
            if has_sql(&outside(&fs::read_to_string(root.join(&path)).unwrap())) {
                let module = path.with_extension("").to_str().unwrap().trim_end_matches("/mod").to_owned();
                found.insert(format!("{engine}/{module}"));
            }
        }
    }
    let named: BTreeSet<String> = SQL_OUTSIDE.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(found, named, "left: modules with SQL outside `statements!`; right: those named with a reason");
}
