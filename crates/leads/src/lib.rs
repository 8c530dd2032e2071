//! Reads the lead exports of other CRMs: bytes in, [`ImportRow`](reparto_domain::imports::ImportRow)s out. No database
//! and no file access: it works on any reader (a file, standard input, an upload).
//!
//! Processing stages: [`decode`] turns bytes into lines of text, [`records`] turns lines into records, [`layout`] maps
//! the columns, [`rows`] turns each record into a row. The file is read through before the first row: its encoding, the
//! order of its dates and what separates its cells show in the whole of it. Memory is bounded by the longest record, not
//! by the file; a workbook's sheet is held whole.
//!
//! ```
//! use std::io::Cursor;
//!
//! use reparto_leads::{Leads, Options};
//!
//! let file = "Nombre;Apellidos;Correo\nAna;García;ana@example.org\n";
//! let mut leads = Leads::open(Cursor::new(file), &Options::default())?;
//! assert_eq!(leads.layout().columns[0].header, "Nombre");
//! let lead = leads.next().unwrap()?;
//! assert_eq!(lead.row.contact.last_name.as_deref(), Some("García"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod dates;
pub mod decode;
mod encoding;
pub mod fields;
mod format;
pub mod headers;
pub mod layout;
mod leads;
mod names;
pub mod problems;
mod quotes;
mod read;
pub mod records;
pub mod rows;
mod sample;
mod shape;
mod sheet;
mod survey;
mod words;

pub use dates::DateOrder;
pub use decode::TextEncoding;
pub use fields::Field;
pub use headers::Crm;
pub use jiff::tz::TimeZone;
pub use layout::{Column, Layout, Source};
pub use leads::{Leads, Options};
pub use problems::{FileNotice, NotTable, Notice, OpenError, Problem, RowNotice, RowProblem, WorkbookFault};
pub use read::{Batch, Batches, Read};
pub use rows::Lead;
