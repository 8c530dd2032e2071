//! A proxy between client and server that counts the client's messages and can cut connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use tokio_postgres::{Config, config::Host};

/// A proxy on a port of the loopback interface.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    url: String,
    counts: Arc<Counts>,
    cut: watch::Sender<u64>,
}

/// Counts of client messages.
#[derive(Debug, Default)]
struct Counts {
    executes: AtomicU64,
    syncs: AtomicU64,
    parses: AtomicU64,
    /// Text in the transaction whose response to COMMIT is to be lost.
    target: Mutex<Option<String>>,
    lost: AtomicU64,
}

impl Counts {
    fn target(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.target.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether a message contains the target text.
    fn is_target(&self, message: &[u8]) -> bool {
        self.target().as_ref().is_some_and(|text| has(message, text.as_bytes()))
    }
}

/// Whether a message contains these bytes.
fn has(message: &[u8], bytes: &[u8]) -> bool {
    message.windows(bytes.len()).any(|window| window == bytes)
}

impl Proxy {
    /// Starts a proxy in front of the server of this URL, which names user and database.
    pub async fn before(url: &str) -> Result<Self, String> {
        let config: Config = url.parse().map_err(|error| format!("not a database URL: {error}"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let user = config.get_user().unwrap_or("postgres").to_owned();
        let password = config.get_password().map(|password| format!(":{}", String::from_utf8_lossy(password)));
        let database = config.get_dbname().unwrap_or("postgres").to_owned();
        let (cut, _) = watch::channel(0);
        let proxy = Self {
            address,
            url: format!("postgres://{user}{}@{address}/{database}?sslmode=disable", password.unwrap_or_default()),
            counts: Arc::default(),
            cut: cut.clone(),
        };
        let counts = Arc::clone(&proxy.counts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, config.clone(), Arc::clone(&counts), cut.subscribe()));
            }
        });
        Ok(proxy)
    }

    /// The URL for clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port's address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of executed statements.
    pub fn executes(&self) -> u64 {
        self.counts.executes.load(Ordering::SeqCst)
    }

    /// The number of round trips (`Sync` messages and simple queries).
    pub fn round_trips(&self) -> u64 {
        self.counts.syncs.load(Ordering::SeqCst)
    }

    /// The number of parsed statements.
    pub fn parses(&self) -> u64 {
        self.counts.parses.load(Ordering::SeqCst)
    }

    /// Makes the next transaction whose statements or parameters contain this text commit, but loses the response, and
    /// the connection with it.
    pub fn lose_commit_of(&self, text: &str) {
        *self.counts.target() = Some(text.to_owned());
    }

    /// The number of lost responses to COMMIT.
    pub fn lost_commits(&self) -> u64 {
        self.counts.lost.load(Ordering::SeqCst)
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}

/// The server's confirmation of a commit.
const COMMITTED: &[u8] = b"COMMIT\0";

async fn serve(client: TcpStream, config: Config, counts: Arc<Counts>, mut cut: watch::Receiver<u64>) {
    cut.mark_unchanged();
    let (client_in, client_out) = client.into_split();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let relayed = async {
        match config.get_hosts().first() {
            Some(Host::Unix(folder)) => {
                let server = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?;
                let (server_in, server_out) = server.into_split();
                relay_both(client_in, client_out, server_in, server_out, &counts).await
            }
            Some(Host::Tcp(host)) => {
                let server = TcpStream::connect((host.as_str(), port)).await?;
                let (server_in, server_out) = server.into_split();
                relay_both(client_in, client_out, server_in, server_out, &counts).await
            }
            None => Err(std::io::Error::other("no host")),
        }
    };
    tokio::select! {
        _ = relayed => {}
        _ = cut.changed() => {}
    }
}

async fn relay_both(
    mut client_in: impl AsyncRead + Unpin,
    mut client_out: impl AsyncWrite + Unpin,
    mut server_in: impl AsyncRead + Unpin,
    mut server_out: impl AsyncWrite + Unpin,
    counts: &Counts,
) -> std::io::Result<()> {
    let mute = AtomicBool::new(false);
    let up = async {
        // Whether the open transaction is the one whose commit response is to be lost.
        let mut targeted = false;
        // The first message has no type byte, only a length.
        let length = client_in.read_u32().await?;
        server_out.write_u32(length).await?;
        relay(&mut client_in, &mut server_out, length).await?;
        loop {
            let kind = client_in.read_u8().await?;
            let length = client_in.read_u32().await?;
            match kind {
                b'E' => counts.executes.fetch_add(1, Ordering::SeqCst),
                b'S' => counts.syncs.fetch_add(1, Ordering::SeqCst),
                b'P' => counts.parses.fetch_add(1, Ordering::SeqCst),
                b'Q' => {
                    counts.executes.fetch_add(1, Ordering::SeqCst);
                    counts.syncs.fetch_add(1, Ordering::SeqCst)
                }
                _ => 0,
            };
            let mut message = vec![0; length.saturating_sub(4) as usize];
            client_in.read_exact(&mut message).await?;
            targeted |= counts.is_target(&message);
            if kind == b'Q' && message.starts_with(b"COMMIT") && targeted {
                *counts.target() = None;
                mute.store(true, Ordering::SeqCst);
            } else if kind == b'Q' && message.starts_with(b"ROLLBACK") {
                targeted = false;
            }
            server_out.write_u8(kind).await?;
            server_out.write_u32(length).await?;
            server_out.write_all(&message).await?;
        }
    };
    let down = async {
        let mut buffer = vec![0; 64 << 10];
        let mut unheard = Vec::new();
        loop {
            let read = server_in.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            if !mute.load(Ordering::SeqCst) {
                client_out.write_all(&buffer[..read]).await?;
                continue;
            }
            // Statements may have been sent just before COMMIT: the connection stays until that is answered.
            unheard.extend_from_slice(&buffer[..read]);
            if has(&unheard, COMMITTED) {
                counts.lost.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
        }
    };
    tokio::select! {
        ended = up => ended,
        ended = down => ended,
    }
}

/// Relays the rest of a message; `length` includes its own four bytes.
async fn relay(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    length: u32,
) -> std::io::Result<()> {
    let mut rest = vec![0; length.saturating_sub(4) as usize];
    from.read_exact(&mut rest).await?;
    to.write_all(&rest).await
}
