//! TLS to the database, by rustls.

use std::{path::Path, sync::Arc};

use percent_encoding::percent_decode_str;
use reparto_store::StoreError;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::unavailable;

/// The TLS parameters of a URL that the driver does not read itself.
#[derive(Debug, Default)]
pub(crate) struct TlsOptions {
    /// Whether the server's certificate is checked against known authorities, and its name.
    verify: bool,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

/// Splits the TLS parameters that the driver does not know off the URL.
pub(crate) fn split(url: &str) -> (String, TlsOptions) {
    let mut options = TlsOptions::default();
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), options) };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let path = || Some(percent_decode_str(value).decode_utf8_lossy().into_owned());
        match (name, value) {
            ("sslmode", "verify-full" | "verify-ca") => {
                options.verify = true;
                kept.push("sslmode=require");
            }
            ("sslmode", "allow") => kept.push("sslmode=prefer"),
            ("sslrootcert", "system") => options.verify = true,
            ("sslrootcert", _) => options.root = path(),
            ("sslcert", _) => options.certificate = path(),
            ("sslkey", _) => options.key = path(),
            _ => kept.push(pair),
        }
    }
    // As with libpq, naming a root certificate enables verification.
    options.verify |= options.root.is_some();
    (if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) }, options)
}

/// The connector.
pub(crate) fn connector(options: &TlsOptions) -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let broken = |error: TlsError| unavailable(&format!("TLS: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(broken)?;
    let builder = if options.verify {
        builder.with_root_certificates(roots(options.root.as_deref())?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    };
    let config = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
            builder.with_client_auth_cert(certificates(certificate)?, key).map_err(broken)?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(unavailable("sslcert and sslkey are needed together")),
    };
    Ok(MakeRustlsConnect::new(config))
}

/// The trusted authorities: those of the file, or the system's.
fn roots(file: Option<&str>) -> Result<RootCertStore, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = file {
        for certificate in certificates(file)? {
            roots.add(certificate).map_err(|error| unavailable(&format!("{file}: {error}")))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() { Err(unavailable("no trusted certificate authority was found")) } else { Ok(roots) }
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    CertificateDer::pem_file_iter(Path::new(file)).and_then(Iterator::collect).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &str, error: &rustls::pki_types::pem::Error) -> StoreError {
    unavailable(&format!("{file}: {error}"))
}

/// Accepts any certificate, as `sslmode=require` and `prefer` do in PostgreSQL's own clients. The connection is
/// encrypted, but the server's identity is not checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
