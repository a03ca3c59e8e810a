//! How often one address may ask: a token bucket for each, in a table that does not grow.
//!
//! A full bucket is as good as none, so an address that was quiet for a second is forgotten when its place
//! is needed. When every place is taken by somebody who was not, strangers wait.

use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses remembered at once.
const MOST_SOURCES: usize = 4_096;

/// Tokens are counted in thousandths, because that is what one a second brings in a millisecond.
const ONE: u64 = 1_000;

/// Lets every address ask so often in a second, after a quiet second all at once.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_second: u64,
    buckets: HashMap<IpAddr, Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of a token, at `at_ms`.
    tokens: u64,
    at_ms: u64,
}

impl RateLimit {
    /// Lets each address have `per_second` requests a second.
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: u64::from(per_second), buckets: HashMap::new() }
    }

    /// Takes a token of the address; false when it has none.
    pub(super) fn take(&mut self, source: IpAddr, now_ms: u64) -> bool {
        let source = source.to_canonical();
        let full = self.per_second * ONE;
        if !self.buckets.contains_key(&source) && !self.make_place(now_ms) {
            return false;
        }
        let bucket = self.buckets.entry(source).or_insert(Bucket { tokens: full, at_ms: now_ms });
        bucket.tokens = tokens(bucket, self.per_second, now_ms);
        bucket.at_ms = now_ms;
        let Some(left) = bucket.tokens.checked_sub(ONE) else { return false };
        bucket.tokens = left;
        true
    }

    /// Makes sure that one more address can be remembered.
    fn make_place(&mut self, now_ms: u64) -> bool {
        if MOST_SOURCES <= self.buckets.len() {
            let full = self.per_second * ONE;
            self.buckets.retain(|_, bucket| tokens(bucket, self.per_second, now_ms) < full);
        }
        self.buckets.len() < MOST_SOURCES
    }
}

/// What a bucket holds by now.
fn tokens(bucket: &Bucket, per_second: u64, now_ms: u64) -> u64 {
    let gained = now_ms.saturating_sub(bucket.at_ms).saturating_mul(per_second);
    bucket.tokens.saturating_add(gained).min(per_second * ONE)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: usize) -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).expect("few addresses")).into()
    }

    #[test]
    fn an_address_has_so_many_at_once_and_then_one_at_a_time() {
        let mut rate = RateLimit::new(4);
        let taken =
            |rate: &mut RateLimit, now_ms| (0..9).filter(|_| rate.take(address(1), now_ms)).count();
        assert_eq!(taken(&mut rate, 0), 4);
        assert_eq!(taken(&mut rate, 249), 0);
        assert_eq!(taken(&mut rate, 250), 1);
        assert_eq!(taken(&mut rate, 1_000), 3);
        assert_eq!(taken(&mut rate, 1_000_000), 4);
    }

    #[test]
    fn addresses_do_not_share_and_one_written_as_ipv6_is_the_same() {
        let mut rate = RateLimit::new(1);
        assert!(rate.take(address(1), 0));
        assert!(rate.take(address(2), 0));
        assert!(!rate.take("::ffff:0.0.0.1".parse().expect("an address"), 0));
    }

    #[test]
    fn a_rate_of_nothing_gives_nothing() {
        assert!(!RateLimit::new(0).take(address(1), 1_000_000));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_quiet_ones_first() {
        let mut rate = RateLimit::new(1);
        for number in 0..MOST_SOURCES {
            assert!(rate.take(address(number), u64::from(number == 0)));
        }
        assert!(!rate.take(address(MOST_SOURCES), 999), "nobody was quiet for a second");
        assert!(rate.take(address(MOST_SOURCES), 1_000));
        assert_eq!(
            rate.buckets.len(),
            2,
            "the first one asked a millisecond later than the others"
        );
        assert!(!rate.take(address(0), 1_000));
    }
}
