//! A venue that is silent at first: it answers nothing until it has heard so many requests, then everything at once.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use protocol::SessionId;
use protocol::ouch::outbound::{AccountQueryResponse, OrderAccepted, OrderCanceled};
use protocol::ouch::{Inbound, encode};
use protocol::soupbintcp::{ClientPacket, LoginAccepted, ServerPacket};
use zerocopy::{FromZeros, Immutable, IntoBytes};

/// Opens the venue for one connection; it ends with that.
pub(super) fn open(heard_first: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        let (socket, _) = listener.accept().expect("somebody connects");
        SilentVenue { socket, heard_first, heard: 0, held: Vec::new(), open: HashMap::new() }
            .serve();
    });
    address
}

struct SilentVenue {
    socket: TcpStream,
    heard_first: usize,
    heard: usize,
    /// What is to be said when the silence is over.
    held: Vec<u8>,
    /// Shares by number.
    open: HashMap<u32, u32>,
}

impl SilentVenue {
    fn serve(mut self) {
        let (mut bytes, mut filled) = (vec![0; 1 << 16], 0);
        loop {
            // The loader hangs up when it is done.
            let Ok(count @ 1..) = self.socket.read(&mut bytes[filled..]) else { return };
            filled += count;
            let mut taken = 0;
            while let Some((packet, length)) =
                ClientPacket::decode(&bytes[taken..filled]).expect("a loader sends packets")
            {
                taken += length;
                self.take(&packet);
            }
            bytes.copy_within(taken..filled, 0);
            filled -= taken;
            if self.heard == 0 || self.heard_first <= self.heard {
                // Whoever hung up does not hear it.
                let _ = self.socket.write_all(&self.held);
                self.held.clear();
            }
        }
    }

    fn take(&mut self, packet: &ClientPacket<'_>) {
        match packet {
            ClientPacket::Login(_) => {
                let session = SessionId::new("2611220001").expect("a session");
                let accepted = LoginAccepted { session, sequence_number: 1 };
                ServerPacket::LoginAccepted(accepted).encode(&mut self.held);
            }
            ClientPacket::Unsequenced(message) => self.hear(message),
            _ => {}
        }
    }

    fn hear(&mut self, message: &[u8]) {
        match Inbound::decode(message).expect("a loader sends messages") {
            Inbound::AccountQuery(..) => {
                let mut answer = AccountQueryResponse::new_zeroed();
                answer.message_type = AccountQueryResponse::TYPE;
                answer.next_user_ref_num = 1.into();
                self.say(&answer, None);
            }
            Inbound::EnterOrder(order, _) => {
                self.heard += 1;
                self.open.insert(order.user_ref_num.get(), order.quantity.get());
                let mut answer = OrderAccepted::new_zeroed();
                answer.message_type = OrderAccepted::TYPE;
                answer.user_ref_num = order.user_ref_num;
                self.say(&answer, Some(&[]));
            }
            Inbound::CancelOrder(cancel, _) => {
                self.heard += 1;
                let shares = self.open.remove(&cancel.user_ref_num.get());
                let mut answer = OrderCanceled::new_zeroed();
                answer.message_type = OrderCanceled::TYPE;
                answer.user_ref_num = cancel.user_ref_num;
                answer.quantity = shares.expect("only what is open is canceled").into();
                self.say(&answer, None);
            }
            _ => {}
        }
    }

    fn say<M: Immutable + IntoBytes>(&mut self, fixed: &M, appendage: Option<&[u8]>) {
        let mut message = Vec::new();
        encode(fixed, appendage, &mut message);
        ServerPacket::Sequenced(&message).encode(&mut self.held);
    }
}
