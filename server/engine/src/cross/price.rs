//! The cross price: the one price at which supply and demand meet.
//!
//! Of all prices those are kept at which (A) most shares are paired, of these those with (B) the least imbalance, of
//! these those at which (C) an entered order stays unexecuted on the side of the imbalance, and of these the one (D)
//! nearest to the reference price, the lower one of two. Supply and demand change at the limits of orders only, so
//! whole spans of prices are judged at once.

use protocol::Price;

/// What the orders of one side offer at one limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interest {
    /// The worst price at which they trade.
    pub limit: Price,
    pub shares: u64,
    /// Whether a participant named this price; a market order names none.
    pub entered: bool,
}

/// Which rule left one price.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Criterion {
    /// (A) Most shares are paired there.
    Paired,
    /// (B) The least imbalance is left there.
    Imbalance,
    /// (C) An entered order stays unexecuted there, on the side of the imbalance.
    Unexecuted,
    /// (D) It is nearest to the reference price.
    Reference,
    /// It is the lowest of those that are left.
    Lowest,
}

impl Criterion {
    /// The letter of the rule, for the record of the cross.
    pub fn letter(self) -> char {
        match self {
            Self::Paired => 'A',
            Self::Imbalance => 'B',
            Self::Unexecuted => 'C',
            Self::Reference => 'D',
            Self::Lowest => 'L',
        }
    }
}

/// Where a cross clears.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrossPrice {
    pub price: Price,
    /// Shares that find another side, at least 1.
    pub paired: u64,
    pub imbalance: Imbalance,
    pub criterion: Criterion,
}

/// The shares that find no other side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Imbalance {
    None,
    Buy(u64),
    Sell(u64),
}

impl Imbalance {
    /// What is left over of demand and supply.
    pub fn of(demand: u64, supply: u64) -> Self {
        if supply < demand {
            Self::Buy(demand - supply)
        } else if demand < supply {
            Self::Sell(supply - demand)
        } else {
            Self::None
        }
    }

    /// The shares, whichever side they are on.
    pub fn shares(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Buy(shares) | Self::Sell(shares) => shares,
        }
    }
}

/// A span of prices, both ends included, at which supply and demand are the same.
#[derive(Clone, Copy, Debug)]
struct Span {
    low: u32,
    high: u32,
    paired: u64,
    imbalance: Imbalance,
    /// An entered order of the side of the imbalance has this very price.
    stays_unexecuted: bool,
}

/// Finds the price of a cross; `None` when nothing would trade at any price.
///
/// The interests may be in any order, and several may have one limit.
pub fn find(
    demand: &[Interest],
    supply: &[Interest],
    reference: Option<Price>,
) -> Option<CrossPrice> {
    let mut spans = spans(demand, supply);
    let most = spans.iter().map(|span| span.paired).max().filter(|most| 0 < *most)?;
    spans.retain(|span| span.paired == most);
    let mut criterion = Criterion::Paired;
    if !is_one_price(&spans) {
        criterion = Criterion::Imbalance;
        let least = spans.iter().map(|span| span.imbalance.shares()).min();
        spans.retain(|span| Some(span.imbalance.shares()) == least);
    }
    if !is_one_price(&spans) && spans.iter().any(|span| span.stays_unexecuted) {
        criterion = Criterion::Unexecuted;
        spans.retain(|span| span.stays_unexecuted);
    }
    let (price, span) = if is_one_price(&spans) {
        (spans[0].low, spans[0])
    } else {
        let (price, span, decided) = nearest(&spans, reference);
        criterion = decided;
        (price, span)
    };
    let Span { paired, imbalance, .. } = span;
    Some(CrossPrice { price: Price::new(price), paired, imbalance, criterion })
}

/// The shares that trade and those left over at one price.
pub fn at(demand: &[Interest], supply: &[Interest], price: Price) -> (u64, Imbalance) {
    let buys = demand.iter().filter(|buy| price <= buy.limit).map(|buy| buy.shares).sum();
    let sells = supply.iter().filter(|sell| sell.limit <= price).map(|sell| sell.shares).sum();
    (u64::min(buys, sells), Imbalance::of(buys, sells))
}

/// Cuts the prices from the lowest limit to the highest into spans, the lowest first.
fn spans(demand: &[Interest], supply: &[Interest]) -> Vec<Span> {
    let mut limits: Vec<u32> =
        demand.iter().chain(supply).map(|interest| interest.limit.ten_thousandths()).collect();
    limits.sort_unstable();
    limits.dedup();
    let mut spans = Vec::with_capacity(2 * limits.len());
    let mut buys = by_limit(demand);
    let mut sells = by_limit(supply);
    // Everything is demanded at the lowest price; what has a lower limit falls away on the way up.
    let mut demanded: u64 = demand.iter().map(|buy| buy.shares).sum();
    let mut offered = 0;
    for (number, &limit) in limits.iter().enumerate() {
        let here = |interest: &&Interest| interest.limit.ten_thousandths() == limit;
        let (mut leaving, mut buy_entered, mut sell_entered) = (0, false, false);
        while let Some(sell) = sells.next_if(here) {
            offered += sell.shares;
            sell_entered |= sell.entered;
        }
        while let Some(buy) = buys.next_if(here) {
            leaving += buy.shares;
            buy_entered |= buy.entered;
        }
        let imbalance = Imbalance::of(demanded, offered);
        spans.push(Span {
            low: limit,
            high: limit,
            paired: demanded.min(offered),
            imbalance,
            stays_unexecuted: match imbalance {
                Imbalance::None => false,
                Imbalance::Buy(_) => buy_entered,
                Imbalance::Sell(_) => sell_entered,
            },
        });
        demanded -= leaving;
        if let Some(&next) = limits.get(number + 1).filter(|next| limit + 1 < **next) {
            spans.push(Span {
                low: limit + 1,
                high: next - 1,
                paired: demanded.min(offered),
                imbalance: Imbalance::of(demanded, offered),
                stays_unexecuted: false,
            });
        }
    }
    spans
}

fn by_limit(interests: &[Interest]) -> std::iter::Peekable<std::vec::IntoIter<&Interest>> {
    let mut sorted: Vec<&Interest> = interests.iter().collect();
    sorted.sort_by_key(|interest| interest.limit);
    sorted.into_iter().peekable()
}

fn is_one_price(spans: &[Span]) -> bool {
    matches!(spans, [only] if only.low == only.high)
}

/// The price of the spans nearest to the reference, the lowest of several, and which of both decided.
fn nearest(spans: &[Span], reference: Option<Price>) -> (u32, Span, Criterion) {
    let lowest = spans[0];
    let Some(reference) = reference.map(Price::ten_thousandths) else {
        return (lowest.low, lowest, Criterion::Lowest);
    };
    let candidate = |span: &Span| {
        let price = reference.clamp(span.low, span.high);
        (price.abs_diff(reference), price, *span)
    };
    let (distance, price, span) = spans
        .iter()
        .map(candidate)
        .min_by_key(|(distance, price, _)| (*distance, *price))
        .expect("there is a span");
    // Demand less supply only falls with the price, so what is left is one span, or two that touch: two prices are
    // never as near. Were they, the lower one would win.
    let as_near = spans.iter().map(candidate).filter(|(other, ..)| *other == distance).count();
    let criterion = if as_near == 1 { Criterion::Reference } else { Criterion::Lowest };
    (price, span, criterion)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines<'a> = &'a [(u32, u64)];
    type Expected = (u32, u64, Imbalance, Criterion);

    fn interests(lines: &[(u32, u64)]) -> Vec<Interest> {
        let interest =
            |&(limit, shares)| Interest { limit: Price::new(limit), shares, entered: true };
        lines.iter().map(interest).collect()
    }

    /// Buys, sells and reference; price, paired, imbalance and criterion.
    fn check((buys, sells, reference): (Lines<'_>, Lines<'_>, u32), expected: Option<Expected>) {
        let reference = (0 < reference).then(|| Price::new(reference));
        let found = find(&interests(buys), &interests(sells), reference);
        let found = found.map(|f| (f.price.ten_thousandths(), f.paired, f.imbalance, f.criterion));
        assert_eq!(found, expected, "{buys:?} {sells:?} {reference:?}");
    }

    #[test]
    fn the_price_that_pairs_most_shares_wins() {
        let buys = &[(12, 100), (11, 100)];
        let expected = Some((11, 200, Imbalance::Sell(50), Criterion::Paired));
        check((buys, &[(10, 100), (11, 150)], 12), expected);
    }

    #[test]
    fn of_prices_that_pair_as_many_shares_the_least_imbalance_wins() {
        let expected = Some((12, 100, Imbalance::None, Criterion::Imbalance));
        check((&[(12, 100), (11, 50)], &[(11, 100)], 0), expected);
    }

    #[test]
    fn of_equal_imbalances_the_price_at_which_an_entered_order_stays_unexecuted_wins() {
        let expected = Some((20, 50, Imbalance::Buy(50), Criterion::Unexecuted));
        check((&[(20, 100)], &[(10, 50)], 10), expected);
        let expected = Some((10, 50, Imbalance::Sell(50), Criterion::Unexecuted));
        check((&[(20, 50)], &[(10, 100)], 20), expected);
    }

    #[test]
    fn else_the_price_nearest_to_the_reference_wins() {
        for (reference, price) in [(15, 15), (25, 20), (5, 10), (20, 20)] {
            let expected = Some((price, 50, Imbalance::None, Criterion::Reference));
            check((&[(20, 50)], &[(10, 50)], reference), expected);
        }
    }

    #[test]
    fn without_a_reference_the_lowest_price_wins() {
        let expected = Some((10, 50, Imbalance::None, Criterion::Lowest));
        check((&[(20, 50)], &[(10, 50)], 0), expected);
    }

    #[test]
    fn nothing_crosses_without_two_sides_that_meet() {
        check((&[(10, 50)], &[(11, 50)], 10), None);
        check((&[(10, 50)], &[], 10), None);
        check((&[], &[], 0), None);
    }

    #[test]
    fn a_market_order_names_no_price() {
        let buy = Interest { limit: Price::MAX, shares: 100, entered: false };
        let found = find(&[buy], &interests(&[(10, 50)]), Some(Price::new(12)));
        let found = found.expect("a sell meets a buy");
        assert_eq!((found.price, found.criterion), (Price::new(12), Criterion::Reference));
        assert_eq!(found.imbalance, Imbalance::Buy(50));
    }
}
