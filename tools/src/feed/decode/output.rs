//! Which messages are printed, and how.

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;

use anyhow::Result;
use protocol::Symbol;
use protocol::itch::{DecodeError, Header, Message};
use zerocopy::FromBytes;

use super::object;
use crate::exit::Damaged;
use crate::line::Printer;

/// Prints those messages that are wanted.
pub(super) struct Output {
    printer: Printer,
    selection: Selection,
}

impl Output {
    /// Prints JSON objects if `json`, else text.
    pub(super) fn new(json: bool, selection: Selection) -> Self {
        Self { printer: Printer::new(json), selection }
    }

    /// Takes the next message, which begins at `offset` in the file; breaks when no further one is wanted.
    ///
    /// # Errors
    ///
    /// The message has another length than its type, or standard output takes no more.
    pub(super) fn message(
        &mut self,
        number: u64,
        offset: u64,
        bytes: &[u8],
    ) -> Result<ControlFlow<()>> {
        let message = known(bytes)
            .map_err(|error| Damaged(format!("message {number} at offset {offset}: {error}")))?;
        if self.selection.left == Some(0) {
            return Ok(ControlFlow::Break(()));
        }
        if self.selection.takes(number, bytes, message.as_ref()) {
            let line = match message {
                Some(message) => object::known(number, &message),
                None => object::unknown(number, bytes),
            };
            self.printer.line(&line)?;
            if let Some(left) = &mut self.selection.left {
                *left -= 1;
            }
        }
        Ok(match self.selection.left {
            Some(0) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    }

    /// Prints what still waits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.printer.flush()
    }
}

/// Reads a message; `None` for one of a type that ITCH 5.0 does not have, which a decoder lets pass.
fn known(bytes: &[u8]) -> Result<Option<Message<'_>>, DecodeError> {
    match Message::decode(bytes) {
        Ok(message) => Ok(Some(message)),
        Err(DecodeError::Empty | DecodeError::UnknownType(_)) => Ok(None),
        Err(error @ DecodeError::Length { .. }) => Err(error),
    }
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    symbol: Option<Symbol>,
    /// The numbers the instrument has had so far.
    locates: BTreeSet<u16>,
    types: Option<Vec<u8>>,
    from: u64,
    /// How many more.
    left: Option<u64>,
}

impl Selection {
    /// Takes messages of one instrument, of some types, from a number on, and not more than `limit`.
    pub(super) fn new(
        symbol: Option<Symbol>,
        types: Option<&str>,
        from: u64,
        limit: Option<u64>,
    ) -> Self {
        let types = types.map(|types| types.as_bytes().to_vec());
        Self { symbol, locates: BTreeSet::new(), types, from, left: limit }
    }

    /// Tells whether a message is wanted; has to see all of them.
    fn takes(&mut self, number: u64, bytes: &[u8], message: Option<&Message<'_>>) -> bool {
        let of_symbol = self.symbol.is_none_or(|symbol| self.is_of(symbol, bytes, message));
        let of_type = self.types.as_ref().is_none_or(|types| {
            bytes.first().is_some_and(|message_type| types.contains(message_type))
        });
        of_symbol && of_type && self.from <= number
    }

    /// Tells whether a message is about an instrument: it names it, or has a number that had its name before.
    fn is_of(&mut self, symbol: Symbol, bytes: &[u8], message: Option<&Message<'_>>) -> bool {
        // The number stands at the same place in every message, in those of later versions too.
        let locate =
            Header::ref_from_prefix(bytes).map_or(0, |(header, _)| header.stock_locate.get());
        let Some(stock) = message.and_then(object::stock) else {
            return self.locates.contains(&locate);
        };
        match stock == symbol {
            // In some messages that name an instrument the number is 0.
            true if locate != 0 => drop(self.locates.insert(locate)),
            true => {}
            false => drop(self.locates.remove(&locate)),
        }
        stock == symbol
    }
}

#[cfg(test)]
mod tests {
    use protocol::itch::{AddOrder, IpoQuotingPeriodUpdate, OrderDelete, SystemEvent};
    use zerocopy::{FromZeros, IntoBytes};

    use super::*;

    const ACME: Symbol = Symbol(*b"ACME    ");
    const ZETA: Symbol = Symbol(*b"ZETA    ");

    fn add(locate: u16, stock: Symbol) -> Vec<u8> {
        let mut message = AddOrder::new_zeroed();
        (message.message_type, message.stock_locate, message.stock) = (b'A', locate.into(), stock);
        message.as_bytes().to_vec()
    }

    fn delete(locate: u16) -> Vec<u8> {
        let mut message = OrderDelete::new_zeroed();
        (message.message_type, message.stock_locate) = (b'D', locate.into());
        message.as_bytes().to_vec()
    }

    fn ipo(stock: Symbol) -> Vec<u8> {
        let mut message = IpoQuotingPeriodUpdate::new_zeroed();
        (message.message_type, message.stock) = (b'K', stock);
        message.as_bytes().to_vec()
    }

    fn event() -> Vec<u8> {
        let mut message = SystemEvent::new_zeroed();
        message.message_type = b'S';
        message.as_bytes().to_vec()
    }

    /// Returns the numbers of the messages that are taken.
    fn taken(mut selection: Selection, messages: &[Vec<u8>]) -> Vec<u64> {
        let numbered = (1..).zip(messages);
        numbered
            .filter(|(number, bytes)| {
                let message = known(bytes).expect("every length is right");
                selection.takes(*number, bytes, message.as_ref())
            })
            .map(|(number, _)| number)
            .collect()
    }

    #[test]
    fn an_instrument_is_known_by_its_number_once_it_was_named() {
        let unknown = [b"z\0\x01".as_slice(), &[0; 8]].concat();
        let messages = [
            event(),
            delete(1),
            add(1, ACME),
            delete(1),
            add(2, ZETA),
            delete(2),
            ipo(ACME),
            ipo(ZETA),
            event(),
            unknown,
            b"z".to_vec(),
            Vec::new(),
            add(1, ZETA),
            delete(1),
        ];
        let selection = Selection::new(Some(ACME), None, 1, None);
        assert_eq!(taken(selection, &messages), [3, 4, 7, 10]);
        let selection = Selection::new(Some(ACME), None, 4, None);
        assert_eq!(taken(selection, &messages), [4, 7, 10], "what comes before is seen");
    }

    #[test]
    fn types_and_numbers_select() {
        let messages = [event(), add(1, ACME), delete(1), b"z".to_vec(), Vec::new()];
        let all = Selection::new(None, None, 1, None);
        assert_eq!(taken(all, &messages), [1, 2, 3, 4, 5]);
        let some = Selection::new(None, Some("zA"), 1, None);
        assert_eq!(taken(some, &messages), [2, 4]);
        let late = Selection::new(None, Some("zA"), 3, None);
        assert_eq!(taken(late, &messages), [4]);
    }
}
