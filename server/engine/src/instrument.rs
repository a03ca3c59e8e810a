//! One instrument: its definition, its trading state, its counters and its book.

use std::collections::{BTreeMap, BTreeSet};

use protocol::Price;
use protocol::enums::TradingState;

use crate::book::Book;
use crate::command::{Locate, Phase, SymbolDefined};
use crate::digest::Digest;
use crate::repetition;

/// The state of one instrument.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) definition: SymbolDefined,
    /// False once the symbol was removed; its counters stay, so that no number is given twice in a day.
    pub(crate) listed: bool,
    pub(crate) state: TradingState,
    pub(crate) phase: Phase,
    /// The Reg SHO state, as its ITCH code.
    pub(crate) short_sale_action: u8,
    pub(crate) book: Book,
    /// The price of the last execution of the day, [`Price::ZERO`] before the first.
    pub(crate) last_sale: Price,
    /// What ports have lately done, as far as a limit looks at it.
    pub(crate) lately: repetition::Ports,
    pub(crate) references: References,
    match_numbers: u64,
    /// Match numbers of the trades that the operator broke.
    broken: BTreeSet<u64>,
    /// What sellers at market were charged for a share in crosses where they got more, by match number: a bust gives back
    /// no more.
    charged: BTreeMap<u64, Price>,
}

/// The order references of one instrument: `n << 16 | locate`, n from 1.
#[derive(Debug)]
pub(crate) struct References {
    locate: Locate,
    last: u64,
}

impl References {
    /// Takes the next one.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.locate.number(self.last)
    }
}

impl Instrument {
    /// Lists a symbol: its book is empty, and nothing trades before it is said.
    pub(crate) fn new(definition: SymbolDefined) -> Self {
        Self {
            definition,
            listed: true,
            state: TradingState::Halted,
            phase: Phase::Continuous,
            short_sale_action: b'0',
            book: Book::new(),
            last_sale: Price::ZERO,
            lately: repetition::Ports::new(),
            references: References { locate: definition.locate, last: 0 },
            match_numbers: 0,
            broken: BTreeSet::new(),
            charged: BTreeMap::new(),
        }
    }

    pub(crate) fn locate(&self) -> Locate {
        self.definition.locate
    }

    /// What a price is measured by: the last sale of the day, else the close of the day before.
    pub(crate) fn reference(&self) -> Option<Price> {
        [self.last_sale, self.definition.previous_close]
            .into_iter()
            .find(|price| *price != Price::ZERO)
    }

    pub(crate) fn is_trading(&self) -> bool {
        self.state == TradingState::Trading
    }

    /// Tells whether orders trade as they come.
    pub(crate) fn is_continuous(&self) -> bool {
        self.is_trading() && self.phase == Phase::Continuous
    }

    /// Takes the next order reference: `n << 16 | locate`, n from 1.
    pub(crate) fn next_order_reference(&mut self) -> u64 {
        self.references.next()
    }

    /// Takes the next match number: `n << 16 | locate`, n from 1.
    pub(crate) fn next_match_number(&mut self) -> u64 {
        self.match_numbers += 1;
        self.locate().number(self.match_numbers)
    }

    /// Notes that a trade is broken; false when there is no such trade, or it was broken before.
    pub(crate) fn break_trade(&mut self, match_number: u64) -> bool {
        let was_made = (1..=self.match_numbers).contains(&Locate::counter_of(match_number));
        was_made && self.broken.insert(match_number)
    }

    /// Notes what a seller was charged for each share of a trade, where that is less than its price.
    pub(crate) fn note_charge(&mut self, match_number: u64, charged: Price) {
        self.charged.insert(match_number, charged);
    }

    /// What the seller of a trade was charged for a share, if that was noted.
    pub(crate) fn charged(&self, match_number: u64) -> Option<Price> {
        self.charged.get(&match_number).copied()
    }

    /// Mixes every field that matters; the open orders are mixed one by one by the matcher.
    pub(crate) fn digest(&self) -> u64 {
        let SymbolDefined {
            locate,
            symbol,
            market_category,
            financial_status_indicator,
            round_lot_size,
            round_lots_only,
            issue_classification,
            issue_sub_type,
            authenticity,
            short_sale_threshold_indicator,
            ipo_flag,
            luld_reference_price_tier,
            etp_flag,
            etp_leverage_factor,
            inverse_indicator,
            previous_close,
            average_daily_volume,
        } = self.definition;
        let digest = Digest::of(b'I')
            .mix(locate.0)
            .mix(symbol.key())
            .mix(u32::from_be_bytes([
                market_category,
                financial_status_indicator,
                issue_classification,
                authenticity,
            ]))
            .mix(u32::from_be_bytes([
                short_sale_threshold_indicator,
                ipo_flag,
                luld_reference_price_tier,
                etp_flag,
            ]))
            .mix(u16::from_be_bytes(issue_sub_type))
            .mix(round_lot_size)
            .mix(round_lots_only)
            .mix(etp_leverage_factor)
            .mix(inverse_indicator)
            .mix(previous_close.ten_thousandths())
            .mix(average_daily_volume)
            .mix(self.last_sale.ten_thousandths())
            .mix(repetition::digest(&self.lately))
            .mix(self.listed)
            .mix(self.state.code())
            .mix(self.phase as u8)
            .mix(self.short_sale_action)
            .mix(self.references.last)
            .mix(self.match_numbers);
        let digest = self.broken.iter().fold(digest, |digest, broken| digest.mix(*broken));
        let charged = self.charged.iter();
        charged
            .fold(digest, |digest, (trade, price)| digest.mix(*trade).mix(price.ten_thousandths()))
            .value()
    }
}
