//! The log of a flow: its requests through admission, as records in blocks, as the sequencer does it.

use anyhow::Result;
use engine::admission::{Admission, Conditions, Decision};
use engine::command::{Command, PortId};
use engine::record;
use openbell_rulers::workload::Operation;
use protocol::ouch::Inbound;
use server::journal::Block;

use crate::market::{self, OPENING_NS};

/// A log that grows by whole blocks, which go to `commit`.
pub struct Log<C> {
    admission: Admission,
    /// Commands of a block.
    commands: u32,
    block: Block,
    request: Vec<u8>,
    record: Vec<u8>,
    commit: C,
}

impl<C: FnMut(&Block) -> Result<()>> Log<C> {
    /// Begins an empty log in blocks of so many commands, or as many as fit.
    pub fn new(commands: u32, commit: C) -> Self {
        let mut block = Block::new();
        block.open(1, OPENING_NS);
        let (admission, request, record) = (Admission::default(), Vec::new(), Vec::new());
        Self { admission, commands, block, request, record, commit }
    }

    /// Logs a command of the venue.
    pub fn append(&mut self, command: &Command<'_>) -> Result<()> {
        let sequence = self.block.last_sequence() + 1;
        self.record.clear();
        record::encode(command, self.block.count(), &mut self.record);
        self.admission.logged(sequence, OPENING_NS, command);
        self.block.push(&self.record);
        if self.block.count() == self.commands || !self.block.has_room(record::MAX_RECORD) {
            self.flush()?;
        }
        Ok(())
    }

    /// Logs what admission makes of a message.
    pub fn message(&mut self, port: PortId, message: &[u8]) -> Result<()> {
        let message = Inbound::decode(message).expect("a request");
        match self.admission.decide(port, &message, OPENING_NS, Conditions::default()) {
            Decision::Log(command) => self.append(&command),
            other => unreachable!("every request of a flow is logged, not {other:?}"),
        }
    }

    /// Logs what admission makes of the requests of a flow.
    pub fn operations(&mut self, operations: &[Operation]) -> Result<()> {
        for operation in operations {
            let mut request = std::mem::take(&mut self.request);
            request.clear();
            market::request(operation, &mut request);
            self.message(market::key(operation.id).port, &request)?;
            self.request = request;
        }
        Ok(())
    }

    /// Commits what is left; returns the last sequence.
    pub fn flush(&mut self) -> Result<u64> {
        let last = self.block.last_sequence();
        if !self.block.is_empty() {
            (self.commit)(&self.block)?;
            self.admission.applied(last);
            self.block.open(last + 1, OPENING_NS + last);
        }
        Ok(last)
    }
}
