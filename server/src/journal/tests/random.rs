//! Random lives of a log: blocks of any size, starts, stops, switches of durability, and crashes
//! that tear the last block.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use super::super::{Durability, Writer};
use super::{Log, PAGE, Random};

/// Appends up to four blocks, small mostly.
fn append_some(log: &mut Log, writer: &mut Writer, random: &mut Random) {
    for _ in 0..random.below(5) {
        let largest = [40, 400, 4000, 20_000][random.below(4)];
        let lengths: Vec<_> = (0..=random.below(6)).map(|_| random.below(largest)).collect();
        log.append(writer, &lengths);
    }
}

/// Destroys the last block on disk from a random byte on, by cutting the file or with garbage, as a
/// crash might.
fn tear_last_block(log: &mut Log, random: &mut Random) {
    let payload: usize =
        log.blocks.pop().expect("a block").iter().map(|record| record.len() + 2).sum();
    let length = (72 + payload).next_multiple_of(PAGE);
    let used =
        |bytes: &[u8]| bytes.iter().rposition(|&byte| byte != 0).expect("a header") / PAGE + 1;
    let last = (1..)
        .take_while(|&number| log.segment(number).exists())
        .map(|number| (number, log.segment_bytes(number)));
    let (segment, mut bytes) =
        last.filter(|(_, bytes)| 1 < used(bytes)).last().expect("a segment with a block");
    let end = used(&bytes) * PAGE;
    let from = end - length + random.below(length);
    let file = OpenOptions::new().write(true).open(log.segment(segment)).expect("a segment");
    if random.below(2) == 0 {
        file.set_len(from as u64).expect("cut");
    } else {
        bytes[from] ^= random.garbage();
        bytes[from + 1..end].iter_mut().for_each(|byte| *byte = random.garbage());
        file.write_all_at(&bytes[from..end], from as u64).expect("garbage");
    }
}

fn live(seed: u64) {
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut log = Log::new(Durability::Fsync, 4096 << random.below(5));
    let mut writer = log.create();
    for _ in 0..16 {
        let before = log.blocks.len();
        append_some(&mut log, &mut writer, &mut random);
        // Only a block of this run can be torn: the last one before it was copied and synced.
        match random.below(3) {
            0 => writer.close().expect("a clean stop"),
            1 if before < log.blocks.len() => {
                drop(writer);
                tear_last_block(&mut log, &mut random);
            }
            _ => drop(writer),
        }
        log.options.durability = [Durability::Fsync, Durability::Os][random.below(2)];
        log.options.segment_bytes = 4096 << random.below(6);
        let mut recovery = log.open();
        assert_eq!(log.read(&mut recovery).expect("no damage"), log.blocks.len());
        writer = recovery.into_writer().expect("a writer");
    }
}

#[test]
fn every_committed_block_survives_random_lives() {
    for seed in 1..=5 {
        live(seed);
    }
}
