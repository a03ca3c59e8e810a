//! Writes what came of a command in trader language.

use protocol::enums::{BrokenTradeReason, CancelReason, LiquidityFlag, Side};
use protocol::{ClOrdId, Price};

use super::{Market, View};
use crate::command::{Bust, BustParty, Command, Enter, OrderKey, OrderPrice, Replace};
use crate::cross::price::Imbalance;
use crate::event::{Event, Outcome, Party, Prevented, Replaced};

impl Market {
    /// Tells what the last command did, as `view` sees it.
    pub(super) fn answer(&mut self, command: &Command<'_>, view: View) -> String {
        self.learn_names(command);
        let events = self.applied.events.iter();
        let trades = events.filter_map(|(_, event)| self.bust(event));
        self.trades.extend(trades.collect::<Vec<Bust>>());
        let events = self.applied.events.iter().map(|(_, event)| event);
        let outcomes = self.applied.outcomes.iter();
        let mut said: Vec<String> = match view {
            View::Trader => events.filter_map(|event| self.to_traders(command, event)).collect(),
            View::Feed => events.filter_map(|event| self.on_the_feed(event)).collect(),
            View::Exposure => outcomes.clone().filter_map(exposure).collect(),
        };
        if view == View::Trader {
            said.extend(self.waiting(command));
            said.extend(self.completion(command));
            said.extend(outcomes.filter_map(|outcome| match outcome {
                Outcome::NumberNotTaken { key, .. } => {
                    Some(format!("{} is not taken", self.name(*key)))
                }
                Outcome::Released { .. } | Outcome::OrderGone { .. } => None,
            }));
        }
        if said.is_empty() { "nothing".to_owned() } else { said.join("; ") }
    }

    fn learn_names(&mut self, command: &Command<'_>) {
        for (_, event) in &self.applied.events {
            if let Event::Accepted { key, order_reference }
            | Event::Restated { key, order_reference, .. }
            | Event::Replaced(Replaced { key, order_reference, .. }) = event
            {
                self.names.insert(*order_reference, self.name(*key).to_owned());
                if let Command::Enter(Enter { price, .. })
                | Command::Replace(Replace { price, .. }) = command
                {
                    self.limits.insert(*order_reference, *price);
                }
            }
        }
    }

    /// The command that breaks a trade.
    fn bust(&self, event: &Event) -> Option<Bust> {
        let (buyer, seller, aggressor_side) = match event {
            Event::Executed { resting, aggressor, .. } if aggressor.side.is_buy() => {
                (*aggressor, *resting, b'B')
            }
            Event::Executed { resting, aggressor, .. } => (*resting, *aggressor, b'S'),
            Event::Crossed { buyer, seller, .. } => (buyer.party(), seller.party(), b' '),
            _ => return None,
        };
        let (&Event::Executed { quantity, price, match_number, .. }
        | &Event::Crossed { quantity, price, match_number, .. }) = event
        else {
            unreachable!("anything else is no trade");
        };
        let party = |party: Party| BustParty {
            key: party.key,
            order_reference: party.order_reference,
            side: party.side,
            cl_ord_id: ClOrdId::BLANK,
            counted: match self.limits[&party.order_reference] {
                OrderPrice::Limit(limit) => limit.min(price),
                OrderPrice::Market { .. } => price,
            },
        };
        Some(Bust {
            match_number,
            reason: BrokenTradeReason::ClearlyErroneous,
            quantity,
            price,
            aggressor_side,
            buyer: party(buyer),
            seller: party(seller),
        })
    }

    fn to_traders(&self, command: &Command<'_>, event: &Event) -> Option<String> {
        Some(match *event {
            Event::Added { order_reference, shares, .. }
            | Event::AddedHidden { order_reference, shares }
            | Event::BookReplaced { order_reference, shares, .. } => {
                let name = &self.names[&order_reference];
                match command {
                    Command::Enter(enter) if enter.quantity == shares => format!("{name} rests"),
                    _ => format!("{name} rests {shares}"),
                }
            }
            Event::Executed { resting, quantity, price, .. } => {
                format!("{} fills {quantity} @ {}", self.name(resting.key), written(price))
            }
            Event::Crossed { buyer, seller, quantity, price, .. } => format!(
                "{} buys {quantity} @ {} from {}",
                self.name(buyer.key),
                written(price),
                self.name(seller.key)
            ),
            Event::Canceled { key, quantity, reason } => {
                format!("{} loses {quantity} ({})", self.name(key), cause(reason))
            }
            Event::Prevented(Prevented { key, lost, prevented, price, .. }) => {
                let price = written(price);
                format!("{} loses {lost} (self-match of {prevented} @ {price})", self.name(key))
            }
            Event::Restated { key, shares, .. } => format!("{} shows {shares}", self.name(key)),
            Event::Rejected { key, reason, .. } => {
                format!("{} is rejected: {}", self.name(key), reason.text())
            }
            Event::Replaced(Replaced { key, original_user_ref_num, quantity, .. }) => {
                let original = OrderKey { user_ref_num: original_user_ref_num, ..key };
                format!("{} replaces {} with {quantity}", self.name(key), self.name(original))
            }
            Event::Broken { match_number } => {
                format!("trade {} is broken", match_number >> u16::BITS)
            }
            Event::Modified { key, side, quantity } => {
                format!("{} is {} {quantity}", self.name(key), side_word(side))
            }
            _ => return None,
        })
    }

    /// An order that waits for a cross says nothing but that it was taken.
    fn waiting(&self, command: &Command<'_>) -> Option<String> {
        let taken = |event: &Event| match event {
            Event::Accepted { key, .. } => Some(*key),
            _ => None,
        };
        let key = self.applied.events.iter().find_map(|(_, event)| taken(event))?;
        matches!(command, Command::Enter(enter) if enter.auction.waits())
            .then(|| format!("{} waits", self.name(key)))
    }

    /// An aggressor all of whose shares traded is done.
    fn completion(&self, command: &Command<'_>) -> Option<String> {
        let (key, mut open) =
            self.applied.events.iter().find_map(|(_, event)| match (command, event) {
                (Command::Enter(enter), Event::Accepted { key, .. }) => {
                    Some((*key, enter.quantity))
                }
                (_, Event::Replaced(replaced)) => Some((replaced.key, replaced.quantity)),
                _ => None,
            })?;
        for (_, event) in &self.applied.events {
            if let Event::Executed { aggressor, quantity, .. } = event {
                assert_eq!(aggressor.key, key, "the order that came is the aggressor");
                open -= quantity;
            }
        }
        (open == 0).then(|| format!("{} done", self.name(key)))
    }

    fn on_the_feed(&self, event: &Event) -> Option<String> {
        let name = |reference: &u64| &self.names[reference];
        Some(match event {
            Event::Added { order_reference, side, shares, price, attribution } => {
                let firm = attribution.map_or(String::new(), |firm| format!(" by {firm}"));
                format!(
                    "add {} {} {shares} @ {}{firm}",
                    name(order_reference),
                    side_word(*side),
                    written(*price)
                )
            }
            Event::Executed {
                quantity,
                price,
                added: LiquidityFlag::AddedNonDisplayed | LiquidityFlag::AddedNonDisplayedReserve,
                ..
            } => {
                format!("trade {quantity} @ {}", written(*price))
            }
            Event::Executed { resting, quantity, .. } => {
                format!("execute {} {quantity}", name(&resting.order_reference))
            }
            Event::Crossed { buyer, seller, quantity, price, .. } => {
                let shown = [buyer, seller].into_iter().filter(|party| party.shown);
                let executed: Vec<String> = shown
                    .map(|party| {
                        let name = name(&party.order_reference);
                        format!("execute {name} {quantity} @ {} in the cross", written(*price))
                    })
                    .collect();
                return (!executed.is_empty()).then(|| executed.join("; "));
            }
            Event::CrossDone { cross_type, shares, price, .. } => {
                format!("{cross_type:?} cross {shares} @ {}", written(*price)).to_lowercase()
            }
            Event::NetImbalance { paired, imbalance, far, near, reference, .. } => {
                let [far, near, reference] = [far, near, reference].map(|price| written(*price));
                let left = match imbalance {
                    Imbalance::None => "none".to_owned(),
                    Imbalance::Buy(shares) => format!("buy {shares}"),
                    Imbalance::Sell(shares) => format!("sell {shares}"),
                };
                format!("paired {paired}, imbalance {left}, far {far}, near {near} at {reference}")
            }
            Event::Reduced { order_reference, shares } => {
                format!("reduce {} by {shares}", name(order_reference))
            }
            Event::Deleted { order_reference } => format!("delete {}", name(order_reference)),
            Event::BookReplaced { original_order_reference, order_reference, shares, price } => {
                let (original, name) = (name(original_order_reference), name(order_reference));
                format!("replace {original} by {name} {shares} @ {}", written(*price))
            }
            Event::TradingAction { state, .. } => format!("{state:?}").to_lowercase(),
            Event::Broken { match_number } => format!("break {}", match_number >> u16::BITS),
            _ => return None,
        })
    }

    fn name(&self, key: OrderKey) -> &str {
        let mut names = self.keys.iter().filter(|(_, named)| **named == key).map(|(name, _)| name);
        names.next().expect("every order of a script has a name")
    }
}

fn exposure(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Released { port, notional } => {
            let steps = u32::try_from(*notional).expect("scripts trade in small sums");
            Some(format!("port {} gets back {}", port.0, written(Price::new(steps))))
        }
        Outcome::NumberNotTaken { .. } | Outcome::OrderGone { .. } => None,
    }
}

/// Cents, unless a price has more decimals.
fn written(price: Price) -> String {
    let text = price.to_string();
    text.strip_suffix("00").map_or(text.clone(), str::to_owned)
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
        Side::SellShort => "short",
        Side::SellShortExempt => "exempt",
    }
}

fn cause(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::ImmediateOrCancel => "ioc",
        CancelReason::MarketCollars => "collar",
        CancelReason::UserRequested => "user",
        CancelReason::TimeInForce => "close",
        CancelReason::System => "system",
        CancelReason::Supervisory => "supervisory",
        CancelReason::PostOnlyContra => "post-only",
        CancelReason::SelfMatch => "self-match",
        CancelReason::Halted => "halted",
        other => panic!("{other:?} is no reason of this version"),
    }
}
