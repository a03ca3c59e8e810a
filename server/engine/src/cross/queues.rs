//! Who meets whom in a cross: the first order of each side, for as many shares as both have left.

use std::collections::VecDeque;

/// The slots of both sides with the shares that each order still offers, the first to trade first.
#[derive(Debug)]
pub(super) struct Queues {
    pub(super) buys: VecDeque<(u32, u32)>,
    pub(super) sells: VecDeque<(u32, u32)>,
}

/// Two orders that meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meeting {
    /// Slots.
    pub(super) buy: u32,
    pub(super) sell: u32,
    /// Shares.
    pub(super) quantity: u32,
}

impl Queues {
    /// Who meets next; `None` once a side has nobody left.
    pub(super) fn first(&self) -> Option<Meeting> {
        let (&(buy, wanted), &(sell, offered)) = (self.buys.front()?, self.sells.front()?);
        Some(Meeting { buy, sell, quantity: wanted.min(offered) })
    }

    /// What the two that meet next have left, the buy's shares first.
    pub(super) fn left(&self) -> (u32, u32) {
        let left = |queue: &VecDeque<(u32, u32)>| queue.front().map_or(0, |(_, left)| *left);
        (left(&self.buys), left(&self.sells))
    }

    /// Takes shares off the two that meet; who has nothing left makes place for the next.
    pub(super) fn take(&mut self, of_buy: u32, of_sell: u32) {
        for (queue, shares) in [(&mut self.buys, of_buy), (&mut self.sells, of_sell)] {
            let (_, left) = queue.front_mut().expect("who meets stands in front");
            *left -= shares;
            if *left == 0 {
                queue.pop_front();
            }
        }
    }
}
