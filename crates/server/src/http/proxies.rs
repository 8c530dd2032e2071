//! Which client a request came from, where proxies stand in between.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
/// A network that a setting names.
pub use ipnet::IpNet as Network;
use ipnet::IpNet;

/// Which proxies are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// The networks that proxies are in: only they are believed, and every one of them is passed over.
    pub networks: Vec<IpNet>,
    /// Without networks: how many proxies stand in front, whatever their addresses. 0: `X-Forwarded-For` is ignored.
    pub hops: usize,
}

impl Proxies {
    /// Whether any proxy is believed.
    pub fn any(&self) -> bool {
        self.hops > 0 || !self.networks.is_empty()
    }

    /// Whether this peer is believed.
    pub fn believes(&self, peer: Option<IpAddr>) -> bool {
        if self.networks.is_empty() { self.hops > 0 } else { peer.is_some_and(|peer| self.is_proxy(peer)) }
    }

    /// The client: the peer, or what the proxies that are believed say. What stands further to the left in
    /// `X-Forwarded-For` may have been made up by the client.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.believes(peer) {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev().filter_map(|line| line.to_str().ok());
        let mut client = peer;
        for (passed, text) in lines.flat_map(|line| line.rsplit(',')).enumerate() {
            // What is no address was not written by a proxy that is believed.
            let Some(address) = address(text) else { break };
            client = Some(address);
            let further = if self.networks.is_empty() { passed + 1 < self.hops } else { self.is_proxy(address) };
            if !further {
                break;
            }
        }
        client
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: alone, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address| address.to_canonical())
}

/// A network as settings name it: `10.0.0.0/8`, or one address.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text} is no network, such as 10.0.0.0/8 or 192.0.2.1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.client(peer.parse().ok(), &headers).map(|address| address.to_string()).unwrap_or_default()
    }

    fn hops(hops: usize) -> Proxies {
        Proxies { hops, ..Proxies::default() }
    }

    fn networks(texts: &[&str]) -> Proxies {
        Proxies { networks: texts.iter().map(|text| network(text).unwrap()).collect(), hops: 0 }
    }

    #[test]
    fn without_a_trusted_proxy_the_peer_is_the_client() {
        assert_eq!(client(&hops(0), "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&networks(&["10.0.0.0/8"]), "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&hops(1), "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn only_the_addresses_of_known_proxies_are_believed() {
        let lines = ["198.51.100.7, 203.0.113.9", "10.0.0.2"];
        assert_eq!(client(&hops(1), "10.0.0.1", &lines), "10.0.0.2");
        assert_eq!(client(&hops(2), "10.0.0.1", &lines), "203.0.113.9");
        assert_eq!(client(&hops(9), "10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn trusted_networks_are_passed_over() {
        let proxies = networks(&["10.0.0.0/8", "2001:db8::1"]);
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.7, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(client(&proxies, "2001:db8::1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.7, rubbish, 10.9.9.9"]), "10.9.9.9");
    }

    #[test]
    fn an_address_may_have_a_port_and_brackets() {
        for (text, expected) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("unknown", "10.0.0.1"),
        ] {
            assert_eq!(client(&hops(1), "10.0.0.1", &[text]), expected, "{text}");
        }
    }

    #[test]
    fn a_network_is_an_address_or_a_range() {
        assert!(network("10.0.0.0/8").is_ok() && network("192.0.2.1").is_ok() && network("2001:db8::/32").is_ok());
        assert!(network("10.0.0.0/99").is_err() && network("proxy").is_err());
    }
}
