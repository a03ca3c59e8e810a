//! Requests as they go over the wire: a packet with its message, written in one go.
//!
//! What never changes is laid out once; a request is a copy of it with a few fields set.

use protocol::ouch::inbound::{CancelOrder, EnterOrder};
use protocol::{ClOrdId, Symbol};
use zerocopy::byteorder::big_endian::{U16, U32, U64};
use zerocopy::{Immutable, IntoBytes, Unaligned};

use super::flow::Terms;

/// An Unsequenced Data packet.
#[derive(Clone, Copy, Debug, Immutable, IntoBytes, Unaligned)]
#[repr(C)]
struct Packet<M> {
    /// Of all that follows.
    length: U16,
    packet_type: u8,
    message: M,
}

/// An Enter Order with its empty appendage.
#[derive(Clone, Copy, Debug, Immutable, IntoBytes, Unaligned)]
#[repr(C)]
struct Enter {
    order: EnterOrder,
    appendage_length: U16,
}

const ENTER: Packet<Enter> = Packet {
    length: U16::new(48),
    packet_type: b'U',
    message: Enter {
        order: EnterOrder {
            message_type: EnterOrder::TYPE,
            user_ref_num: U32::ZERO,
            side: b'B',
            quantity: U32::ZERO,
            symbol: Symbol::BLANK,
            price: U64::ZERO,
            time_in_force: b'0',
            display: b'Y',
            capacity: b'P',
            intermarket_sweep_eligibility: b'N',
            cross_type: b'N',
            cl_ord_id: ClOrdId::BLANK,
        },
        appendage_length: U16::ZERO,
    },
};

const CANCEL: Packet<CancelOrder> = Packet {
    length: U16::new(10),
    packet_type: b'U',
    message: CancelOrder {
        message_type: CancelOrder::TYPE,
        user_ref_num: U32::ZERO,
        quantity: U32::ZERO,
    },
};

const _: () = assert!(size_of::<Packet<Enter>>() == 2 + 48);
const _: () = assert!(size_of::<Packet<CancelOrder>>() == 2 + 10);

/// Appends the entry of an order that rests, or takes what is there at once.
pub(super) fn enter(number: u32, terms: &Terms, rests: bool, output: &mut Vec<u8>) {
    let mut packet = ENTER;
    let order = &mut packet.message.order;
    order.user_ref_num.set(number);
    order.side = if terms.is_buy { b'B' } else { b'S' };
    order.quantity.set(u32::from(terms.quantity));
    order.symbol = terms.symbol;
    order.price.set(u64::from(terms.price));
    order.time_in_force = if rests { b'0' } else { b'3' };
    output.extend_from_slice(packet.as_bytes());
}

/// Appends the cancel of a whole order.
pub(super) fn cancel(number: u32, output: &mut Vec<u8>) {
    let mut packet = CANCEL;
    packet.message.user_ref_num.set(number);
    output.extend_from_slice(packet.as_bytes());
}

#[cfg(test)]
mod tests {
    use protocol::ouch::Inbound;
    use protocol::soupbintcp::ClientPacket;

    use super::*;

    /// The one message of the one packet that these bytes are.
    fn message(bytes: &[u8]) -> Inbound<'_> {
        let packet = ClientPacket::decode(bytes).expect("a packet").expect("a whole one");
        let (ClientPacket::Unsequenced(message), length) = packet else { panic!("{packet:?}") };
        assert_eq!(length, bytes.len());
        Inbound::decode(message).expect("a message")
    }

    #[test]
    fn an_entry_says_what_was_meant() {
        let symbol = Symbol(*b"AAPL    ");
        for (is_buy, rests) in [(true, true), (false, false)] {
            let terms = Terms { is_buy, quantity: 700, symbol, price: 1_010_000 };
            let mut bytes = Vec::new();
            enter(77, &terms, rests, &mut bytes);
            let Inbound::EnterOrder(order, appendage) = message(&bytes) else {
                panic!("{bytes:?}")
            };
            assert_eq!((order.user_ref_num.get(), order.quantity.get()), (77, 700));
            assert_eq!((order.symbol, order.price.get()), (symbol, 1_010_000));
            assert_eq!(order.side, if is_buy { b'B' } else { b'S' });
            assert_eq!(order.time_in_force, if rests { b'0' } else { b'3' });
            assert_eq!(appendage, protocol::ouch::Appendage::EMPTY);
        }
    }

    #[test]
    fn a_cancel_takes_the_whole_order() {
        let mut bytes = Vec::new();
        cancel(78, &mut bytes);
        let Inbound::CancelOrder(cancel, _) = message(&bytes) else { panic!("{bytes:?}") };
        assert_eq!((cancel.user_ref_num.get(), cancel.quantity.get()), (78, 0));
    }
}
