//! Requests the venue has not answered: what to send again on the next connection.
//!
//! The venue handles a port's requests in the order received, so whatever it has handled is a prefix
//! of what was sent, also when a connection broke in between. An answer that can belong to one
//! request only therefore answers every earlier one too. Cancel and Modify may go without an answer;
//! they stay until a later request is answered, and to send them again does no harm.

use std::collections::VecDeque;

use super::number::UserRefNum;

/// By what the answer to a request is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    /// The request's own number.
    Number(UserRefNum),
    /// The order a Cancel or Modify names: several may name it.
    Order(UserRefNum),
    /// An Account Query by its place among those sent on this connection, from 1: answers come in
    /// the order asked.
    Query(u64),
}

#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    message: Vec<u8>,
}

/// The unanswered requests in the order sent.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight {
    entries: VecDeque<Entry>,
}

impl InFlight {
    pub(super) fn push(&mut self, key: Key, message: Vec<u8>) {
        self.entries.push_back(Entry { key, message });
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn has_query(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.key, Key::Query(_)))
    }

    /// Gives the queries the places they take when all messages are sent again; returns how many.
    pub(super) fn renumber_queries(&mut self) -> u64 {
        let mut queries = 0;
        for entry in &mut self.entries {
            if let Key::Query(place) = &mut entry.key {
                queries += 1;
                *place = queries;
            }
        }
        queries
    }

    /// Takes an answer that belongs to one request only: it and all earlier ones are done.
    pub(super) fn answered(&mut self, key: Key) {
        if let Some(position) = self.position(key) {
            self.entries.drain(..=position);
        }
    }

    /// Takes an answer to a Cancel or Modify of `order`; says nothing of other requests.
    pub(super) fn order_answered(&mut self, order: UserRefNum) {
        if let Some(position) = self.position(Key::Order(order)) {
            self.entries.remove(position);
        }
    }

    /// Returns the messages in the order to send them.
    pub(super) fn messages(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(|entry| entry.message.as_slice())
    }

    fn position(&self, key: Key) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: UserRefNum = UserRefNum::new(1);

    fn sent(keys: &[Key]) -> InFlight {
        let mut in_flight = InFlight::default();
        for (index, &key) in (0..).zip(keys) {
            in_flight.push(key, vec![index]);
        }
        in_flight
    }

    fn left(in_flight: &InFlight) -> Vec<u8> {
        in_flight.messages().map(|message| message[0]).collect()
    }

    #[test]
    fn an_answer_by_number_answers_all_before_it() {
        let two = Key::Number(UserRefNum::new(2));
        let mut in_flight = sent(&[Key::Number(ONE), Key::Order(ONE), two, Key::Order(ONE)]);
        in_flight.answered(two);
        assert_eq!(left(&in_flight), [3]);
        in_flight.answered(Key::Number(ONE));
        assert_eq!(left(&in_flight), [3]);
    }

    #[test]
    fn an_answered_cancel_leaves_earlier_requests() {
        let three = UserRefNum::new(3);
        let mut in_flight = sent(&[Key::Number(three), Key::Order(ONE), Key::Order(ONE)]);
        in_flight.order_answered(ONE);
        assert_eq!(left(&in_flight), [0, 2]);
    }

    #[test]
    fn a_query_answers_what_has_no_answer_of_its_own() {
        let mut in_flight = sent(&[Key::Order(ONE), Key::Query(1), Key::Order(ONE), Key::Query(2)]);
        assert!(in_flight.has_query());
        in_flight.answered(Key::Query(1));
        assert_eq!(left(&in_flight), [2, 3]);
        in_flight.answered(Key::Query(1));
        assert_eq!(left(&in_flight), [2, 3], "an answer to one that is gone");
        assert_eq!(in_flight.renumber_queries(), 1);
        in_flight.answered(Key::Query(1));
        assert_eq!(left(&in_flight), []);
    }
}
