//! Reads the lead exports of other CRMs: bytes in, [`ImportRow`](reparto_domain::imports::ImportRow)s out. No database
//! and no file access: it works on any reader (a file, standard input, an upload).
//!
//! Processing stages: [`decode`] turns bytes into lines of text, [`records`] turns lines into records, [`layout`] maps
//! the columns, [`rows`] turns each record into a row. Memory is bounded by the longest record, not by the file.
//!
//! ```
//! use reparto_leads::{Leads, Options};
//!
//! let file = "Nombre;Apellidos;Correo\nAna;García;ana@example.org\n";
//! let mut leads = Leads::open(file.as_bytes(), &Options::default())?;
//! assert_eq!(leads.layout().columns[0].header, "Nombre");
//! let row = leads.next().unwrap()?;
//! assert_eq!(row.contact.last_name.as_deref(), Some("García"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod dates;
pub mod decode;
pub mod fields;
pub mod headers;
pub mod layout;
mod leads;
mod names;
pub mod problems;
pub mod records;
pub mod rows;
mod words;

pub use dates::DateOrder;
pub use decode::TextEncoding;
pub use fields::Field;
pub use headers::Crm;
pub use layout::{Column, Layout};
pub use leads::{Leads, Options};
pub use problems::{OpenError, Problem, RowProblem};
