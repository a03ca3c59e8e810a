//! Trades as rows of `openbell_trades` in the binary format of Postgres, both ways.
//!
//! A price is a `numeric` and exact: its four decimals are one digit of Postgres' base 10,000. An
//! unsigned number keeps its 64 bits in a `bigint`, so that no value can be refused.

use std::error::Error;
use std::pin::pin;

use bytes::{BufMut, Bytes, BytesMut};
use futures::SinkExt;
use protocol::{Mpid, Price, Symbol};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{CopyInSink, Row};

use super::trade::{Trade, TradeKind, TradeParty};

/// The columns of the table, in the order in which a row is written.
const COLUMNS: [&str; 20] = [
    "log_id",
    "trade_number",
    "kind",
    "time",
    "time_ns",
    "match_number",
    "symbol",
    "price",
    "shares",
    "aggressor_side",
    "buyer_port",
    "buyer_firm",
    "buyer_user_ref_idx",
    "buyer_user_ref_num",
    "buyer_order_reference",
    "seller_port",
    "seller_firm",
    "seller_user_ref_idx",
    "seller_user_ref_num",
    "seller_order_reference",
];

const COLUMN_COUNT: u16 = 20;
const _: () = assert!(COLUMNS.len() == COLUMN_COUNT as usize);

/// What a binary COPY begins with: its name, no flags, nothing more in the header.
const HEADER: &[u8] = b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";
/// What stands in place of a row's number of columns at the end.
const TRAILER: i16 = -1;
/// So many bytes of rows are sent together: few messages, and Postgres works while the next one is written.
const PIECE: usize = 64 << 10;
/// The longest row is shorter.
const LONGEST_ROW: usize = 512;
/// Microseconds from 1970 to 2000, where Postgres begins to count.
const EPOCH_US: i64 = 946_684_800_000_000;

/// Gives the statement that starts a COPY of whole rows.
pub(super) fn statement() -> String {
    format!("COPY openbell_trades ({}) FROM STDIN (FORMAT binary)", COLUMNS.join(", "))
}

/// Sends all `trades` of the log `log_id` and gives the number of rows Postgres took.
///
/// # Errors
///
/// When the database refuses a row or the connection ends.
pub(super) async fn write_rows(
    sink: CopyInSink<Bytes>,
    log_id: [u8; 16],
    trades: &[Trade],
) -> Result<u64, tokio_postgres::Error> {
    let mut sink = pin!(sink);
    let mut rows = BytesMut::with_capacity(PIECE + LONGEST_ROW);
    rows.put_slice(HEADER);
    for trade in trades {
        put_row(&mut rows, log_id, trade);
        if PIECE <= rows.len() {
            sink.send(rows.split().freeze()).await?;
            rows.reserve(PIECE + LONGEST_ROW);
        }
    }
    rows.put_i16(TRAILER);
    sink.send(rows.freeze()).await?;
    sink.finish().await
}

/// Appends a row: how many columns, and each with its length before it.
fn put_row(rows: &mut BytesMut, log_id: [u8; 16], trade: &Trade) {
    let time_us = i64::try_from(trade.time_ns / 1_000).expect("thousandths of 64 bits");
    rows.put_u16(COLUMN_COUNT);
    put(rows, log_id);
    put(rows, trade.number.to_be_bytes());
    put(rows, [trade.kind.code()]);
    put(rows, (time_us - EPOCH_US).to_be_bytes());
    put(rows, trade.time_ns.to_be_bytes());
    put(rows, trade.match_number.to_be_bytes());
    put_text(rows, &trade.symbol.0);
    put(rows, numeric(trade.price));
    put(rows, u64::from(trade.shares).to_be_bytes());
    put(rows, [trade.aggressor_side]);
    for party in [&trade.buyer, &trade.seller] {
        put_text(rows, &party.port);
        put_text(rows, &party.firm.0);
        put(rows, u16::from(party.user_ref_idx).to_be_bytes());
        put(rows, u64::from(party.user_ref_num).to_be_bytes());
        put(rows, party.order_reference.to_be_bytes());
    }
}

fn put<const LENGTH: usize>(rows: &mut BytesMut, field: [u8; LENGTH]) {
    rows.put_u32(u32::try_from(LENGTH).expect("a field is short"));
    rows.put_slice(&field);
}

fn put_text(rows: &mut BytesMut, padded: &[u8]) {
    let text = padded.trim_ascii();
    rows.put_u32(u32::try_from(text.len()).expect("a field is short"));
    put_printable(rows, text);
}

/// Appends a text; what is not printable ASCII becomes `?`: Postgres would refuse it, and the drain would stand.
fn put_printable(out: &mut BytesMut, text: &[u8]) {
    let is_printable = |byte: &u8| *byte == b' ' || byte.is_ascii_graphic();
    if text.iter().all(is_printable) {
        return out.put_slice(text);
    }
    for byte in text {
        out.put_u8(if is_printable(byte) { *byte } else { b'?' });
    }
}

/// A price as a `numeric` with four decimals.
///
/// `numeric` is four 16-bit numbers (how many digits, the power of 10,000 of the first one, the
/// sign, how many decimals to show) and then the digits, base 10,000, all big-endian.
fn numeric(price: Price) -> [u8; 14] {
    let steps = price.ten_thousandths();
    let digits = [steps / BASE / BASE, steps / BASE % BASE, steps % BASE];
    let digits = digits.map(|digit| u16::try_from(digit).expect("a digit is below its base"));
    let mut bytes = [0; 14];
    for (place, number) in [3, 1, 0, 4, digits[0], digits[1], digits[2]].into_iter().enumerate() {
        bytes[place * 2..][..2].copy_from_slice(&number.to_be_bytes());
    }
    bytes
}

/// Reads a row of `openbell_trades` back, whatever the order of its columns.
///
/// # Errors
///
/// When a column is missing or holds what the drain never writes.
pub fn trade_from_row(row: &Row) -> Result<Trade, tokio_postgres::Error> {
    let party = |side: &str| {
        Ok::<_, tokio_postgres::Error>(TradeParty {
            port: row.try_get::<_, Name<6>>(&*format!("{side}_port"))?.0,
            firm: Mpid(row.try_get::<_, Name<4>>(&*format!("{side}_firm"))?.0),
            user_ref_idx: row.try_get::<_, Small<u8>>(&*format!("{side}_user_ref_idx"))?.0,
            user_ref_num: row.try_get::<_, Small<u32>>(&*format!("{side}_user_ref_num"))?.0,
            order_reference: unsigned(row, &format!("{side}_order_reference"))?,
        })
    };
    Ok(Trade {
        number: unsigned(row, "trade_number")?,
        kind: row.try_get("kind")?,
        time_ns: unsigned(row, "time_ns")?,
        match_number: unsigned(row, "match_number")?,
        symbol: Symbol(row.try_get::<_, Name<8>>("symbol")?.0),
        price: row.try_get::<_, Dollars>("price")?.0,
        shares: row.try_get::<_, Small<u32>>("shares")?.0,
        aggressor_side: row.try_get::<_, i8>("aggressor_side")?.cast_unsigned(),
        buyer: party("buyer")?,
        seller: party("seller")?,
    })
}

fn unsigned(row: &Row, column: &str) -> Result<u64, tokio_postgres::Error> {
    row.try_get::<_, i64>(column).map(i64::cast_unsigned)
}

type Refusal = Box<dyn Error + Sync + Send>;

/// Sixteen bytes as a `uuid`.
#[derive(Debug)]
pub(super) struct Uuid(pub(super) [u8; 16]);

impl ToSql for Uuid {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Refusal> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }

    to_sql_checked!();
}

/// A name from the wire as `text`, without its padding.
#[derive(Debug)]
pub(super) struct Padded<'a>(pub(super) &'a [u8]);

impl ToSql for Padded<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Refusal> {
        put_printable(out, self.0.trim_ascii());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TEXT
    }

    to_sql_checked!();
}

/// A name of up to `WIDTH` bytes, padded again.
struct Name<const WIDTH: usize>([u8; WIDTH]);

impl<'a, const WIDTH: usize> FromSql<'a> for Name<WIDTH> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Refusal> {
        let mut name = [b' '; WIDTH];
        let start = name.get_mut(..raw.len()).ok_or("name is too long")?;
        start.copy_from_slice(raw);
        Ok(Self(name))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TEXT
    }
}

/// A number that the table keeps in a wider column with a sign.
struct Small<T>(T);

impl<'a, T: TryFrom<i64, Error: Error + Send + Sync + 'static>> FromSql<'a> for Small<T> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Refusal> {
        let number = match *kind {
            Type::INT2 => i64::from(i16::from_sql(kind, raw)?),
            _ => i64::from_sql(kind, raw)?,
        };
        Ok(Self(T::try_from(number)?))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT2, Type::INT8].contains(kind)
    }
}

impl<'a> FromSql<'a> for TradeKind {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Refusal> {
        let code = i8::from_sql(kind, raw)?.cast_unsigned();
        Self::from_code(code).ok_or_else(|| format!("unknown kind {code:#04x}").into())
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::CHAR
    }
}

/// A price, read from a `numeric`.
#[derive(Debug)]
struct Dollars(Price);

const BASE: u32 = 10_000;

impl<'a> FromSql<'a> for Dollars {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Refusal> {
        let numbers: Vec<u16> =
            raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let [_, power, 0, _, digits @ ..] = &numbers[..] else {
            return Err("a price is a number of at least 0".into());
        };
        let mut steps = 0;
        let mut power = i32::from(power.cast_signed());
        for &digit in digits {
            // Digit 0 counts dollars, the one behind the point ten-thousandths of them.
            let place = u32::try_from(power + 1).map_err(|_| "a price has four decimals")?;
            let worth = u64::from(BASE).checked_pow(place).ok_or("price is too large")?;
            steps += u64::from(digit) * worth;
            power -= 1;
        }
        Ok(Self(Price::new(u32::try_from(steps)?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::NUMERIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &dyn ToSql, kind: &Type) -> Vec<u8> {
        let mut out = BytesMut::new();
        value.to_sql_checked(kind, &mut out).expect("the value fits the column");
        out.to_vec()
    }

    #[test]
    fn a_price_is_exact_digits_of_base_ten_thousand() {
        let golden = [0, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 10, 0x09, 0xC4];
        assert_eq!(numeric(Price::new(102_500)), golden);
        let golden = [0, 3, 0, 1, 0, 0, 0, 4, 0, 42, 0x25, 0x18, 0x1C, 0x7F];
        assert_eq!(numeric(Price::new(u32::MAX)), golden);
    }

    #[test]
    fn every_price_reads_back() {
        for steps in [0, 1, 9_999, 10_000, 102_500, 99_999_999, 100_000_000, u32::MAX] {
            let raw = numeric(Price::new(steps));
            let Dollars(price) = Dollars::from_sql(&Type::NUMERIC, &raw).expect("just written");
            assert_eq!(price, Price::new(steps));
        }
        // Postgres drops zeros in front and behind: 0.0001, 10,000 and 0.
        for (raw, steps) in [
            (&[0, 1, 0xFF, 0xFF, 0, 0, 0, 4, 0, 1][..], 1),
            (&[0, 1, 0, 1, 0, 0, 0, 4, 0, 1], 100_000_000),
            (&[0, 0, 0, 0, 0, 0, 0, 4], 0),
        ] {
            let Dollars(price) = Dollars::from_sql(&Type::NUMERIC, raw).expect("a price");
            assert_eq!(price, Price::new(steps));
        }
    }

    #[test]
    fn what_is_not_a_price_is_refused() {
        for raw in [
            &[][..],
            &[0, 1, 0, 0, 0x40, 0, 0, 4, 0, 1],
            &[0, 1, 0xFF, 0xFE, 0, 0, 0, 8, 0, 1],
            &[0, 1, 0, 2, 0, 0, 0, 0, 0, 1],
            &[0, 1, 0x7F, 0xFF, 0, 0, 0, 0, 0, 1],
        ] {
            assert!(Dollars::from_sql(&Type::NUMERIC, raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn a_name_loses_its_padding_and_what_cannot_be_printed() {
        assert_eq!(encoded(&Padded(b"AAPL    "), &Type::TEXT), b"AAPL");
        assert_eq!(encoded(&Padded(b"   2026"), &Type::TEXT), b"2026");
        assert_eq!(encoded(&Padded(b"A\0\xFFB"), &Type::TEXT), b"A??B");
        let Name(name) = Name::<8>::from_sql(&Type::TEXT, b"AAPL").expect("four of eight");
        assert_eq!(&name, b"AAPL    ");
        assert!(Name::<4>::from_sql(&Type::TEXT, b"AAPLE").is_err());
    }

    #[test]
    fn a_number_out_of_its_range_is_refused() {
        assert!(Small::<u8>::from_sql(&Type::INT2, &256_i16.to_be_bytes()).is_err());
        assert!(Small::<u32>::from_sql(&Type::INT8, &(-1_i64).to_be_bytes()).is_err());
    }
}
