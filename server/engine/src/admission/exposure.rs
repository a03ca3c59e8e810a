//! Gross exposure of a port or a firm: notional reserved at entry and not yet released.
//!
//! Reservations are taken before the log and come free by what the shards report, so the sum is never below
//! what is really exposed: the limit is not exceeded for a moment, whatever is in flight.

/// Reserved notional against a limit, in ten-thousandths of a dollar.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Exposure {
    reserved: u128,
    /// The last command in the log that may still release something.
    last_command: u64,
}

/// Whether a reservation fits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fit {
    /// It fits even if nothing in flight releases anything.
    Yes,
    /// It does not fit even if everything came free.
    No,
    /// It depends on what is in flight.
    Undecided,
}

impl Exposure {
    /// Judges a reservation; `applied` is the last sequence whose outcomes were folded in.
    pub(super) fn judge(&self, notional: u64, limit: u64, applied: u64) -> Fit {
        if limit == u64::MAX || self.reserved + u128::from(notional) <= u128::from(limit) {
            Fit::Yes
        } else if limit < notional || self.is_settled(applied) {
            Fit::No
        } else {
            Fit::Undecided
        }
    }

    /// Tells whether no command in flight can release anything.
    pub(super) fn is_settled(&self, applied: u64) -> bool {
        self.last_command <= applied
    }

    /// What is left below the limit.
    pub(super) fn headroom(&self, limit: u64) -> u64 {
        if limit == u64::MAX {
            return u64::MAX;
        }
        u64::try_from(u128::from(limit).saturating_sub(self.reserved))
            .expect("not above the limit, a u64")
    }

    /// Notes a command of the port or firm, with what it reserves.
    pub(super) fn reserve(&mut self, notional: u64, sequence: u64) {
        self.reserved += u128::from(notional);
        self.last_command = sequence;
    }

    /// Gives back what a shard released.
    pub(super) fn release(&mut self, notional: u64) {
        assert!(u128::from(notional) <= self.reserved, "a shard releases only what was reserved");
        self.reserved -= u128::from(notional);
    }

    /// The sum reserved now.
    pub(super) fn reserved(&self) -> u128 {
        self.reserved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_may_be_reached_and_not_passed() {
        let mut exposure = Exposure::default();
        exposure.reserve(60, 1);
        assert_eq!(exposure.judge(40, 100, 1), Fit::Yes);
        assert_eq!(exposure.judge(41, 100, 1), Fit::No);
        assert_eq!(exposure.headroom(100), 40);
    }

    #[test]
    fn what_is_in_flight_may_still_make_room() {
        let mut exposure = Exposure::default();
        exposure.reserve(60, 5);
        assert_eq!(exposure.judge(41, 100, 4), Fit::Undecided);
        assert_eq!(exposure.judge(101, 100, 4), Fit::No);
        exposure.release(60);
        assert_eq!(exposure.judge(41, 100, 5), Fit::Yes);
    }

    #[test]
    fn no_limit_is_never_reached() {
        let mut exposure = Exposure::default();
        exposure.reserve(u64::MAX, 1);
        exposure.reserve(u64::MAX, 2);
        assert_eq!(exposure.judge(u64::MAX, u64::MAX, 0), Fit::Yes);
        assert_eq!(exposure.headroom(u64::MAX), u64::MAX);
    }
}
