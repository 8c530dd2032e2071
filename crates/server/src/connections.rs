//! How many connections are open, in all and of each address.

use std::net::IpAddr;

use crate::shares::{Limits, Share, Shares};

/// The most connections that are open at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// Of one address (of IPv6: one /64, which is one customer's); 0: no limit.
    pub per_address: usize,
}

/// Counts the open connections.
#[derive(Debug, Clone)]
pub struct Connections(Shares<IpAddr>);

/// An open connection, counted until this is dropped.
pub type Slot = Share<IpAddr>;

impl Connections {
    /// None is open.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self(Shares::new(Limits { total: limits.total, for_one: limits.per_address }))
    }

    /// Counts one more of this address; `None` where there are as many as may be.
    pub fn open(&self, address: IpAddr) -> Option<Slot> {
        self.0.take(network(address), 1)
    }
}

/// The address as it is counted.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn connections_are_bounded_in_all_and_per_address() {
        let connections = Connections::new(ConnectionLimits { total: 3, per_address: 2 });
        let open = |text| connections.open(address(text));
        let (first, second) = (open("192.0.2.1").unwrap(), open("::ffff:192.0.2.1").unwrap());
        assert!(open("192.0.2.1").is_none());
        let third = open("2001:db8::1").unwrap();
        assert!(open("192.0.2.2").is_none(), "there are three in all");
        drop(first);
        let fourth = open("2001:db8::2").unwrap();
        drop(second);
        assert!(open("2001:db8:0:0:1::").is_none(), "one /64 counts as one address");
        assert!(open("2001:db8:0:1::1").is_some());
        drop((third, fourth));
        assert_eq!(connections.0.in_use(), (0, 0));
    }
}
