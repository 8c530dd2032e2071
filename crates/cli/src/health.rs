//! `reparto health`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{
    args::HealthArgs,
    failure::{Done, Failure, say},
};

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the service on this machine how it is.
pub fn run(args: &HealthArgs) -> Result<Done, Failure> {
    let address = reachable(args.listen);
    let path = if args.ready { "/readyz" } else { "/healthz" };
    let status = ask(address, path).map_err(|error| Failure::io(format!("{address} does not answer"), &error))?;
    let well = status.split_whitespace().nth(1) == Some("200");
    say(format_args!("{address}{path}: {}", status.trim_end()))?;
    Ok(if well { Done::Success } else { Done::Problem })
}

/// A service that listens on every address is reached on the loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The first line of the answer. By hand, since a client for one line would take longer to start than to ask.
fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_reached_on_the_loopback() {
        for (listen, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.1.2.3:80", "10.1.2.3:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
