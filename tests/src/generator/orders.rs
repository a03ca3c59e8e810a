//! Enter and Replace: good ones in a few manners, and what can be wrong with them.

use engine::command::Locate;
use protocol::ouch::inbound::{EnterOrder, ReplaceOrder};
use protocol::{ClOrdId, Symbol};

use super::client::Live;
use super::random::Random;
use super::tags::{self, Tag};
use super::venue::{TERRAINS, Terrain};

/// The largest limit price, in ten-thousandths of a dollar.
const MAX_LIMIT: u64 = 1_999_999_900;

/// The tag that says whether an order is for the imbalance only.
const HANDLE_INST: u8 = 17;

/// The two ways to write "at any price".
const MARKET: [u64; 2] = [0x7FFF_FFFF, 2_000_000_000];

/// Prices that are neither a limit nor "at any price"; some become one when cut to 32 bits.
const WRONG_PRICES: [u64; 8] = [
    0,
    MAX_LIMIT + 1,
    1_999_999_999,
    2_000_000_001,
    0x8000_0000,
    (1 << 32) + 100_000,
    (1 << 32) + 0x7FFF_FFFF,
    u64::MAX,
];

/// Makes a good order for an instrument; its channel is 0 and has no tag.
pub(super) fn enter(
    random: &mut Random,
    number: u32,
    locate: Locate,
    symbol: Symbol,
    market_orders: bool,
) -> (EnterOrder, Vec<Tag>) {
    let terrain = TERRAINS[usize::from(locate.0) - 1];
    let side = random.pick(b"BBBBBSSSTE");
    let market = random.per_mille(if market_orders { 60 } else { 8 });
    let order = EnterOrder {
        message_type: EnterOrder::TYPE,
        user_ref_num: number.into(),
        side,
        quantity: (size(random, terrain) * if market { random.pick(&[1, 1, 10]) } else { 1 })
            .into(),
        symbol,
        price: if market { random.pick(&MARKET) } else { limit(random, terrain, side) }.into(),
        time_in_force: random.pick(b"00003"),
        display: random.pick(b"YYYYYYANN"),
        capacity: random.pick(b"APRO"),
        intermarket_sweep_eligibility: random.pick(b"NNNNNNNY"),
        cross_type: b'N',
        cl_ord_id: cl_ord_id(random, number),
    };
    let mut tags = tags::right(random, true);
    add_minimum(random, order.quantity.get(), order.time_in_force, &mut tags);
    add_floor(random, order.time_in_force, &mut tags);
    (order, tags)
}

/// Makes an order one for the opening cross, sometimes for the imbalance only.
pub(super) fn on_open(random: &mut Random, order: &mut EnterOrder, tags: &mut Vec<Tag>) {
    order.cross_type = b'O';
    match random.below(10) {
        0..4 => {
            tags.retain(|(tag, _)| *tag != HANDLE_INST);
            tags.push((HANDLE_INST, vec![b'I']));
            // It sets no price, so it must reach that of the others.
            let limit = order.price.get();
            if limit < MAX_LIMIT / 2 && random.per_mille(800) {
                let towards =
                    if order.side == b'B' { limit + limit / 20 } else { limit - limit / 20 };
                order.price = towards.into();
            }
        }
        4..6 => order.price = random.pick(&MARKET).into(),
        _ => {}
    }
}

/// Makes a good replacement of an open order; its channel has no tag yet.
pub(super) fn replace(
    random: &mut Random,
    number: u32,
    original: &Live,
    market_orders: bool,
) -> (ReplaceOrder, Vec<Tag>) {
    let terrain = TERRAINS[usize::from(original.locate.0) - 1];
    let quantity = match random.below(20) {
        0..3 => original.executed.max(1),
        3..9 => original.executed + original.open,
        _ => original.executed + size(random, terrain),
    };
    let price = match random.below(100) {
        0..4 if market_orders => random.pick(&MARKET),
        4 => random.pick(&MARKET),
        5..30 if original.price <= MAX_LIMIT => original.price,
        _ => limit(random, terrain, original.side),
    };
    let order = ReplaceOrder {
        message_type: ReplaceOrder::TYPE,
        orig_user_ref_num: original.number.into(),
        user_ref_num: number.into(),
        quantity: round(quantity, terrain).into(),
        price: price.into(),
        time_in_force: random.pick(b"00000000003"),
        display: if random.per_mille(100) { random.pick(b"YAN") } else { original.display },
        intermarket_sweep_eligibility: random.pick(b"NNNNNNNY"),
        cl_ord_id: cl_ord_id(random, number),
    };
    let mut tags = tags::right(random, false);
    add_minimum(random, order.quantity.get(), order.time_in_force, &mut tags);
    add_floor(random, order.time_in_force, &mut tags);
    if random.per_mille(20) {
        tags.retain(|(tag, _)| *tag != HANDLE_INST);
        tags.push((HANDLE_INST, vec![random.pick(b"I ")]));
    }
    if random.per_mille(80) {
        let same = if original.side == b'B' { &b"B"[..] } else { b"STE" };
        tags.push((27, vec![random.pick(same)]));
    }
    (order, tags)
}

/// Gives an order that does not rest a minimum, of a part or of all of it.
fn add_minimum(random: &mut Random, quantity: u32, time_in_force: u8, tags: &mut Vec<Tag>) {
    if time_in_force == b'3' && random.per_mille(300) {
        let minimum = random.pick(&[quantity, quantity / 100 * 100, 100.min(quantity)]);
        tags.retain(|(tag, _)| *tag != 3);
        tags.push((3, minimum.to_be_bytes().to_vec()));
    }
}

/// Gives an order that may rest a display of a lot or two, some of them random.
fn add_floor(random: &mut Random, time_in_force: u8, tags: &mut Vec<Tag>) {
    if time_in_force == b'0' && random.per_mille(120) {
        tags.retain(|(tag, _)| ![5, 13].contains(tag));
        let floor: u32 = random.pick(&[100, 100, 200]);
        tags.push((5, floor.to_be_bytes().to_vec()));
        if random.per_mille(300) {
            tags.push((13, (floor - 100).to_be_bytes().to_vec()));
        }
    }
}

/// Spoils one thing of an Enter Order.
pub(super) fn spoil_enter(random: &mut Random, order: &mut EnterOrder, tags: &mut Vec<Tag>) {
    match random.below(26) {
        0 => order.side = random.pick(b"bX \0"),
        1 => order.quantity = wrong_quantity(random).into(),
        2 => {
            order.symbol =
                Symbol(random.pick(&[*b"NONE    ", *b"open    ", *b"        ", *b"OPEN\0\0\0\0"]))
        }
        3 => order.price = random.pick(&WRONG_PRICES).into(),
        4 => order.time_in_force = random.pick(b"5E"),
        5 => order.time_in_force = random.pick(b"619 "),
        6 => order.display = random.pick(b"nZyX"),
        7 => order.capacity = random.pick(b"aX "),
        8..10 => order.intermarket_sweep_eligibility = random.pick(b"yX "),
        10 => order.cross_type = b'R',
        11 => order.cross_type = random.pick(b"OCHSEAXn"),
        12 => order.price = random.pick(&MARKET).into(),
        // Large enough for the limits of a port or a firm; not a round lot either.
        13..16 => order.quantity = (10_001 + random.below_u32(989_998)).into(),
        _ => tags::spoil(random, tags),
    }
}

/// Spoils one thing of a Replace.
pub(super) fn spoil_replace(random: &mut Random, order: &mut ReplaceOrder, tags: &mut Vec<Tag>) {
    match random.below(14) {
        0 => order.quantity = wrong_quantity(random).into(),
        1 => order.price = random.pick(&WRONG_PRICES).into(),
        2 => order.time_in_force = random.pick(b"56E9"),
        3 => order.display = random.pick(b"nZX"),
        4 => order.intermarket_sweep_eligibility = random.pick(b"yX"),
        5 => {
            tags.retain(|(tag, _)| *tag != 27);
            tags.push((27, vec![random.pick(b"BSTEX ")]));
        }
        6..10 => order.quantity = (10_000 + 100 * random.below_u32(9_899)).into(),
        _ => tags::spoil(random, tags),
    }
}

fn wrong_quantity(random: &mut Random) -> u32 {
    random.pick(&[0, 1_000_000, 1_000_100, u32::MAX])
}

/// Around the middle in most cases: near it on the own side or the other one; rarely far away, rarely right through.
fn limit(random: &mut Random, terrain: Terrain, side: u8) -> u64 {
    let far = terrain.middle * (6 + random.below(10)) / 100;
    let near = terrain.tick * random.below(9);
    let (distance, aggressive) = match random.below(100) {
        0..72 => (near, false),
        72..89 => (near, true),
        89..96 => (far, false),
        _ => (far, true),
    };
    let price = if (side == b'B') == aggressive {
        terrain.middle + distance
    } else {
        terrain.middle.saturating_sub(distance)
    };
    price.clamp(1, MAX_LIMIT)
}

/// Round lots and odd ones; rarely enough to sweep the book.
fn size(random: &mut Random, terrain: Terrain) -> u32 {
    let lots = 100 * (1 + random.below_u32(5));
    let size = if random.per_mille(600) { lots } else { 1 + random.below_u32(terrain.size) };
    let times = if random.per_mille(30) { 10 } else { 1 };
    round(times * size.min(terrain.size), terrain)
}

fn round(quantity: u32, terrain: Terrain) -> u32 {
    if terrain.round_lots_only { quantity.div_ceil(100) * 100 } else { quantity }
}

/// Names an order after its number; some ask what becomes of them on a disconnect, on any port.
fn cl_ord_id(random: &mut Random, number: u32) -> ClOrdId {
    let prefix = if random.per_mille(700) {
        "order "
    } else {
        random.pick(&["ODK", "ODC", "ODA", "ODA ", "ODX", "odc"])
    };
    ClOrdId::new(&format!("{prefix}{number:x}")).expect("letters, digits and a space")
}
