//! TLS to the server: its certificate is verified if configured, and ours is presented on request.

use std::{fs, path::Path, process::Command};

use reparto_store::{Maintenance as _, StoreError};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::OwnCluster;

/// A certificate authority, a server certificate for `localhost`, a client certificate for `reparto`, and another
/// authority.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn new() -> Self {
        let certificates = Self(tempfile::tempdir().unwrap());
        for authority in ["ca", "other"] {
            let subject = format!("/CN=Authority {authority}");
            let (key, certificate) = (format!("{authority}.key"), format!("{authority}.crt"));
            certificates.openssl(&[
                "req",
                "-x509",
                "-days",
                "30",
                "-subj",
                &subject,
                "-out",
                &certificate,
                "-keyout",
                &key,
            ]);
        }
        for (name, subject, more) in [
            ("server", "/CN=localhost", "subjectAltName=DNS:localhost"),
            ("client", "/CN=reparto", "keyUsage=digitalSignature"),
        ] {
            let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
            certificates.openssl(&["req", "-subj", subject, "-out", &request, "-keyout", &key]);
            fs::write(certificates.path("extensions"), more).unwrap();
            let mut sign = Command::new("openssl");
            sign.args(["x509", "-req", "-days", "30", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"]);
            sign.args(["-extfile", "extensions", "-in", &request, "-out", &format!("{name}.crt")]);
            certificates.run(&mut sign);
        }
        certificates
    }

    /// Creates a key and its certificate.
    fn openssl(&self, args: &[&str]) {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        self.run(Command::new("openssl").args(args).args(key));
    }

    fn run(&self, command: &mut Command) {
        let output = command.current_dir(self.0.path()).output().expect("openssl (Debian: apt-get install openssl)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A server that accepts only TLS; the database `strict` requires a client certificate.
    fn server(&self) -> OwnCluster {
        let access = "local all all trust\nhostssl strict all 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 trust\n";
        let (certificate, key, authority) = (self.read("server.crt"), self.read("server.key"), self.read("ca.crt"));
        let files = [("server.crt", certificate.as_str()), ("server.key", &key), ("ca.crt", &authority)];
        OwnCluster::with("ssl = on\nssl_ca_file = 'ca.crt'", &[&files[..], &[("pg_hba.conf", access)]].concat())
            .unwrap()
    }
}

fn url(server: &OwnCluster, host: &str, database: &str, mode: &str, files: &[(&str, &Path)]) -> String {
    let mut url = format!("postgres://reparto@{host}:{}/{database}?sslmode={mode}", server.port());
    for (name, path) in files {
        url.extend(["&", name, "=", path.to_str().unwrap()]);
    }
    url
}

async fn refused(url: String) -> String {
    match PostgresStore::connect(Options::new(url)).await {
        Err(StoreError::Unavailable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_named_authority_and_host_are_trusted() {
    let certificates = Certificates::new();
    let server = certificates.server();
    let (ca, other) = (certificates.path("ca.crt"), certificates.path("other.crt"));
    let to = |host, authority| url(&server, host, "postgres", "verify-full", &[("sslrootcert", authority)]);
    let store = PostgresStore::connect(Options::new(to("localhost", &ca))).await.unwrap();
    store.ready().await.unwrap();
    let ours = "SELECT bool_and(s.ssl)::text FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) \
        WHERE a.application_name = 'reparto'";
    assert_eq!(server.sql(ours).await.unwrap().as_deref(), Some("true"));
    let reason = refused(to("127.0.0.1", &ca)).await;
    assert!(reason.contains("certificate") && reason.contains("127.0.0.1"), "{reason}");
    let reason = refused(to("localhost", &other)).await;
    assert!(reason.contains("certificate"), "{reason}");
    // Without verification the connection is encrypted but not authenticated.
    PostgresStore::connect(Options::new(url(&server, "127.0.0.1", "postgres", "require", &[]))).await.unwrap();
    let reason = refused(url(&server, "127.0.0.1", "postgres", "disable", &[])).await;
    assert!(reason.contains("pg_hba.conf"), "{reason}");
}

#[tokio::test]
async fn a_root_certificate_alone_means_verified_tls() {
    let certificates = Certificates::new();
    let server = certificates.server();
    let (ca, other) = (certificates.path("ca.crt"), certificates.path("other.crt"));
    let to = |host: &str, more: String| format!("postgres://reparto@{host}:{}/postgres?{more}", server.port());
    let verified = Options::new(to("localhost", format!("sslrootcert={}", ca.display())));
    // Kept, so that its connections are there to be looked at.
    let store = PostgresStore::connect(verified).await.unwrap();
    store.ready().await.unwrap();
    let ours = "SELECT bool_and(s.ssl)::text FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) \
        WHERE a.application_name = 'reparto'";
    assert_eq!(server.sql(ours).await.unwrap().as_deref(), Some("true"));
    let reason = refused(to("localhost", format!("sslrootcert={}", other.display()))).await;
    assert!(reason.contains("certificate"), "{reason}");
    let reason = refused(to("127.0.0.1", format!("sslrootcert={}", ca.display()))).await;
    assert!(reason.contains("certificate"), "{reason}");
    for more in
        ["sslmode=verify-full&sslmode=disable".to_owned(), format!("sslrootcert={}&sslmode=disable", ca.display())]
    {
        let reason = refused(to("localhost", more)).await;
        assert!(reason.contains("sslmode"), "{reason}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_reached_in_plain_text() {
    let certificates = Certificates::new();
    let server = OwnCluster::with("ssl = off", &[]).unwrap();
    let url = format!("postgres://reparto@localhost:{}/postgres", server.port());
    let ca = certificates.path("ca.crt");
    let reason = refused(format!("{url}?sslrootcert={}", ca.display())).await;
    assert!(reason.to_lowercase().contains("tls"), "{reason}");
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_ours() {
    let certificates = Certificates::new();
    let server = certificates.server();
    server.sql("CREATE DATABASE strict").await.unwrap();
    let (ca, certificate, key) =
        (certificates.path("ca.crt"), certificates.path("client.crt"), certificates.path("client.key"));
    let all: [(&str, &Path); 3] = [("sslrootcert", &ca), ("sslcert", &certificate), ("sslkey", &key)];
    PostgresStore::connect(Options::new(url(&server, "localhost", "strict", "verify-full", &all))).await.unwrap();
    let reason = refused(url(&server, "localhost", "strict", "verify-full", &all[..1])).await;
    assert!(reason.contains("certificate"), "{reason}");
    let reason = refused(url(&server, "localhost", "strict", "verify-full", &all[..2])).await;
    assert!(reason.contains("sslkey"), "{reason}");
    let missing = certificates.path("missing.crt");
    let reason = refused(url(&server, "localhost", "strict", "verify-full", &[("sslrootcert", &missing)])).await;
    assert!(reason.contains("missing.crt"), "{reason}");
}
