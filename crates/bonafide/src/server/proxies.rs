//! Proxies before this server: whoever asks through one that is trusted stands where it says, and nobody else's word counts.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

/// In which a proxy writes from whom it has taken a request, after what stood there before.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses that one header names at most: no chain of proxies is longer.
const HOPS_MAX: usize = 16;

/// The addresses of proxies that are trusted.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpAddr>);

impl TrustedProxies {
    /// These are trusted, and no others.
    #[must_use]
    pub fn of(addresses: &[IpAddr]) -> TrustedProxies {
        TrustedProxies(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// From where a request comes. Each proxy has added the address that it saw, so that the list is read from its end: the first one
    /// that is no trusted proxy is it. What stands before was written by anybody (case W-17).
    #[must_use]
    pub fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("").rsplit(',')).take(HOPS_MAX);
        for hop in hops {
            if !self.0.contains(&nearest) {
                break;
            }
            let Some(address) = address_of(hop.trim()) else { break };
            nearest = address;
        }
        nearest
    }

    /// Whether a request came through a proxy of which nothing is known: then nobody knows where it comes from.
    #[must_use]
    pub fn is_hidden(&self, headers: &HeaderMap) -> bool {
        self.0.is_empty() && headers.contains_key(FORWARDED_FOR)
    }
}

/// An address, which some proxies write with a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let alone = hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    alone.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|address| address.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        TrustedProxies::of(&trusted).visitor(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn w17_only_a_trusted_proxy_says_from_where_a_request_comes() {
        let cases: &[(&[&str], &str, &[&str], &str)] = &[
            (&[], "127.0.0.1", &["198.51.100.7"], "127.0.0.1"),
            (&["127.0.0.1"], "127.0.0.1", &[], "127.0.0.1"),
            (&["127.0.0.1"], "127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            (&["127.0.0.1"], "203.0.113.9", &["198.51.100.7"], "203.0.113.9"),
            // Whoever asks has written the first one himself.
            (&["127.0.0.1"], "127.0.0.1", &["10.0.0.1, 198.51.100.7"], "198.51.100.7"),
            (&["127.0.0.1"], "127.0.0.1", &["10.0.0.1", "198.51.100.7"], "198.51.100.7"),
            // Two proxies, one behind the other.
            (&["127.0.0.1", "10.0.0.1"], "127.0.0.1", &["1.2.3.4, 198.51.100.7, 10.0.0.1"], "198.51.100.7"),
            (&["127.0.0.1"], "127.0.0.1", &["198.51.100.7, unknown"], "127.0.0.1"),
            (&["127.0.0.1"], "127.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            (&["::1"], "::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            (&["127.0.0.1"], "::ffff:127.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            (&["127.0.0.1"], "127.0.0.1", &["", ",,"], "127.0.0.1"),
        ];
        for (trusted, peer, lines, expected) in cases {
            assert_eq!(visitor(trusted, peer, lines), *expected, "{trusted:?} {peer} {lines:?}");
        }
        let long = vec!["127.0.0.1"; 100].join(",");
        assert_eq!(visitor(&["127.0.0.1"], "127.0.0.1", &["198.51.100.7", &long]), "127.0.0.1");
    }
}
