//! Flags and environment variables. Every flag has a variable with the prefix `REPARTO_`; a flag wins.

mod serve;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use reparto_domain::{
    ContactId, Role, UserId,
    headings::Headings,
    phone::{Country, UnknownCountry},
    retention::Keep,
    spreadsheet::Separator,
    values::EmailAddress,
};
use reparto_leads::{DateOrder, Field, TextEncoding, TimeZone};

use secrecy::SecretString;

use crate::{database::DatabaseUrl, failure::Failure};

pub use serve::ServeArgs;

/// Assigns CRM opportunities to the people who work them: in bulk, atomically, with a record.
#[derive(Debug, Parser)]
#[command(name = "reparto", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  reparto demo --opportunities 5000 --agents 12 --seed 1   # believable data to play with
  reparto serve                                            # http://127.0.0.1:8080/api/docs
  reparto import leads.csv --dry-run                       # what an export of another CRM would bring

Every flag can be given as an environment variable: REPARTO_ and the flag's name, as in REPARTO_DATABASE_URL.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub log: LogArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API
    Serve(Box<ServeArgs>),
    /// Bring the database's schema up to date
    Migrate(MigrateArgs),
    /// Look after user accounts
    User(UserArgs),
    /// Look after the key that signs access tokens
    Secret(SecretArgs),
    /// Erase a person, or write everything that is kept about one
    Contact(ContactArgs),
    /// The list of who was erased, for backups that are restored
    Erasures(ErasuresArgs),
    /// Erase what is kept too long
    Retain(RetainArgs),
    /// Fill a database with believable data
    Demo(DemoArgs),
    /// Take in the lead export of another CRM
    Import(ImportArgs),
    /// Write all opportunities as CSV or JSON
    Export(ExportArgs),
    /// Print the API document (OpenAPI 3.1)
    Openapi(OpenapiArgs),
    /// Copy a SQLite database while it is in use
    Backup(BackupArgs),
    /// Write a SQLite database anew, without remains of what was deleted
    Vacuum(VacuumArgs),
    /// Verify every invariant of the stored data
    Check(CheckArgs),
    /// Ask the service on this machine whether it lives
    Health(HealthArgs),
    /// Take everything over into another database, of the same engine or the other
    Copy(CopyArgs),
}

/// What to log and trace, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logs (to standard error) and traces")]
pub struct LogArgs {
    /// What to log: a level (error, warn, info, debug, trace), or levels by module
    #[arg(long, env = "REPARTO_LOG", default_value = "info", global = true, value_name = "FILTER")]
    pub log: String,
    /// How to write it
    #[arg(long, env = "REPARTO_LOG_FORMAT", default_value = "text", global = true, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Where traces of requests go: OTLP over HTTP, as in http://127.0.0.1:4318; else OTEL_EXPORTER_OTLP_ENDPOINT, else nowhere
    #[arg(long, env = "REPARTO_OTLP_ENDPOINT", hide_env_values = true, global = true, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object per line.
    Json,
}

/// Which database.
#[derive(Debug, Args)]
pub struct DatabaseArgs {
    /// The database: sqlite:PATH, or postgres://… (which may hold a password: better in the variable)
    #[arg(
        long,
        env = "REPARTO_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:reparto.db",
        value_name = "URL"
    )]
    pub database_url: DatabaseUrl,
    /// The country whose phone numbers have no code, as two letters: the same for all that use the database
    #[arg(long, env = "REPARTO_COUNTRY", default_value = "ES", value_parser = country, value_name = "COUNTRY")]
    pub country: Country,
}

/// Reads a country and makes it that of this process, which has one database.
fn country(text: &str) -> Result<Country, String> {
    let country: Country = text.parse().map_err(|error: UnknownCountry| error.to_string())?;
    if country.make_home() { Ok(country) } else { Err(format!("the country is {} already", Country::home())) }
}

/// `reparto migrate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  reparto migrate --database-url sqlite:reparto.db")]
pub struct MigrateArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto user`
#[derive(Debug, Args)]
pub struct UserArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account, such as the first administrator's
    Create(UserCreateArgs),
    /// Set a password, such as that of an administrator who cannot sign in
    SetPassword(UserPasswordArgs),
    /// Take a second factor away, such as that of a telephone that is lost
    RemoveTotp(UserOneArgs),
    /// End all sessions of a user
    SignOut(UserOneArgs),
    /// Erase the data of a deleted user for good
    Erase(UserEraseArgs),
}

/// `reparto user erase`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  reparto user erase 0190a6e0-7c1b-7abc-8def-0123456789ab --reason 'left in May'")]
pub struct UserEraseArgs {
    /// The id of the user
    #[arg(value_name = "ID")]
    pub id: UserId,
    /// Why; kept, unless it says who the user was
    #[arg(long, env = "REPARTO_REASON", value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto contact`
#[derive(Debug, Args)]
pub struct ContactArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ContactCommand,
}

/// What to do for the person of a contact.
#[derive(Debug, Subcommand)]
pub enum ContactCommand {
    /// Erase everything that says who the person was, for good
    Erase(ContactEraseArgs),
    /// Write everything that is kept about the person, as JSON
    Everything(ContactEverythingArgs),
}

/// `reparto contact erase`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes out the contact's fields, notes, attempts and reasons of its opportunities, values in the audit log, kept answers and
rows of exports. Ids, counts and the history of holders stay.

Examples:
  reparto contact erase 0190a6e0-7c1b-7abc-8def-0123456789ab --reason 'asked for it on 12 January'")]
pub struct ContactEraseArgs {
    /// The id of the contact, also of a deleted one
    #[arg(value_name = "ID")]
    pub id: ContactId,
    /// Why; kept, unless it says who the person was
    #[arg(long, env = "REPARTO_REASON", value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto contact everything`
#[derive(Debug, Args)]
#[command(after_help = "\
That it was read is recorded in the audit log.

Examples:
  reparto contact everything 0190a6e0-7c1b-7abc-8def-0123456789ab --output person.json")]
pub struct ContactEverythingArgs {
    /// The id of the contact, also of a deleted one
    #[arg(value_name = "ID")]
    pub id: ContactId,
    /// The file to write; else standard output
    #[arg(long, short, env = "REPARTO_OUTPUT", value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto erasures`
#[derive(Debug, Args)]
pub struct ErasuresArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ErasuresCommand,
}

/// What to do with the list of who was erased.
#[derive(Debug, Subcommand)]
pub enum ErasuresCommand {
    /// Write who was erased and when, as CSV: ids, no names
    List(ErasuresListArgs),
    /// After a backup was restored: erase again everybody on such a list
    Again(ErasuresAgainArgs),
}

/// `reparto erasures list`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  reparto erasures list > erasures.csv")]
pub struct ErasuresListArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto erasures again`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  reparto erasures again erasures.csv")]
pub struct ErasuresAgainArgs {
    /// What `reparto erasures list` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto retain`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reparto retain --dry-run --keep-lost-leads 365
  REPARTO_KEEP_DELETED_CONTACTS=30 reparto retain")]
pub struct RetainArgs {
    /// Say what would go and change nothing
    #[arg(long, env = "REPARTO_DRY_RUN", value_parser = FalseyValueParser::new())]
    pub dry_run: bool,
    #[command(flatten)]
    pub keep: KeepArgs,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// How long data about people is kept.
#[derive(Debug, Clone, Copy, Args)]
#[expect(clippy::struct_field_names, reason = "the names are those of the flags")]
pub struct KeepArgs {
    /// Days after which people whose opportunity is lost are erased, from its last change on; else never
    #[arg(long, env = "REPARTO_KEEP_LOST_LEADS", value_parser = clap::value_parser!(i64).range(1..=36_500), value_name = "DAYS")]
    pub keep_lost_leads: Option<i64>,
    /// Days after which deleted contacts are erased; else never
    #[arg(long, env = "REPARTO_KEEP_DELETED_CONTACTS", value_parser = clap::value_parser!(i64).range(1..=36_500), value_name = "DAYS")]
    pub keep_deleted_contacts: Option<i64>,
    /// Days that the audit log keeps IP addresses and user agents; the entries stay
    #[arg(long, env = "REPARTO_KEEP_AUDIT_ADDRESSES", default_value_t = 180, value_parser = clap::value_parser!(i64).range(1..=36_500), value_name = "DAYS")]
    pub keep_audit_addresses: i64,
}

impl KeepArgs {
    /// What they come to.
    pub const fn keep(self) -> Keep {
        Keep {
            lost_leads: self.keep_lost_leads,
            deleted_contacts: self.keep_deleted_contacts,
            audit_addresses: Some(self.keep_audit_addresses),
        }
    }
}

/// `reparto user remove-totp` and `sign-out`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  reparto user remove-totp --email ana@example.org\n  reparto user sign-out --email ana@example.org"
)]
pub struct UserOneArgs {
    /// The address that the user signs in with
    #[arg(long, env = "REPARTO_EMAIL", value_parser = email)]
    pub email: EmailAddress,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto user set-password`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  printf '%s' \"$PASSWORD\" | reparto user set-password --email ana@example.org --password-stdin"
)]
pub struct UserPasswordArgs {
    /// The address that the user signs in with
    #[arg(long, env = "REPARTO_EMAIL", value_parser = email)]
    pub email: EmailAddress,
    /// Read the password from the first line of standard input; else it is asked for at the terminal
    #[arg(long, env = "REPARTO_PASSWORD_STDIN", value_parser = FalseyValueParser::new())]
    pub password_stdin: bool,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto secret`
#[derive(Debug, Args)]
pub struct SecretArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SecretCommand,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Make a new key that signs access tokens, and encrypt stored secrets that are not, or by the wrong key
    Rotate(SecretRotateArgs),
}

/// `reparto secret rotate`
#[derive(Debug, Args)]
#[command(after_help = "\
The key before is accepted until its tokens end. Services that run notice within seconds. The key in the database is
meant: one given by REPARTO_JWT_SECRET is changed there, and REPARTO_JWT_SECRET_PREVIOUS names the one before. Secrets of
webhooks and second factors that are stored in plain are encrypted, as a service does when it starts. With a data key
that no service has used yet nothing is changed: the services that run could not read them any more.

Examples:
  reparto secret rotate --database-url sqlite:reparto.db
  reparto secret rotate --immediately    # somebody else has the key: all access tokens end now")]
pub struct SecretRotateArgs {
    /// Refuse what earlier keys signed at once; clients then refresh
    #[arg(long, env = "REPARTO_IMMEDIATELY", value_parser = FalseyValueParser::new())]
    pub immediately: bool,
    /// What encrypts secrets in the database, as for reparto serve
    #[arg(long, env = "REPARTO_DATA_KEY", hide_env_values = true, value_name = "SECRET")]
    pub data_key: Option<SecretString>,
    /// What reads such secrets, too, as for reparto serve
    #[arg(long, env = "REPARTO_DATA_KEY_OTHER", hide_env_values = true, value_name = "SECRET")]
    pub data_key_other: Option<SecretString>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

impl SecretRotateArgs {
    /// Refuses a key that is too short.
    pub fn check(&self) -> Result<(), Failure> {
        serve::long_enough(self.data_key.as_ref(), "--data-key (REPARTO_DATA_KEY)")?;
        serve::long_enough(self.data_key_other.as_ref(), "--data-key-other (REPARTO_DATA_KEY_OTHER)")
    }
}

/// `reparto user create`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reparto user create --email ana@example.org --role admin --full-name 'Ana García'
  printf '%s' \"$PASSWORD\" | reparto user create --email ana@example.org --role admin --password-stdin")]
pub struct UserCreateArgs {
    /// The address to sign in with
    #[arg(long, env = "REPARTO_EMAIL", value_parser = email)]
    pub email: EmailAddress,
    /// superuser, admin, lawyer, agent or user
    #[arg(long, env = "REPARTO_ROLE", default_value = "user", value_parser = role)]
    pub role: Role,
    /// What the user is called
    #[arg(long, env = "REPARTO_FULL_NAME", value_name = "NAME")]
    pub full_name: Option<String>,
    /// How to reach the user
    #[arg(long, env = "REPARTO_PHONE_NUMBER", value_name = "PHONE")]
    pub phone_number: Option<String>,
    /// Read the password from the first line of standard input; else it is asked for at the terminal
    #[arg(long, env = "REPARTO_PASSWORD_STDIN", value_parser = FalseyValueParser::new())]
    pub password_stdin: bool,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto demo`
#[derive(Debug, Args)]
#[command(after_help = "\
From 200 opportunities and four agents on there are five weeks of work too: operations of three administrators, some of
them undone, jobs, calls, webhooks (inactive ones), and an agent who has left. The same seed, numbers and day make the
same data, ids included. A database that has opportunities already is left alone, unless --append says otherwise; then
take another seed.

Examples:
  reparto demo --opportunities 5000 --agents 12 --seed 1 --database-url sqlite:demo.db
  echo 'correct horse' | reparto demo --password-stdin")]
pub struct DemoArgs {
    /// How many opportunities
    #[arg(long, env = "REPARTO_OPPORTUNITIES", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(0..=20_000_000))]
    pub opportunities: u64,
    /// How many agents and lawyers, besides the administrator admin@example.org
    #[arg(long, env = "REPARTO_AGENTS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub agents: u32,
    /// What makes the data
    #[arg(long, env = "REPARTO_SEED", default_value_t = 1)]
    pub seed: u64,
    /// The moment at which the data ends; its 90 days lie before. The start of today where not given
    #[arg(long, env = "REPARTO_UNTIL", value_parser = moment, value_name = "TIME")]
    pub until: Option<reparto_domain::Timestamp>,
    /// Make the opportunities and accounts alone, without weeks of work
    #[arg(long, env = "REPARTO_NO_HISTORY", value_parser = FalseyValueParser::new())]
    pub no_history: bool,
    /// Add opportunities alone to a database that has some already
    #[arg(long, env = "REPARTO_APPEND", value_parser = FalseyValueParser::new())]
    pub append: bool,
    /// Read the accounts' password from the first line of standard input; else one is made up and printed
    #[arg(long, env = "REPARTO_PASSWORD_STDIN", value_parser = FalseyValueParser::new())]
    pub password_stdin: bool,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto import`
#[derive(Debug, Args)]
#[command(after_help = "\
Reads CSV and other separated text in UTF-8, UTF-16, Windows-1252 or MacRoman, and Excel workbooks. Knows the columns of
HubSpot, Salesforce, Pipedrive, Kommo, Zoho, Odoo, Meta Lead Ads, Google Ads, Google Contacts and LinkedIn, in English and
Spanish, and those of `reparto export`. Columns that are not known are kept in the contact's custom fields, and so are
cells that cannot be read; each is told by its line. A contact is known by its email, else by its phone: importing a file
twice brings nothing twice.

Exit code: 0 every row came in or was there already; 3 some were skipped; 1 nothing was done.

Examples:
  reparto import hubspot.csv --dry-run
  reparto import leads.xlsx --sheet Enero --time-zone Europe/Madrid --date-order dmy
  reparto import leads.csv --map 'Quién=name' --map 'Correo 2=email' --map 'Color=ignore'
  zcat leads.csv.gz | reparto import - --strict")]
pub struct ImportArgs {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Say what would happen and write nothing (the whole file is held in memory)
    #[arg(long, env = "REPARTO_DRY_RUN", value_parser = FalseyValueParser::new())]
    pub dry_run: bool,
    /// Stop at the first row with an error and leave nothing (the whole file is held in memory)
    #[arg(long, env = "REPARTO_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,
    /// Let in people who were erased, who are skipped otherwise
    #[arg(long, env = "REPARTO_OVERRIDE_ERASED", value_parser = FalseyValueParser::new())]
    pub override_erased: bool,
    /// What a column means, as often as needed; the fields are those of the API, and custom and ignore
    #[arg(long, env = "REPARTO_MAP", value_parser = mapping, value_delimiter = ';', value_name = "COLUMN=FIELD")]
    pub map: Vec<(String, Field)>,
    /// The order in dates of three numbers: dmy (16/01/2025), mdy (01/16/2025) or ymd (25/01/16); seen from the file's
    /// dates where not given
    #[arg(long, env = "REPARTO_DATE_ORDER", value_parser = date_order, value_name = "ORDER")]
    pub date_order: Option<DateOrder>,
    /// The time zone of times without an offset, as in Europe/Madrid
    #[arg(long, env = "REPARTO_TIME_ZONE", default_value = "UTC", value_parser = time_zone, value_name = "ZONE")]
    pub time_zone: TimeZone,
    /// The file's encoding, where it is not to be found out: utf-8, utf-16, windows-1252, macroman, …
    #[arg(long, env = "REPARTO_ENCODING", value_parser = encoding, value_name = "NAME")]
    pub encoding: Option<TextEncoding>,
    /// The sheet of a workbook; the first where not given
    #[arg(long, env = "REPARTO_SHEET", value_name = "NAME")]
    pub sheet: Option<String>,
    /// What separates cells, where it is not to be found out: comma, semicolon, tab or pipe
    #[arg(long, env = "REPARTO_SEPARATOR", value_parser = separator, value_name = "NAME")]
    pub separator: Option<u8>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto export`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reparto export --format csv --output opportunities.csv
  reparto export --format json | jq length")]
pub struct ExportArgs {
    /// csv, json or xlsx (Excel)
    #[arg(long, env = "REPARTO_FORMAT", default_value = "csv", value_name = "FORMAT")]
    pub format: ExportFormat,
    /// In what the columns of a CSV file or workbook are named: fixed names, es or en
    #[arg(long, env = "REPARTO_HEADERS", default_value = "fixed", value_name = "HEADERS", value_parser = file_headings)]
    pub headers: Headings,
    /// What stands between the cells of a CSV file: comma, or semicolon as spreadsheets expect it in Spain
    #[arg(long, env = "REPARTO_SEPARATOR", default_value = "comma", value_name = "SEPARATOR", value_parser = file_separator)]
    pub separator: Separator,
    /// Where to; standard output where not given. The file appears once it is whole
    #[arg(long, short, env = "REPARTO_OUTPUT", value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

fn file_headings(name: &str) -> Result<Headings, String> {
    match name {
        "fixed" => Ok(Headings::Fixed),
        "es" => Ok(Headings::Spanish),
        "en" => Ok(Headings::English),
        _ => Err("must be one of: fixed, es, en".to_owned()),
    }
}

fn file_separator(name: &str) -> Result<Separator, String> {
    Separator::from_name(name).ok_or_else(|| format!("must be one of: {}", Separator::NAMES.join(", ")))
}

/// How opportunities are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A row each; cells that a spreadsheet would run are made harmless.
    Csv,
    /// An array of objects.
    Json,
    /// An Excel workbook.
    Xlsx,
}

/// `reparto openapi`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  reparto openapi > openapi.json")]
pub struct OpenapiArgs {}

/// `reparto vacuum`
#[derive(Debug, Args)]
#[command(after_help = "\
Stop the service first: nobody can write meanwhile. It takes twice the room that the database has. Versions before people
could be erased left deleted texts in free pages and in the index of searches; once is enough.

Examples:
  reparto vacuum --database-url sqlite:reparto.db")]
pub struct VacuumArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto backup`
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is of one moment, also while the service writes; it is verified before it takes its name.

Examples:
  reparto backup backups/reparto-$(date +%F).db --database-url sqlite:reparto.db")]
pub struct BackupArgs {
    /// Where to
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace a file that is there
    #[arg(long, env = "REPARTO_FORCE", value_parser = FalseyValueParser::new())]
    pub force: bool,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto check`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code: 0 nothing is wrong; 1 something is, and was named.

Examples:
  reparto check --database-url sqlite:reparto.db")]
pub struct CheckArgs {
    /// How many findings of each kind to name
    #[arg(long, env = "REPARTO_LIMIT", default_value_t = 20)]
    pub limit: usize,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `reparto health`
#[derive(Debug, Args)]
#[command(after_help = "\
For a container's health check: needs no shell and no other program. Exit code: 0 it does; 1 it does not.

Examples:
  reparto health                  # the process answers
  reparto health --ready          # and so does its database")]
pub struct HealthArgs {
    /// Where the service listens; 0.0.0.0 is asked on the loopback
    #[arg(long, env = "REPARTO_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Ask whether its database answers, too
    #[arg(long, env = "REPARTO_READY", value_parser = FalseyValueParser::new())]
    pub ready: bool,
}

/// `reparto copy`
#[derive(Debug, Args)]
#[command(after_help = "\
The target must be empty, or hold what an earlier run of the same copy left: then it goes on there. What arrived is
compared with what was sent, table by table, and every invariant is checked. No service starts on a target whose copy
is unfinished. Stop what writes to the source first: what is written after the copy began is not in it.

Exit code: 0 everything is there; 3 everything is there that was when the copy began, and the source was written to
since; 1 the copy was refused or is unfinished.

Examples:
  reparto copy --from sqlite:reparto.db --to postgres://reparto@db/reparto
  reparto copy --from postgres://reparto@db/reparto --to sqlite:reparto.db")]
pub struct CopyArgs {
    /// What is copied: sqlite:PATH, or postgres://… (which may hold a password: better in the variable)
    #[arg(long, env = "REPARTO_FROM", hide_env_values = true, value_name = "URL")]
    pub from: DatabaseUrl,
    /// Where to; made where it is a file that is not there
    #[arg(long, env = "REPARTO_TO", hide_env_values = true, value_name = "URL")]
    pub to: DatabaseUrl,
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::new(text).ok_or_else(|| "not an email address".to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| "the roles are superuser, admin, lawyer, agent and user".to_owned())
}

fn moment(text: &str) -> Result<reparto_domain::Timestamp, String> {
    reparto_domain::Timestamp::parse(text).ok_or_else(|| "not a date (2025-01-16) or time (RFC 3339)".to_owned())
}

fn mapping(text: &str) -> Result<(String, Field), String> {
    // A header may have an equals sign in it; a field has none.
    let (column, field) = text.rsplit_once('=').ok_or("it looks like COLUMN=FIELD")?;
    Ok((
        column.trim().to_owned(),
        field.parse().map_err(|error: reparto_leads::fields::UnknownField| error.to_string())?,
    ))
}

fn date_order(text: &str) -> Result<DateOrder, String> {
    let all = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];
    all.into_iter().find(|order| order.as_str() == text).ok_or_else(|| "dmy, mdy or ymd".to_owned())
}

/// What is said of a time zone that is not known.
const UNKNOWN_ZONE: &str = "no time zone of the IANA database, such as Europe/Madrid";

fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| UNKNOWN_ZONE.to_owned())
}

fn encoding(text: &str) -> Result<TextEncoding, String> {
    TextEncoding::named(text)
        .ok_or_else(|| "utf-8, utf-16, windows-1252, macroman, or another of the WHATWG's".to_owned())
}

fn separator(text: &str) -> Result<u8, String> {
    match text {
        "comma" | "," => Ok(b','),
        "semicolon" | ";" => Ok(b';'),
        "tab" | "\t" => Ok(b'\t'),
        "pipe" | "|" => Ok(b'|'),
        _ => Err("comma, semicolon, tab or pipe".to_owned()),
    }
}

#[cfg(test)]
mod tests;
