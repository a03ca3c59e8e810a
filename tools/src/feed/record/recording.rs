//! Messages in the form of a file: BinaryFILE, or packets as a capture would have them.

use std::io::{self, Write};
use std::net::SocketAddrV4;

use anyhow::{Context, Result, bail};
use protocol::itch::{END_OF_SESSION, write_framed};
use protocol::moldudp64::{MAX_PAYLOAD, Packer, end_of_session};

use super::Format;
use crate::feed::pcap;

/// Bytes that are written in one go when messages come fast.
const BUFFER: usize = 1 << 16;

/// A recording under way.
pub(super) struct Recording<W> {
    output: W,
    form: Form,
    /// What is to be written.
    buffer: Vec<u8>,
    written: u64,
    messages: u64,
    /// The output took no more: what came now would stand behind half a message.
    broken: bool,
}

/// What a message becomes.
enum Form {
    Binary,
    Pcap { packer: Packer, writer: pcap::Writer, session: [u8; 10] },
}

impl<W: Write> Recording<W> {
    /// Begins a recording of a session's messages from number 1 on.
    ///
    /// In a pcap file they come from `source` to `group`.
    pub(super) fn new(
        output: W,
        format: Format,
        session: [u8; 10],
        source: SocketAddrV4,
        group: SocketAddrV4,
    ) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER);
        let form = match format {
            Format::Binary => Form::Binary,
            Format::Pcap => {
                pcap::Writer::begin(&mut buffer);
                let mut packer = Packer::new(session, MAX_PAYLOAD);
                packer.start(1);
                Form::Pcap { packer, writer: pcap::Writer::new(source, group), session }
            }
        };
        Self { output, form, buffer, written: 0, messages: 0, broken: false }
    }

    /// Returns how many messages there are.
    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// Returns how many bytes were written.
    pub(super) fn bytes(&self) -> u64 {
        self.written
    }

    /// Returns what was written to, without what was not.
    pub(super) fn into_output(self) -> W {
        self.output
    }

    /// Takes the next message, which came at `time_ns`; some of it may wait until [`Self::settle`].
    ///
    /// # Errors
    ///
    /// The form has no place for a message of this length, or the output takes no more.
    pub(super) fn message(&mut self, number: u64, message: &[u8], time_ns: u64) -> Result<()> {
        assert!(number == self.messages + 1, "messages are handed out in order, from the first on");
        let taken = match &mut self.form {
            Form::Binary => {
                let framed = write_framed(message, &mut self.buffer);
                framed.with_context(|| format!("message {number}"))?;
                true
            }
            Form::Pcap { packer, .. } => {
                if packer.longest_message() < message.len() {
                    bail!("message {number} is {} bytes, no packet has room", message.len());
                }
                packer.push(message)
            }
        };
        if !taken {
            self.close_packet(time_ns);
            return self.message(number, message, time_ns);
        }
        self.messages = number;
        if BUFFER <= self.buffer.len() {
            self.write()?;
        }
        Ok(())
    }

    /// Writes all messages taken so far.
    ///
    /// # Errors
    ///
    /// The output takes no more.
    pub(super) fn settle(&mut self, time_ns: u64) -> io::Result<()> {
        self.close_packet(time_ns);
        self.write()
    }

    /// Marks the end of the session, after which no message comes, and writes everything.
    ///
    /// # Errors
    ///
    /// The output takes no more.
    pub(super) fn end_of_session(&mut self, time_ns: u64) -> io::Result<()> {
        self.close_packet(time_ns);
        match &mut self.form {
            Form::Binary => self.buffer.extend_from_slice(&END_OF_SESSION),
            Form::Pcap { writer, session, .. } => {
                let packet = end_of_session(*session, self.messages + 1);
                writer.datagram(time_ns, &packet, &mut self.buffer);
            }
        }
        self.write()
    }

    /// Ends the packet that is being filled.
    fn close_packet(&mut self, time_ns: u64) {
        if let Form::Pcap { packer, writer, .. } = &mut self.form
            && packer.count() != 0
        {
            writer.datagram(time_ns, packer.finish(), &mut self.buffer);
            packer.start(self.messages + 1);
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.broken {
            let written = self.output.write_all(&self.buffer).and_then(|()| self.output.flush());
            self.broken = written.is_err();
            written?;
            self.written += self.buffer.len() as u64;
        }
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use protocol::moldudp64::{Downstream, Kind};

    use super::*;
    use crate::feed::pcap::{Reader, udp};

    const SESSION: [u8; 10] = *b"2026112201";
    const SOURCE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1);
    const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 1, 2, 3), 2);

    fn recording(format: Format) -> Recording<Vec<u8>> {
        Recording::new(Vec::new(), format, SESSION, SOURCE, GROUP)
    }

    /// Records messages of these lengths, settles before those that are named, and ends the session.
    fn packets(lengths: &[usize], settled_before: &[u64]) -> Vec<(u64, Kind, usize)> {
        let mut recording = recording(Format::Pcap);
        for (number, length) in (1..).zip(lengths) {
            if settled_before.contains(&number) {
                recording.settle(number).expect("memory");
            }
            recording.message(number, &vec![b'M'; *length], number).expect("it fits");
        }
        recording.end_of_session(9).expect("memory");
        let mut reader = Reader::open(recording.output.as_slice()).expect("a pcap file");
        let mut packets = Vec::new();
        while let Some(record) = reader.next().expect("whole") {
            let payload = udp(1, record.frame).expect("a datagram").payload;
            let packet = Downstream::decode(payload).expect("a packet");
            assert_eq!(packet.session(), SESSION);
            packets.push((packet.sequence_number(), packet.kind(), payload.len()));
        }
        packets
    }

    #[test]
    fn a_binary_file_is_these_bytes() {
        let mut recording = recording(Format::Binary);
        recording.message(1, b"A", 0).expect("it fits");
        recording.settle(0).expect("memory");
        recording.message(2, b"BC", 0).expect("it fits");
        recording.end_of_session(0).expect("memory");
        assert_eq!(recording.output, b"\0\x01A\0\x02BC\0\0");
        assert_eq!((recording.messages(), recording.bytes()), (2, 9));
    }

    #[test]
    fn packets_are_filled_as_far_as_ethernet_allows() {
        // 38 messages of 36 bytes and their lengths, behind 20 bytes of header.
        let expected = [
            (1, Kind::Data(38), 1_464),
            (39, Kind::Data(38), 1_464),
            (77, Kind::Data(24), 932),
            (101, Kind::EndOfSession, 20),
        ];
        assert_eq!(packets(&[36; 100], &[]), expected);
        let expected = [(1, Kind::Data(1), 1_472), (2, Kind::EndOfSession, 20)];
        assert_eq!(packets(&[1_450], &[]), expected);
    }

    #[test]
    fn a_packet_ends_where_nothing_more_was_at_hand() {
        let expected = [
            (1, Kind::Data(1), 58),
            (2, Kind::Data(2), 96),
            (4, Kind::Data(1), 58),
            (5, Kind::EndOfSession, 20),
        ];
        assert_eq!(packets(&[36; 4], &[1, 2, 4]), expected);
        assert_eq!(packets(&[], &[]), [(1, Kind::EndOfSession, 20)]);
    }

    #[test]
    fn a_message_without_a_place_is_an_error() {
        for (format, length) in
            [(Format::Binary, 0), (Format::Binary, 65_536), (Format::Pcap, 1_451)]
        {
            let recorded = recording(format).message(1, &vec![0; length], 0);
            let error = recorded.expect_err("no place").to_string();
            assert!(error.starts_with("message 1"), "{error}");
        }
    }

    #[test]
    fn nothing_stands_behind_what_was_written_in_half() {
        /// Takes some bytes, then none once, then all.
        struct Full(Vec<u8>, usize);

        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let length = bytes.len().min(self.1);
                self.1 = if length == 0 { usize::MAX } else { self.1 - length };
                self.0.extend_from_slice(&bytes[..length]);
                Ok(length)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let full = Full(Vec::new(), 5);
        let mut recording = Recording::new(full, Format::Binary, SESSION, SOURCE, GROUP);
        recording.message(1, b"AB", 0).expect("it fits");
        recording.message(2, b"CD", 0).expect("it fits");
        let error = recording.settle(0).expect_err("the output is full");
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
        recording.settle(0).expect("nothing is written");
        assert_eq!(recording.into_output().0, b"\0\x02AB\0");
    }

    #[test]
    fn memory_does_not_grow_with_the_day() {
        for format in [Format::Binary, Format::Pcap] {
            let mut recording = recording(format);
            for number in 1..=10_000 {
                recording.message(number, &[b'M'; 50], 0).expect("it fits");
                assert!(recording.buffer.len() <= BUFFER);
            }
            assert_eq!(recording.output.len() as u64, recording.bytes());
            assert!(0 < recording.bytes());
        }
    }
}
