//! How many connections are open, in all and of each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

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
pub struct Connections {
    limits: ConnectionLimits,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    of: HashMap<IpAddr, usize>,
}

/// An open connection, counted until this is dropped.
#[derive(Debug)]
pub struct Slot {
    open: Arc<Mutex<Open>>,
    address: IpAddr,
}

impl Connections {
    /// None is open.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self { limits, open: Arc::default() }
    }

    /// Counts one more of this address; `None` where there are as many as may be.
    pub fn open(&self, address: IpAddr) -> Option<Slot> {
        let address = network(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.of.get(&address).copied().unwrap_or(0);
        let ConnectionLimits { total, per_address } = self.limits;
        if open.total >= total || (per_address > 0 && own >= per_address) {
            return None;
        }
        open.total += 1;
        open.of.insert(address, own + 1);
        Some(Slot { open: Arc::clone(&self.open), address })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        let left = open.of.get(&self.address).map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            open.of.remove(&self.address);
        } else {
            open.of.insert(self.address, left);
        }
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
        assert!(connections.open.lock().unwrap().of.is_empty());
    }
}
