//! A request that waits for its answer, or for the certainty that there is none.

use protocol::ouch::{Appendage, Attributes, Inbound};

/// One message that was sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    bytes: Vec<u8>,
    /// None: the appendage is malformed, and what the venue makes of it is open.
    attributes: Option<Attributes>,
    channel: u8,
    /// The venue may never have read it.
    pub(super) doubtful: bool,
}

impl Request {
    /// Takes a message whose type and lengths are right; others are no request.
    pub(super) fn new(bytes: &[u8], doubtful: bool) -> Option<Self> {
        let message = Inbound::decode(bytes).ok()?;
        let appendage = appendage(&message);
        let attributes = Attributes::parse_inbound(bytes[0], appendage).ok();
        let channel = match &attributes {
            Some(attributes) => attributes.user_ref_idx.unwrap_or(0),
            None => named_channel(appendage),
        };
        Some(Self { bytes: bytes.to_vec(), attributes, channel, doubtful })
    }

    pub(super) fn message(&self) -> Inbound<'_> {
        Inbound::decode(&self.bytes).expect("a request can be decoded")
    }

    pub(super) fn attributes(&self) -> Attributes {
        self.attributes.unwrap_or_default()
    }

    /// Tells whether the appendage is well-formed.
    pub(super) fn is_sound(&self) -> bool {
        self.attributes.is_some()
    }

    /// Tells whether the venue has read it and knows what it says.
    pub(super) fn is_certain(&self) -> bool {
        self.is_sound() && !self.doubtful
    }

    pub(super) fn channel(&self) -> u8 {
        self.channel
    }

    /// Tells whether an answer may carry this channel.
    pub(super) fn is_in(&self, channel: u8) -> bool {
        self.channel == channel || !self.is_sound()
    }

    /// The new number that the request carries.
    pub(super) fn number(&self) -> Option<u32> {
        match self.message() {
            Inbound::EnterOrder(message, _) => Some(message.user_ref_num.get()),
            Inbound::ReplaceOrder(message, _) => Some(message.user_ref_num.get()),
            Inbound::MassCancel(message, _) => Some(message.user_ref_num.get()),
            Inbound::DisableOrderEntry(message, _) => Some(message.user_ref_num.get()),
            Inbound::EnableOrderEntry(message, _) => Some(message.user_ref_num.get()),
            Inbound::CancelOrder(..) | Inbound::ModifyOrder(..) | Inbound::AccountQuery(..) => None,
        }
    }

    /// What a finding calls it.
    pub(super) fn describe(&self) -> String {
        let channel = self.channel;
        match self.message() {
            Inbound::EnterOrder(m, _) => format!("Enter {} of channel {channel}", m.user_ref_num),
            Inbound::ReplaceOrder(m, _) => {
                format!(
                    "Replace {} by {} of channel {channel}",
                    m.orig_user_ref_num, m.user_ref_num
                )
            }
            Inbound::CancelOrder(m, _) => {
                format!("Cancel {} of channel {channel} to {}", m.user_ref_num, m.quantity)
            }
            Inbound::ModifyOrder(m, _) => {
                let side = m.side.escape_ascii();
                format!("Modify {} of channel {channel} to {side} {}", m.user_ref_num, m.quantity)
            }
            Inbound::MassCancel(m, _) => {
                format!("Mass Cancel {} of channel {channel}", m.user_ref_num)
            }
            Inbound::DisableOrderEntry(m, _) => {
                format!("Disable {} of channel {channel}", m.user_ref_num)
            }
            Inbound::EnableOrderEntry(m, _) => {
                format!("Enable {} of channel {channel}", m.user_ref_num)
            }
            Inbound::AccountQuery(..) => format!("Account Query of channel {channel}"),
        }
    }
}

fn appendage<'a>(message: &Inbound<'a>) -> Appendage<'a> {
    match *message {
        Inbound::EnterOrder(_, appendage)
        | Inbound::ReplaceOrder(_, appendage)
        | Inbound::CancelOrder(_, appendage)
        | Inbound::ModifyOrder(_, appendage)
        | Inbound::MassCancel(_, appendage)
        | Inbound::DisableOrderEntry(_, appendage)
        | Inbound::EnableOrderEntry(_, appendage)
        | Inbound::AccountQuery(_, appendage) => appendage,
    }
}

/// The channel that a malformed appendage names first, 0 when it names none.
fn named_channel(appendage: Appendage<'_>) -> u8 {
    appendage
        .elements()
        .map_while(Result::ok)
        .find(|element| element.tag == protocol::ouch::Tag::UserRefIdx && element.value.len() == 1)
        .map_or(0, |element| element.value[0])
}
