//! TLS to the database, by rustls.

use std::{net::IpAddr, path::Path, sync::Arc};

use percent_encoding::percent_decode_str;
use reparto_store::StoreError;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
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

/// The parameters that decide how the connection is protected.
const PARAMETERS: [&str; 5] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation"];

/// Splits the TLS parameters that the driver does not know off the URL. A root certificate means verified TLS, a
/// certificate of our own means TLS; what says otherwise beside them, and what says a thing twice, is refused: which of
/// the two counted would be a guess.
pub(crate) fn split(url: &str) -> Result<(String, TlsOptions), StoreError> {
    let mut options = TlsOptions::default();
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), options)) };
    let (mut kept, mut seen, mut mode) = (Vec::new(), Vec::new(), None);
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // The driver decodes names, too.
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (name, value) = (decoded(name), decoded(value));
        if PARAMETERS.contains(&name.as_str()) {
            if seen.contains(&name) {
                return Err(unavailable(&format!("the database URL has {name} twice")));
            }
            seen.push(name.clone());
        }
        match name.as_str() {
            "sslmode" => mode = Some(value),
            "sslrootcert" if value == "system" => options.verify = true,
            "sslrootcert" => (options.verify, options.root) = (true, Some(value)),
            "sslcert" => options.certificate = Some(value),
            "sslkey" => options.key = Some(value),
            _ => kept.push(pair.to_owned()),
        }
    }
    let needed = match (options.verify, options.certificate.is_some() || options.key.is_some()) {
        (true, _) => Some("sslrootcert"),
        (false, true) => Some("sslcert"),
        (false, false) => None,
    };
    let mode = match (mode.as_deref(), needed) {
        (Some("verify-full" | "verify-ca"), _) => {
            options.verify = true;
            Some("require")
        }
        (Some(mode @ ("disable" | "allow" | "prefer")), Some(needed)) => {
            let what =
                format!("the database URL has {needed}, which needs TLS, and sslmode={mode}, which may do without");
            return Err(unavailable(&format!("{what}: use sslmode=verify-full, or leave {needed} out")));
        }
        (None, Some(_)) => Some("require"),
        (Some("allow"), None) => Some("prefer"),
        (mode, _) => mode,
    };
    kept.extend(mode.map(|mode| format!("sslmode={mode}")));
    Ok((if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) }, options))
}

/// The first host of another machine that may be reached without TLS.
pub(crate) fn unprotected(config: &Config) -> Option<&str> {
    if config.get_ssl_mode() == SslMode::Require {
        return None;
    }
    config.get_hosts().iter().find_map(|host| match host {
        Host::Tcp(name) => {
            let bare = name.trim_start_matches('[').trim_end_matches(']');
            let local = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            (!local).then_some(name.as_str())
        }
        Host::Unix(_) => None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(Config, TlsOptions), String> {
        let (url, options) =
            split(&format!("postgres://u@db.example.org/d{query}")).map_err(|error| error.to_string())?;
        Ok((url.parse().map_err(|error: tokio_postgres::Error| format!("{error:?}"))?, options))
    }

    #[test]
    fn a_root_certificate_means_verified_tls() {
        for query in [
            "?sslrootcert=/ca.crt",
            "?sslrootcert=system",
            "?sslrootcert=%2Fca.crt&application_name=x",
            "?ssl%72ootcert=/ca.crt",
            "?sslmode=require&sslrootcert=/ca.crt",
            "?sslmode=verify-full",
            "?sslmode=verify%2Dca&sslrootcert=/ca.crt",
        ] {
            let (config, options) = read(query).unwrap();
            assert_eq!((config.get_ssl_mode(), options.verify), (SslMode::Require, true), "{query}");
        }
        let (config, options) = read("?sslcert=/a.crt&sslkey=/a.key").unwrap();
        assert_eq!((config.get_ssl_mode(), options.verify), (SslMode::Require, false));
    }

    #[test]
    fn contradictions_and_repetitions_are_refused() {
        for (query, says) in [
            ("?sslrootcert=/ca.crt&sslmode=disable", "sslmode=disable"),
            ("?sslmode=prefer&sslrootcert=system", "sslmode=prefer"),
            ("?sslmode=allow&sslcert=/a.crt&sslkey=/a.key", "sslcert"),
            ("?sslmode=verify-full&sslmode=disable", "sslmode twice"),
            ("?sslmode=verify-full&ssl%6Dode=disable", "sslmode twice"),
            ("?sslrootcert=/a.crt&sslrootcert=/b.crt", "sslrootcert twice"),
        ] {
            let refused = read(query).map(|_| ()).unwrap_err();
            assert!(refused.contains(says), "{query}: {refused}");
        }
    }

    #[test]
    fn only_another_machine_without_tls_is_unprotected() {
        let found = |url: &str| unprotected(&url.parse().unwrap()).map(str::to_owned);
        for url in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1/d?sslmode=disable",
            "postgres://u@[::1]/d",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/d",
            "postgres://u@db.example.org/d?sslmode=require",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
        assert_eq!(found("postgres://u@db.example.org/d").as_deref(), Some("db.example.org"));
        assert_eq!(found("postgres://u@localhost,10.0.0.1/d?sslmode=prefer").as_deref(), Some("10.0.0.1"));
    }
}
