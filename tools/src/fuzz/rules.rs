//! The rules that findings are about: what is expected of any venue, and where that is written.

/// A rule that a venue can break; `docs/fuzzing.md`, "What is checked", has them all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    VenueGone,
    LoginRefused,
    WrongStart,
    ResumeDiffers,
    BeforeLogin,
    SecondLoginAnswer,
    SecondSession,
    Impostor,
    NotClosed,
    ClosedWithoutCause,
    NotRead,
    SessionEnded,
    Malformed,
    NoAnswer,
    Unasked,
    Unanswered,
    AnsweredTwice,
    NextNumber,
    DeadOrder,
    EntryDisabled,
    WrongEcho,
    IllegalCode,
    IllegalPrice,
    IllegalQuantity,
    IllegalSide,
    WrongQuantity,
    LivesLonger,
    PriceWorse,
    Overfilled,
    ImmediateRests,
    MassCancelLeft,
    BystanderCanceled,
    TimeGoesBack,
    ReferenceTwice,
    MatchThrice,
    SidesDiffer,
    OneSided,
    UnknownMatch,
    FeedLost,
    FeedMalformed,
    FeedCrossed,
    FeedDiffers,
}

impl Rule {
    /// As findings and scripts call it.
    pub(super) fn name(self) -> &'static str {
        self.facts().name
    }

    /// What would have been right.
    pub(super) fn expected(self) -> &'static str {
        self.facts().expected
    }

    /// The page where the rule is written, and the part of it.
    pub(super) fn source(self) -> &'static str {
        self.facts().source
    }

    fn facts(self) -> &'static Facts {
        FACTS.iter().find(|facts| facts.rule == self).expect("every rule has its facts")
    }
}

struct Facts {
    rule: Rule,
    name: &'static str,
    source: &'static str,
    expected: &'static str,
}

const CONNECTION: &str = "docs/protocols/soupbintcp.md, A connection";
const READINGS: &str = "docs/protocols/soupbintcp.md, Readings";
const PRICES: &str = "docs/protocols/ouch.md, Prices";
const NUMBERS: &str = "docs/protocols/ouch.md, UserRefNum";
const QUANTITIES: &str = "docs/protocols/ouch.md, Quantities";
const INBOUND: &str = "docs/protocols/ouch.md, Inbound messages";
const OUTBOUND: &str = "docs/protocols/ouch.md, Outbound messages";
const CODES: &str = "docs/protocols/ouch.md, Codes";
const REASONS: &str = "docs/protocols/ouch.md, Cancel reasons";
const READING: &str = "docs/protocols/ouch.md, Our reading";
const FEED: &str = "docs/protocols/itch.md, Reading the book";

/// In the order of [`Rule`].
const FACTS: [Facts; Rule::FeedDiffers as usize + 1] = [
    facts(
        Rule::VenueGone,
        "venue-gone",
        CONNECTION,
        "the venue lives: it takes a connection at any time",
    ),
    facts(
        Rule::LoginRefused,
        "login-refused",
        CONNECTION,
        "an account with its password is let in, from any message of the day up to the next",
    ),
    facts(
        Rule::WrongStart,
        "wrong-start",
        READINGS,
        "a login starts at the number asked for, number 0 at the last message, and none beyond the next",
    ),
    facts(
        Rule::ResumeDiffers,
        "resume-differs",
        CONNECTION,
        "a message that comes again is byte for byte what it was under its number",
    ),
    facts(
        Rule::BeforeLogin,
        "before-login",
        CONNECTION,
        "only Debug packets come before the answer to a login",
    ),
    facts(Rule::SecondLoginAnswer, "second-login-answer", CONNECTION, "a login is answered once"),
    facts(
        Rule::SecondSession,
        "second-session",
        READINGS,
        "an account that is logged in is not let in a second time",
    ),
    facts(Rule::Impostor, "impostor", CONNECTION, "a wrong password is not let in"),
    facts(
        Rule::NotClosed,
        "not-closed",
        READINGS,
        "the connection ends after a logout, a refused login, a violation, or when the client has gone",
    ),
    facts(
        Rule::ClosedWithoutCause,
        "closed-without-cause",
        CONNECTION,
        "the connection of a client that breaks no rule stays open",
    ),
    facts(Rule::NotRead, "not-read", CONNECTION, "the venue reads what it is sent"),
    facts(
        Rule::SessionEnded,
        "session-ended",
        CONNECTION,
        "the day of the venue does not end while it is fuzzed",
    ),
    facts(
        Rule::Malformed,
        "malformed",
        OUTBOUND,
        "every packet and every message has the type, length and layout that its table gives",
    ),
    facts(Rule::NoAnswer, "no-answer", INBOUND, "every request that has an answer gets it in time"),
    facts(
        Rule::Unasked,
        "unasked",
        INBOUND,
        "an answer goes to the account that asked, once, and says what was asked",
    ),
    facts(
        Rule::Unanswered,
        "unanswered",
        INBOUND,
        "a request that has an answer gets it before any later request has its own",
    ),
    facts(
        Rule::AnsweredTwice,
        "answered-twice",
        NUMBERS,
        "a number that is not above the last one of its channel gets no answer",
    ),
    facts(
        Rule::NextNumber,
        "next-number",
        NUMBERS,
        "Account Query tells the last number used up and one more",
    ),
    facts(
        Rule::DeadOrder,
        "dead-order",
        INBOUND,
        "nothing is said of an order that has ended or never was",
    ),
    facts(
        Rule::EntryDisabled,
        "entry-disabled",
        READING,
        "while entry is disabled, Enter and Replace are rejected",
    ),
    facts(
        Rule::WrongEcho,
        "wrong-echo",
        OUTBOUND,
        "an answer repeats the names, side, symbol and cross type of the request",
    ),
    facts(Rule::IllegalCode, "illegal-code", CODES, "a field has one of the codes of its table"),
    facts(
        Rule::IllegalPrice,
        "illegal-price",
        PRICES,
        "a price is a limit or one of the two codes for a market order, an execution is at a limit",
    ),
    facts(
        Rule::IllegalQuantity,
        "illegal-quantity",
        QUANTITIES,
        "a message is about 1 to 999,999 shares, and none accepts more than were entered",
    ),
    facts(
        Rule::IllegalSide,
        "illegal-side",
        INBOUND,
        "Modify changes a side only among S, T and E",
    ),
    facts(
        Rule::WrongQuantity,
        "wrong-quantity",
        QUANTITIES,
        "a Replace leaves its quantity less what the chain has used, a Cancel or Modify the new size less that, and Canceled tells the shares taken off",
    ),
    facts(
        Rule::LivesLonger,
        "lives-longer",
        OUTBOUND,
        "a time in force is never longer than the one entered",
    ),
    facts(
        Rule::PriceWorse,
        "price-worse",
        OUTBOUND,
        "no price, of an answer or of an execution, is worse for the order than its limit",
    ),
    facts(
        Rule::Overfilled,
        "overfilled",
        QUANTITIES,
        "an order executes no more shares than it has open",
    ),
    facts(
        Rule::ImmediateRests,
        "immediate-rests",
        REASONS,
        "what an immediate-or-cancel order does not trade at once is canceled at once",
    ),
    facts(
        Rule::MassCancelLeft,
        "mass-cancel-left",
        INBOUND,
        "a mass cancel cancels every order that it names before the next request is answered",
    ),
    facts(
        Rule::BystanderCanceled,
        "bystander-canceled",
        REASONS,
        "the venue cancels nothing of an account that did nothing wrong",
    ),
    facts(
        Rule::TimeGoesBack,
        "time-goes-back",
        OUTBOUND,
        "a stream tells things in the order in which they happened",
    ),
    facts(
        Rule::ReferenceTwice,
        "reference-twice",
        OUTBOUND,
        "an order reference number is given once a day",
    ),
    facts(
        Rule::MatchThrice,
        "match-thrice",
        OUTBOUND,
        "a match number is told to two sides and no third",
    ),
    facts(
        Rule::SidesDiffer,
        "sides-differ",
        OUTBOUND,
        "both sides of an execution are told the same shares, price and symbol, one bought and one sold",
    ),
    facts(Rule::OneSided, "one-sided", OUTBOUND, "an execution is told to both its sides"),
    facts(
        Rule::UnknownMatch,
        "unknown-match",
        OUTBOUND,
        "only an execution that was told can be broken",
    ),
    facts(
        Rule::FeedLost,
        "feed-lost",
        FEED,
        "the feed brings every message, or gives it again when asked",
    ),
    facts(
        Rule::FeedMalformed,
        "feed-malformed",
        FEED,
        "every message of the feed has the layout of its type and fits the book before it",
    ),
    facts(
        Rule::FeedCrossed,
        "feed-crossed",
        FEED,
        "in an instrument that trades, the best displayed bid is below the best displayed offer",
    ),
    facts(
        Rule::FeedDiffers,
        "feed-differs",
        FEED,
        "the feed shows every displayed order and every execution as the accounts were told of it",
    ),
];

const fn facts(
    rule: Rule,
    name: &'static str,
    source: &'static str,
    expected: &'static str,
) -> Facts {
    Facts { rule, name, source, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that lists the rules.
    const PAGE: &str = include_str!("../../../docs/fuzzing.md");

    #[test]
    fn every_rule_has_its_own_facts() {
        for (place, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.rule as usize, place, "{}", facts.name);
        }
    }

    #[test]
    fn every_rule_is_in_the_documentation() {
        for facts in &FACTS {
            let line = format!("| `{}` | {} |", facts.name, facts.expected);
            assert!(PAGE.contains(&line), "docs/fuzzing.md has no line {line}");
        }
    }

    #[test]
    fn every_source_is_a_part_of_its_page() {
        let pages = [
            ("docs/protocols/soupbintcp.md", include_str!("../../../docs/protocols/soupbintcp.md")),
            ("docs/protocols/ouch.md", include_str!("../../../docs/protocols/ouch.md")),
            ("docs/protocols/itch.md", include_str!("../../../docs/protocols/itch.md")),
        ];
        for facts in &FACTS {
            let (page, part) = facts.source.split_once(", ").expect("a page and a part of it");
            let (_, text) = pages.iter().find(|(name, _)| *name == page).expect("a page");
            assert!(
                text.lines().any(|line| line.trim_start_matches('#').trim() == part),
                "{}",
                facts.source
            );
        }
    }
}
