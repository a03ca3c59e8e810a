//! The messages of a capture: pcap records, UDP datagrams, MoldUDP64 packets of one session.
//!
//! Everything else that was on the network is passed over.

use std::ops::ControlFlow;

use anyhow::{Result, bail};
use protocol::moldudp64::{Downstream, HEADER_LENGTH, Kind};

use super::numbers::Numbers;
use super::output::Output;
use crate::exit::{Damaged, UsageError};
use crate::feed::pcap::{self, Reader};
use crate::feed::source::Source;

/// Gives each message of the session once to `output`, as long as it takes them.
///
/// What is missing is told on standard error: a capture may begin late or have lost packets.
///
/// # Errors
///
/// A record or a packet of the session is cut, a message has a wrong length, or there is no packet of it.
pub(super) fn read(source: Source, session: Option<[u8; 10]>, output: &mut Output) -> Result<()> {
    let mut reader = Reader::open(source)?;
    let link_type = reader.link_type();
    if !pcap::is_known(link_type) {
        let text = format!("link type {link_type} cannot be read: capture Ethernet or IP frames");
        return Err(UsageError(text).into());
    }
    let mut capture = Capture::new(session);
    loop {
        if reader.input().buffer().is_empty() {
            // The next read may wait for a recorder.
            output.flush()?;
        }
        let Some(record) = reader.next()? else { break };
        let Some(datagram) = pcap::udp(link_type, record.frame) else { continue };
        let offset = record.offset + datagram.offset as u64;
        if capture.packet(offset, datagram.payload, output)? == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    capture.end()
}

/// What is known of the session.
#[derive(Debug)]
struct Capture {
    session: Option<[u8; 10]>,
    numbers: Numbers,
    /// Packets of the session, and packets of the first other session.
    packets: u64,
    other: Option<([u8; 10], u64)>,
}

impl Capture {
    fn new(session: Option<[u8; 10]>) -> Self {
        Self { session, numbers: Numbers::new(), packets: 0, other: None }
    }

    /// Takes a UDP payload that begins at `offset` in the file.
    fn packet(
        &mut self,
        offset: u64,
        payload: &[u8],
        output: &mut Output,
    ) -> Result<ControlFlow<()>> {
        let packet = match Downstream::decode(payload) {
            Ok(packet) => packet,
            Err(error) if self.is_of_session(payload) => {
                return Err(Damaged(format!("packet at offset {offset}: {error}")).into());
            }
            Err(_) => return Ok(ControlFlow::Continue(())),
        };
        if !self.accepts(&packet) {
            return Ok(ControlFlow::Continue(()));
        }
        self.packets += 1;
        let mut place = offset + HEADER_LENGTH as u64;
        for (number, message) in packet.messages() {
            if self.numbers.came(number)
                && output.message(number, place, message)? == ControlFlow::Break(())
            {
                return Ok(ControlFlow::Break(()));
            }
            place += 2 + message.len() as u64;
        }
        self.numbers.exist_below(packet.next_number());
        Ok(ControlFlow::Continue(()))
    }

    /// Tells whether a payload that is no packet would have been one of the session: a request is none.
    fn is_of_session(&self, payload: &[u8]) -> bool {
        self.session.is_some_and(|session| payload.starts_with(&session))
            && payload.len() != HEADER_LENGTH
    }

    /// Tells whether a packet belongs to the session; the first one with messages decides on it.
    fn accepts(&mut self, packet: &Downstream<'_>) -> bool {
        let found = packet.session();
        let is_data = matches!(packet.kind(), Kind::Data(_));
        let is_text = found.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        if self.session.is_none() && is_data && is_text {
            self.session = Some(found);
        }
        let accepted = self.session == Some(found);
        if !accepted && is_data && is_text {
            let (first, packets) = self.other.get_or_insert((found, 0));
            *packets += u64::from(*first == found);
        }
        accepted
    }

    /// Tells what is wrong with the capture as a whole.
    fn end(&self) -> Result<()> {
        if let Some((session, packets)) = &self.other {
            let session = session.escape_ascii();
            eprintln!(
                "openbell: left out: {packets} packets of session {session} (--session reads them)"
            );
        }
        if self.packets == 0 {
            bail!("no MoldUDP64 packet of the session is in this capture");
        }
        if let Some(missing) = self.numbers.missing() {
            eprintln!("openbell: not in this capture: {missing}");
        }
        Ok(())
    }
}
