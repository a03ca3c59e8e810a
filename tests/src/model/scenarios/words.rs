//! Messages in words.

use protocol::itch::Message;
use protocol::ouch::outbound::{AiqCanceled, BrokenTrade};
use protocol::ouch::{Appendage, Outbound};

/// Bytes of each answer before `appendage_length`: `docs/protocols/ouch.md`, "Outbound messages".
const FIXED_LENGTHS: [(u8, usize); 13] = [
    (b'R', 14),
    (b'D', 32),
    (b'A', 62),
    (b'U', 66),
    (b'C', 18),
    (b'E', 34),
    (b'J', 29),
    (b'M', 18),
    (b'X', 25),
    (b'G', 17),
    (b'K', 17),
    (b'Q', 13),
    (b'B', 36),
];

/// Says what matters of a message to a port.
pub(super) fn answer(message: &[u8]) -> String {
    let fixed = match Outbound::decode(message).expect("the model sends whole messages") {
        Outbound::SystemEvent(m) => return format!("S {}", char::from(m.event_code)),
        Outbound::OrderAccepted(m, tags) => (
            format!(
                "A {} {} {} @ {} ref {} {}",
                m.user_ref_num,
                char::from(m.side),
                m.quantity,
                dollars(m.price.get()),
                dotted(m.order_reference_number.get()),
                char::from(m.order_state),
            ),
            tags,
        ),
        Outbound::OrderReplaced(m, tags) => (
            format!(
                "U {}>{} {} {} @ {} ref {} {}",
                m.orig_user_ref_num,
                m.user_ref_num,
                char::from(m.side),
                m.quantity,
                dollars(m.price.get()),
                dotted(m.order_reference_number.get()),
                char::from(m.order_state),
            ),
            tags,
        ),
        Outbound::OrderCanceled(m, tags) => {
            (format!("C {} {} {}", m.user_ref_num, m.quantity, char::from(m.reason)), tags)
        }
        Outbound::AiqCanceled(m, tags) => (prevented(m), tags),
        Outbound::OrderRestated(m, tags) => {
            (format!("R {} {}", m.user_ref_num, char::from(m.reason)), tags)
        }
        Outbound::OrderExecuted(m, tags) => (
            format!(
                "E {} {} @ {} {} match {}",
                m.user_ref_num,
                m.quantity,
                dollars(m.price.get()),
                char::from(m.liquidity_flag),
                dotted(m.match_number.get()),
            ),
            tags,
        ),
        Outbound::Rejected(m, tags) => (
            format!("J {} {:#06x} {:?}", m.user_ref_num, m.reason.get(), m.cl_ord_id.as_str()),
            tags,
        ),
        Outbound::OrderModified(m, tags) => {
            (format!("M {} {} {}", m.user_ref_num, char::from(m.side), m.quantity), tags)
        }
        Outbound::MassCancelResponse(m, tags) => {
            (format!("X {} {} {}", m.user_ref_num, m.firm, m.symbol), tags)
        }
        Outbound::DisableOrderEntryResponse(m, tags) => {
            (format!("G {} {}", m.user_ref_num, m.firm), tags)
        }
        Outbound::EnableOrderEntryResponse(m, tags) => {
            (format!("K {} {}", m.user_ref_num, m.firm), tags)
        }
        Outbound::AccountQueryResponse(m, tags) => (format!("Q {}", m.next_user_ref_num), tags),
        Outbound::BrokenTrade(m, tags) => (broken(m), tags),
        other => panic!("this version does not send {other:?}"),
    };
    with_appendage(message, fixed)
}

fn prevented(message: &AiqCanceled) -> String {
    format!(
        "D {} {} of {} @ {} {} {}",
        message.user_ref_num,
        message.decrement_shares,
        message.quantity_prevented_from_trading,
        dollars(message.execution_price.get()),
        char::from(message.liquidity_flag),
        char::from(message.aiq_strategy),
    )
}

fn broken(message: &BrokenTrade) -> String {
    format!(
        "B {} match {} {} {:?}",
        message.user_ref_num,
        dotted(message.match_number.get()),
        char::from(message.reason),
        message.cl_ord_id.as_str(),
    )
}

/// Says what matters of a message of the feed.
pub(super) fn print(message: &[u8]) -> String {
    match Message::decode(message).expect("the model prints whole messages") {
        Message::SystemEvent(m) => format!("S {}", char::from(m.event_code)),
        Message::StockDirectory(m) => format!("R {} {}", m.stock_locate, m.stock),
        Message::StockTradingAction(m) => {
            let reason = String::from_utf8_lossy(&m.reason);
            format!("H {} {} {reason:?}", m.stock, char::from(m.trading_state))
        }
        Message::RegShoRestriction(m) => format!("Y {} {}", m.stock, char::from(m.reg_sho_action)),
        Message::AddOrder(m) => format!(
            "A {} {} {} {} @ {}",
            dotted(m.order_reference_number.get()),
            char::from(m.buy_sell_indicator),
            m.shares,
            m.stock,
            dollars(m.price.get().into()),
        ),
        Message::AddOrderMpid(m) => format!(
            "F {} {} {} {} @ {} {}",
            dotted(m.order_reference_number.get()),
            char::from(m.buy_sell_indicator),
            m.shares,
            m.stock,
            dollars(m.price.get().into()),
            m.attribution,
        ),
        Message::OrderExecuted(m) => format!(
            "E {} {} match {}",
            dotted(m.order_reference_number.get()),
            m.executed_shares,
            dotted(m.match_number.get()),
        ),
        Message::Trade(m) => format!(
            "P {} {} @ {} match {}",
            m.shares,
            m.stock,
            dollars(m.price.get().into()),
            dotted(m.match_number.get()),
        ),
        Message::OrderCancel(m) => {
            format!("X {} {}", dotted(m.order_reference_number.get()), m.canceled_shares)
        }
        Message::OrderDelete(m) => format!("D {}", dotted(m.order_reference_number.get())),
        Message::OrderReplace(m) => format!(
            "U {}>{} {} @ {}",
            dotted(m.original_order_reference_number.get()),
            dotted(m.new_order_reference_number.get()),
            m.shares,
            dollars(m.price.get().into()),
        ),
        Message::BrokenTrade(m) => format!("B {}", dotted(m.match_number.get())),
        other => panic!("this version does not print {other:?}"),
    }
}

/// Writes the appendage, if the message goes on after its fixed part.
fn with_appendage(message: &[u8], (mut text, tags): (String, Appendage<'_>)) -> String {
    let (_, fixed) = FIXED_LENGTHS
        .into_iter()
        .find(|(message_type, _)| *message_type == message[0])
        .expect("the type was listed above");
    if fixed < message.len() {
        let hex: Vec<String> = tags.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!(" [{}]", hex.concat()));
    }
    text
}

fn dotted(number: u64) -> String {
    format!("{}.{}", number & 0xFFFF, number >> 16)
}

fn dollars(price: u64) -> String {
    format!("{}.{:04}", price / 10_000, price % 10_000)
}
