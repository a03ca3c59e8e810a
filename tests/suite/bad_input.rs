//! Bad input: every field of every inbound message with every value that is wrong.
//!
//! The tables (`tables.rs`) are walked whole in the simulator: there, after each message, every book, exposure and
//! answer to others can be looked at, and time stands still, so that answers are compared byte by byte. The same wrong
//! messages then go through sockets into a running venue (`live.rs`), which answers the same, and where another port
//! and the feed notice nothing. Only the gateway knows what is no message at all: that is asked of the running venue.

mod conditions;
mod floor;
mod judge;
mod live;
mod malformed;
mod message;
mod table;
mod tables;

use judge::Judge;
use message::Field;
use table::{Case, Table, Told};

/// Of a field with many right values, so many stand beside those of other fields.
const IN_COMPANY: usize = 3;

#[test]
fn every_value_of_every_field_is_taken_or_has_its_reason() {
    for table in tables::all() {
        let mut judge = Judge::new();
        for (field, value) in table.right_values() {
            judge.check(&table.case(&[(field, value)], Told::Taken), table.done);
        }
        for (field, value, told) in table.wrong_values() {
            judge.check(&table.case(&[(field, value)], told), table.done);
        }
        tell(&table, judge);
    }
}

#[test]
fn of_two_wrong_fields_the_earlier_check_decides() {
    for table in tables::all() {
        let mut judge = Judge::new();
        for case in pairs_of_wrong_fields(&table) {
            judge.check(&case, table.done);
        }
        tell(&table, judge);
    }
}

#[test]
fn right_values_are_wrong_together_only_where_the_table_says() {
    for table in tables::all() {
        let mut judge = Judge::new();
        let together = fields_that_must_fit(&table);
        for case in &together {
            judge.check(case, table.done);
        }
        for case in pairs_of_right_fields(&table, &together) {
            judge.check(&case, table.done);
        }
        tell(&table, judge);
    }
}

#[test]
fn a_malformed_appendage_has_one_answer_on_each_message() {
    for table in tables::all() {
        let mut judge = Judge::new();
        for case in malformed::cases(&table) {
            judge.check(&case, table.done);
        }
        tell(&table, judge);
    }
}

/// Every two rows of different fields, in both orders of their tags.
fn pairs_of_wrong_fields(table: &Table) -> Vec<Case> {
    let examples = table.examples();
    let mut cases = Vec::new();
    for (place, (first, value, told)) in examples.iter().enumerate() {
        for (second, other, _) in &examples[place + 1..] {
            if first.place != second.place {
                let (one, two) = ((*first, value.clone()), (*second, other.clone()));
                cases.push(table.case(&[one.clone(), two.clone()], *told));
                cases.push(table.case(&[two, one], *told));
            }
        }
    }
    cases
}

/// The sets of values that the table names together.
fn fields_that_must_fit(table: &Table) -> Vec<Case> {
    let mut cases = Vec::new();
    for (fields, told) in &table.together {
        let mut sets: Vec<Vec<(Field, Vec<u8>)>> = vec![Vec::new()];
        for (field, values) in *fields {
            let extend = |set: Vec<_>| {
                values.list().into_iter().map(move |value| [&set[..], &[(*field, value)]].concat())
            };
            sets = sets.into_iter().flat_map(extend).collect();
        }
        cases.extend(sets.iter().map(|set| table.case(set, *told)));
    }
    cases
}

/// Every two right values of different fields, but those that stand in the table together.
fn pairs_of_right_fields(table: &Table, together: &[Case]) -> Vec<Case> {
    let values = table.right_values();
    let nth = |place: usize| {
        let same = |other: &&(Field, Vec<u8>)| other.0.place == values[place].0.place;
        values[..place].iter().filter(same).count()
    };
    let chosen: Vec<_> = (0..values.len())
        .filter(|place| nth(*place) < IN_COMPANY)
        .map(|place| &values[place])
        .collect();
    let mut cases = Vec::new();
    for (place, one) in chosen.iter().enumerate() {
        for two in chosen[place + 1..].iter().filter(|two| two.0.place != one.0.place) {
            let case = table.case(&[(*one).clone(), (*two).clone()], Told::Taken);
            if !together.iter().any(|known| is_same(known, &case)) {
                cases.push(case);
            }
        }
    }
    cases
}

fn is_same(one: &Case, two: &Case) -> bool {
    let sorted = |case: &Case| {
        let mut tags = case.message.tags.clone();
        tags.sort();
        tags
    };
    one.message.fixed == two.message.fixed && sorted(one) == sorted(two)
}

fn tell(table: &Table, judge: Judge) {
    println!("{:?}: {} messages", char::from(table.message.letter()), judge.finish());
}
