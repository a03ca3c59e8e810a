//! OUCH samples, each a whole message with its appendage.

use openbell_protocol::ouch::{
    self, Appendage, AppendageError, Attributes, Inbound, Outbound, Tag,
};
use serde_json::{Map, Value, json};
use zerocopy::{Immutable, IntoBytes};

use crate::Reading;
use crate::field::fields;

pub(crate) fn read_inbound(bytes: &[u8]) -> Reading {
    let attributes = |appendage| Attributes::parse_inbound(bytes[0], appendage);
    match Inbound::decode(bytes).expect("the sample is a message of a client") {
        Inbound::EnterOrder(m, appendage) => {
            let mut shown = fields!(m, user_ref_num, side, quantity, symbol, price, time_in_force);
            shown.append(&mut fields!(m, display, capacity, intermarket_sweep_eligibility));
            shown.append(&mut fields!(m, cross_type, cl_ord_id));
            reading(shown, m, appendage, attributes(appendage), bytes)
        }
        Inbound::CancelOrder(m, appendage) => {
            let shown = fields!(m, user_ref_num, quantity);
            reading(shown, m, appendage, attributes(appendage), bytes)
        }
        other => panic!("no sample was known of {other:?}"),
    }
}

pub(crate) fn read_outbound(bytes: &[u8]) -> Reading {
    let attributes = |appendage| Attributes::parse_outbound(bytes[0], appendage);
    match Outbound::decode(bytes).expect("the sample is a message of a host") {
        Outbound::OrderAccepted(m, appendage) => {
            let mut shown = fields!(m, timestamp, user_ref_num, side, quantity, symbol, price);
            shown.append(&mut fields!(m, time_in_force, display, order_reference_number));
            shown.append(&mut fields!(m, capacity, intermarket_sweep_eligibility, cross_type));
            shown.append(&mut fields!(m, order_state, cl_ord_id));
            reading(shown, m, appendage, attributes(appendage), bytes)
        }
        Outbound::OrderCanceled(m, appendage) => {
            let shown = fields!(m, timestamp, user_ref_num, quantity, reason);
            reading(shown, m, appendage, attributes(appendage), bytes)
        }
        other => panic!("no sample was known of {other:?}"),
    }
}

/// Adds type and appendage to the fields, and writes the message from its parts.
fn reading<M: Immutable + IntoBytes>(
    mut shown: Map<String, Value>,
    fixed: &M,
    appendage: Appendage<'_>,
    attributes: Result<Attributes, AppendageError>,
    bytes: &[u8],
) -> Reading {
    let length_is_given = size_of::<M>() < bytes.len();
    let length = length_is_given.then_some(appendage.bytes().len());
    shown.insert("type".into(), json!(char::from(bytes[0]).to_string()));
    shown.insert("appendage_length".into(), json!(length));
    shown.insert("appendage".into(), elements(appendage));

    let mut written = Vec::new();
    attributes.expect("the attributes are allowed on the message").encode(&mut written);
    let mut encoded = Vec::new();
    ouch::encode(fixed, length_is_given.then_some(&written), &mut encoded);
    (shown.into(), encoded)
}

fn elements(appendage: Appendage<'_>) -> Value {
    let show = |element: Result<ouch::appendage::Element<'_>, _>| {
        let element = element.expect("every element is whole");
        let name = match element.tag {
            Tag::Firm => "Firm",
            Tag::BboWeightIndicator => "BBOWeightIndicator",
            other => panic!("no sample was known of {other:?}"),
        };
        let value = str::from_utf8(element.value).expect("these attributes are text");
        json!({ "tag": element.tag as u8, "name": name, "value": value })
    };
    appendage.elements().map(show).collect()
}
