//! Golden bytes of the messages about the whole market.

use openbell_protocol::enums::EventCode;
use openbell_protocol::itch::{Message, MwcbDeclineLevel, MwcbStatus, SystemEvent};
use openbell_protocol::time::U48;

use crate::check;

#[test]
fn system_event() {
    let message = SystemEvent {
        message_type: b'S',
        stock_locate: 0.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        event_code: EventCode::StartOfMarketHours.code(),
    };
    check(
        Message::SystemEvent(&message),
        "0   53           message_type S
         1   0000         stock_locate 0
         3   0002         tracking_number 2
         5   1F1ACEDB02F0 timestamp 34200000070384
         11  51           event_code Q",
    );
}

#[test]
fn mwcb_decline_level() {
    let message = MwcbDeclineLevel {
        message_type: b'V',
        stock_locate: 0.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        level_1: 304_426_000_000.into(),
        level_2: 284_785_000_000.into(),
        level_3: 261_872_000_000.into(),
    };
    check(
        Message::MwcbDeclineLevel(&message),
        "0   56               message_type V
         1   0000             stock_locate 0
         3   0002             tracking_number 2
         5   1F1ACEDB02F0     timestamp 34200000070384
         11  00000046E1341E80 level_1 304426000000
         19  000000424E823E40 level_2 284785000000
         27  0000003CF8C99C00 level_3 261872000000",
    );
}

#[test]
fn mwcb_status() {
    let message = MwcbStatus {
        message_type: b'W',
        stock_locate: 0.into(),
        tracking_number: 2.into(),
        timestamp: U48::new(34_200_000_070_384),
        breached_level: b'2',
    };
    check(
        Message::MwcbStatus(&message),
        "0   57           message_type W
         1   0000         stock_locate 0
         3   0002         tracking_number 2
         5   1F1ACEDB02F0 timestamp 34200000070384
         11  32           breached_level 2",
    );
}
