//! Reads the lead exports of other CRMs: bytes in, [`ImportRow`](reparto_domain::imports::ImportRow)s out. No
//! database, no files: whoever has a reader (a file, standard input, an upload) can use it.
//!
//! The way of a file: [`decode`] makes lines of text of its bytes, [`records`] makes records of lines, [`layout`]
//! decides what each column means, [`rows`] makes a row of each record. Memory is bounded by the longest record, not
//! by the file.
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
