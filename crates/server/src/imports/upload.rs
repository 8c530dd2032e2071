//! A file as it arrives: streamed to a temporary file that nobody else can open, never held in memory.

use std::{fs::File, io::Seek as _, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use futures::{Stream, StreamExt as _};
use reparto_domain::imports::FILE_MAX;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::http::{Incoming, Problem};

/// How long a whole file may take to arrive.
const WHOLE: Duration = Duration::from_secs(900);

/// What may stand around the file in a form.
const FORM_MAX: usize = 64 << 10;

/// A file that has arrived.
#[derive(Debug)]
pub(super) struct Upload {
    /// The file, from its beginning.
    pub file: File,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// The media types that a file may have; others are refused. `application/vnd.ms-excel` is what browsers on Windows call
/// CSV.
const TYPES: [&str; 9] = [
    "text/csv",
    "application/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
    "application/x-csv",
    "text/x-csv",
];

/// How the file is in the body.
enum Form {
    Plain,
    Multipart(String),
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Form::Plain) };
    let value = value.to_str().map_err(|_| Problem::NotFileType)?;
    let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media == "multipart/form-data" {
        return multer::parse_boundary(value).map(Form::Multipart).map_err(|_| Problem::NotFileType);
    }
    if TYPES.contains(&media.as_str()) { Ok(Form::Plain) } else { Err(Problem::NotFileType) }
}

/// Receives the file of a request, whatever it is sent as.
pub(super) async fn receive(incoming: Incoming) -> Result<(Parts, Upload), Problem> {
    let (parts, body, patience) = incoming.with_max(FILE_MAX + FORM_MAX).into_stream()?;
    let form = form(&parts.headers)?;
    let received = tokio::time::timeout(WHOLE, store(body, form, patience)).await;
    Ok((parts, received.map_err(|_| Problem::TooSlow)??))
}

async fn store(body: Body, form: Form, patience: Duration) -> Result<Upload, Problem> {
    match form {
        Form::Plain => write(body.into_data_stream(), patience, Problem::Status(StatusCode::BAD_REQUEST)).await,
        Form::Multipart(boundary) => {
            let mut form = multer::Multipart::new(body.into_data_stream(), boundary);
            let mut found = None;
            loop {
                let field = tokio::time::timeout(patience, form.next_field()).await.map_err(|_| Problem::TooSlow)?;
                match field.map_err(|_| Problem::file("form_incomplete", []))? {
                    None => return found.ok_or_else(|| Problem::file("file_missing", [])),
                    Some(field) if field.name() == Some("file") => {
                        if found.is_some() {
                            return Err(Problem::file("file_not_alone", []));
                        }
                        found = Some(write(field, patience, Problem::file("form_incomplete", [])).await?);
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// Writes what arrives to a temporary file; `broken`: what is said where it ends too early.
async fn write<E>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
    patience: Duration,
    broken: Problem,
) -> Result<Upload, Problem> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(Problem::internal)?;
    let mut file = tokio::fs::File::from_std(file.map_err(Problem::internal)?);
    let (mut pieces, mut digest, mut size) = (std::pin::pin!(pieces), Sha256::new(), 0_usize);
    loop {
        let piece = tokio::time::timeout(patience, pieces.next()).await.map_err(|_| Problem::TooSlow)?;
        let Some(piece) = piece else { break };
        let Ok(piece) = piece else { return Err(broken) };
        size = size.saturating_add(piece.len());
        if size > FILE_MAX {
            return Err(Problem::TooLarge { max: FILE_MAX });
        }
        digest.update(&piece);
        file.write_all(&piece).await.map_err(Problem::internal)?;
    }
    file.flush().await.map_err(Problem::internal)?;
    let mut file = file.into_std().await;
    file.rewind().map_err(Problem::internal)?;
    Ok(Upload { file, digest: digest.finalize().into() })
}
