//! What a configuration may say, and how a fault is reported.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use engine::command::DisconnectPolicy;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::*;
use crate::journal::Durability;

const EXAMPLE: &str = include_str!("../../openbell.example.toml");

/// A port's hash, cheap to compute, of the password `PASSWORD`.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_toml(text, "venue.toml")
}

/// Checks that the text is refused with exactly this message.
fn refused(text: &str, message: &str) {
    let text = text.replace("HASH", HASH);
    let error = read(&text).expect_err("the configuration is wrong");
    assert_eq!(error.to_string(), message, "{text}");
}

/// A configuration with the firm `ALFA`, its port `ALICE`, and these lines more for the port.
fn with_port(lines: &str) -> String {
    format!(
        "[[firm]]\nmpid = \"ALFA\"\n[[port]]\nusername = \"alice\"\nfirm = \"ALFA\"\n\
         password_hash = \"HASH\"\n{lines}"
    )
}

#[test]
fn an_empty_file_is_the_default_and_the_default_is_local() {
    let config = read("").expect("nothing is needed");
    assert_eq!(config, Config::default());
    let feed = &config.market_data;
    assert_eq!((feed.ttl, feed.interface), (0, Ipv4Addr::LOCALHOST));
    for listener in [config.order_entry.listen, feed.retransmit, config.admin.listen] {
        assert!(listener.ip().is_loopback(), "{listener}");
    }
    assert!(config.ports.is_empty() && config.firms.is_empty() && config.postgres.is_none());
    assert_eq!(config.journal.durability, Durability::Fsync);
}

#[test]
fn syntax_and_unknown_keys_are_named_with_their_place() {
    refused(
        "shards = \n",
        "venue.toml:1:10: string values must be quoted, expected literal string",
    );
    refused(
        "tick_ms = 5\nshrads = 1\n",
        "venue.toml:2:1: shrads: unknown field `shrads`, expected one of `data_dir`, `shards`, `threads`, \
         `idle`, `tick_ms`, `reserve_disk_mib`, `symbols_file`, `journal`, `order_entry`, `market_data`, \
         `admin`, `schedule`, `postgres`, `symbol`, `firm`, `port`",
    );
    refused(
        "[journal]\nsegment_mb = 1\n",
        "venue.toml:2:1: journal.segment_mb: unknown field `segment_mb`, expected `durability` or \
         `segment_mib`",
    );
    refused(
        "[[symbol]]\nname = \"A\"\n[[symbol]]\nname = \"B\"\nlot = 3\n",
        "venue.toml:5:1: symbol[1].lot: unknown field `lot`, expected one of `name`, `round_lot`, \
         `round_lots_only`, `market_category`, `financial_status_indicator`, `issue_classification`, \
         `issue_sub_type`, `authenticity`, `short_sale_threshold_indicator`, `ipo_flag`, \
         `luld_reference_price_tier`, `etp_flag`, `etp_leverage_factor`, `inverse_indicator`, \
         `previous_close`, `average_daily_volume`",
    );
}

#[test]
fn a_value_of_another_kind_is_named_with_what_was_expected() {
    for (text, message) in [
        ("shards = \"two\"", "1:10: shards: invalid type: string \"two\", expected u16"),
        ("shards = -1", "1:10: shards: invalid value: integer `-1`, expected u16"),
        (
            "threads = \"many\"",
            "1:11: threads: unknown variant `many`, expected one of `auto`, `shared`, `dedicated`",
        ),
        (
            "[journal]\ndurability = \"none\"",
            "2:14: journal.durability: unknown variant `none`, expected `fsync` or `os`",
        ),
        (
            "[admin]\nlisten = \"here\"",
            "2:10: admin.listen: invalid value: string \"here\", expected an IP address and port \
             such as \"127.0.0.1:26400\"",
        ),
        (
            "[market_data]\nb = \"[::1]:5\"",
            "2:5: market_data.b: invalid value: string \"[::1]:5\", expected an IP address and \
             port such as \"127.0.0.1:26400\"",
        ),
        (
            "[market_data]\ninterface = \"lo\"",
            "2:13: market_data.interface: invalid value: string \"lo\", expected the IPv4 \
             address of an interface",
        ),
        (
            "[[symbol]]\nname = \"aapl\"",
            "2:8: symbol[0].name: invalid value: string \"aapl\", \
             expected 1 to 8 upper case letters, digits or . - + = # $ ^",
        ),
        ("[[symbol]]\nround_lot = 1", "1:1: symbol: missing field `name`"),
        (
            "[[firm]]\nmpid = \"ALPHA\"",
            "2:8: firm[0].mpid: invalid value: string \"ALPHA\", \
             expected 1 to 4 upper case letters, digits or . - + = # $ ^",
        ),
        (
            "[[firm]]\nmpid = \"A\"\ngross_exposure = 1.5",
            "3:18: firm[0].gross_exposure: invalid type: floating point `1.5`, \
             expected dollars, as an integer or a \
             string with up to 4 decimals such as \"1000000.00\"",
        ),
        (
            "[[port]]\nusername = \"ali ce\"",
            "2:12: port[0].username: invalid value: string \"ali ce\", expected 1 to 6 letters or digits",
        ),
        (
            "[[port]]\nusername = \"ALICE77\"",
            "2:12: port[0].username: invalid value: string \"ALICE77\", expected 1 to 6 letters or digits",
        ),
        (
            "[market_data]\nretransmit_allow = [\n \"10.0.0.0/33\"]",
            "2:20: market_data.retransmit_allow: invalid value: string \"10.0.0.0/33\", \
             expected an address, or a network such as \"10.1.0.0/16\"",
        ),
    ] {
        refused(text, &format!("venue.toml:{message}"));
    }
}

#[test]
fn numbers_have_their_ranges() {
    for (text, message) in [
        ("shards = 0", "1:1: shards: expected 1 to 64, found 0"),
        ("shards = 65", "1:1: shards: expected 1 to 64, found 65"),
        ("tick_ms = 0", "1:1: tick_ms: expected 1 to 10000, found 0"),
        ("[market_data]\nttl = 256", "2:1: market_data.ttl: expected 0 to 255, found 256"),
        (
            "[market_data]\nmax_payload = 71",
            "2:1: market_data.max_payload: expected 72 to 1472, found 71",
        ),
        (
            "order_entry.heartbeat_ms = 15000",
            "1:13: order_entry.heartbeat_ms: expected 1 to 14999, found 15000",
        ),
        (
            "[order_entry]\nmax_connections = 10",
            "1:2: order_entry.max_logins_under_way: expected 1 to 10, found 64",
        ),
        (
            "[[symbol]]\nname = \"A\"\nround_lot = 0",
            "3:1: symbol[0].round_lot: expected 1 to 999999 shares, found 0",
        ),
    ] {
        refused(text, &format!("venue.toml:{message}"));
    }
    assert!(read("shards = 64").is_ok());
}

#[test]
fn groups_are_multicast_and_differ() {
    for (text, message) in [
        (
            "a = \"10.0.0.1:1\"",
            "2:1: market_data.a: expected a multicast group (224.0.0.0 to 239.255.255.255), found 10.0.0.1:1",
        ),
        (
            "b = \"10.0.0.1:1\"",
            "2:1: market_data.b: expected a multicast group (224.0.0.0 to 239.255.255.255), found 10.0.0.1:1",
        ),
        (
            "a = \"239.1.1.1:0\"",
            "2:1: market_data.a: expected a port, because receivers must know it, found 239.1.1.1:0",
        ),
        (
            "a = \"239.1.1.1:5\"\nb = \"239.1.1.1:5\"",
            "3:1: market_data.b: expected another group or port than market_data.a, found 239.1.1.1:5",
        ),
        (
            "interface = \"239.1.1.1\"",
            "2:1: market_data.interface: expected the address of an interface of this \
             machine, found 239.1.1.1",
        ),
    ] {
        refused(&format!("[market_data]\n{text}"), &format!("venue.toml:{message}"));
    }
    assert!(read("[market_data]\na = \"239.1.1.1:5\"\nb = \"239.1.1.1:6\"").is_ok());
}

#[test]
fn two_services_do_not_share_an_address() {
    refused(
        "[admin]\nlisten = \"127.0.0.1:26400\"",
        "venue.toml:2:1: admin.listen: expected another address than \
         order_entry.listen, found 127.0.0.1:26400",
    );
    // Port 0 lets the kernel choose, a different one for each.
    let text = "[admin]\nlisten = \"127.0.0.1:0\"\n[order_entry]\nlisten = \"127.0.0.1:0\"";
    assert!(read(text).is_ok());
}

#[test]
fn names_are_unique() {
    let symbol = "[[symbol]]\nname = \"A\"\n";
    refused(
        &symbol.repeat(2),
        "venue.toml:4:1: symbol[1].name: expected a name not used before, found A",
    );
    let firm = "[[firm]]\nmpid = \"ALFA\"\n";
    refused(
        &firm.repeat(2),
        "venue.toml:4:1: firm[1].mpid: expected an mpid not used before, found ALFA",
    );
    refused(
        &with_port("[[port]]\nusername = \"ALICE\"\nfirm = \"ALFA\"\npassword_hash = \"HASH\""),
        "venue.toml:8:1: port[1].username: expected a user name not used before, found ALICE",
    );
}

#[test]
fn a_port_has_a_known_firm_and_a_password_hash() {
    assert!(read(&with_port("").replace("HASH", HASH)).is_ok());
    refused(
        &with_port("").replace("mpid = \"ALFA\"", "mpid = \"BETA\""),
        "venue.toml:5:1: port[0].firm: expected the mpid of a [[firm]], found ALFA",
    );
    refused(
        &with_port("").replace("HASH", "hunter2"),
        "venue.toml:6:1: port[0].password_hash: expected an argon2id hash as `openbell passwd` writes it, \
         found a text that is no password hash",
    );
    refused(
        &with_port("max_quantity = 1000000"),
        "venue.toml:7:1: port[0].max_quantity: expected 1 to 999999, found 1000000",
    );
}

#[test]
fn market_orders_under_an_exposure_limit_need_a_limit_for_one_order() {
    let message = "port[0].single_order_notional: expected a limit, because the port may send market orders \
                   and its exposure is limited, found none";
    let own = with_port("market_orders = true\ngross_exposure = 1000");
    refused(&own, &format!("venue.toml:3:1: {message}"));
    let firms = with_port("market_orders = true")
        .replace("mpid = \"ALFA\"", "mpid = \"ALFA\"\ngross_exposure = 1000");
    refused(&firms, &format!("venue.toml:4:1: {message}"));
    let limited = format!("{own}\nsingle_order_notional = 500").replace("HASH", HASH);
    assert!(read(&limited).is_ok());
}

#[test]
fn what_a_later_version_has_is_refused_as_such() {
    refused(
        "[market_data]\nglimpse = \"127.0.0.1:5\"",
        "venue.toml:2:1: market_data.glimpse is not available in this version",
    );
    refused(
        &with_port("disconnect = \"stay\""),
        "venue.toml:7:14: port[0].disconnect: expected \"keep\", \"cancel\" or \"cancel_after\", found \
         \"stay\"",
    );
    for (word, policy) in
        [("cancel", DisconnectPolicy::Cancel), ("cancel_after", DisconnectPolicy::CancelAfter)]
    {
        let text = with_port(&format!("disconnect = \"{word}\"")).replace("HASH", HASH);
        let ports = read(&text).expect("the policy is available").ports;
        assert_eq!(ports[0].disconnect, policy);
    }
    refused(
        &with_port("disconnect_grace_ms = 0").replace("HASH", HASH),
        "venue.toml:7:1: port[0].disconnect_grace_ms: expected 1 to 86400000, found 0",
    );
}

#[test]
fn secrets_are_never_shown() {
    let url = "postgres://venue:hunter2@db/trades";
    let text = with_port("") + &format!("[postgres]\nurl = \"{url}\"\n");
    let config = read(&text.replace("HASH", HASH)).expect("the configuration is right");
    assert_eq!(config.postgres.as_ref().map(|postgres| postgres.url.expose()), Some(url));
    for shown in [config.effective_toml(), format!("{config:?}")] {
        assert!(shown.contains("(redacted)"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("argon2id"), "{shown}");
    }
    refused(
        "[postgres]\nurl = \"hunter2@nowhere\"",
        "venue.toml:2:1: postgres.url: expected postgres://user:password@host:port/database, found a text \
         that is not one (not shown)",
    );
}

#[test]
fn the_effective_configuration_reads_back() {
    let config =
        read("shards = 4\n[[symbol]]\nname = \"AAPL\"\n[[firm]]\nmpid = \"A\"\ngross_exposure = 7")
            .expect("the configuration is right");
    let text = config.effective_toml();
    assert!(
        text.contains("gross_exposure = \"7.0000\"") && text.contains("segment_mib = 64"),
        "{text}"
    );
    assert_eq!(read(&text), Ok(config));
}

#[test]
fn files_are_seen_from_the_folder_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("venue.toml");
    let text = "symbols_file = \"symbols.csv\"\n[[symbol]]\nname = \"AAPL\"\n";
    fs::write(&file, text).expect("the folder can be written");

    let error = Config::load(&file).expect_err("there is no symbols file");
    assert!(
        matches!(&error, ConfigError::Unreadable { file, .. } if file.ends_with("symbols.csv")),
        "{error}"
    );

    let symbols = folder.path().join("symbols.csv");
    fs::write(&symbols, "name,round_lot\nMSFT,10\n").expect("the folder can be written");
    let config = Config::load(&file).expect("the configuration is right");
    assert_eq!(config.data_dir, folder.path().join("data"));
    let names: Vec<&str> = config.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(names, ["AAPL", "MSFT"]);
    assert_eq!(config.symbols[1].round_lot, 10);

    fs::write(&symbols, "MSFT\nAAPL\n").expect("the folder can be written");
    let error = Config::load(&file).expect_err("AAPL is there twice").to_string();
    assert!(
        error.ends_with("symbols.csv:2:1: name: expected a name not used before, found AAPL"),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("/nowhere/venue.toml")).expect_err("no such file");
    assert!(error.to_string().starts_with("/nowhere/venue.toml: cannot be read: "), "{error}");
}

/// The example with what is commented out as `#key` or `#[section]` put in force; prose begins with `# `.
fn whole_example() -> String {
    let in_force = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    EXAMPLE.lines().map(in_force).collect()
}

#[test]
fn the_example_is_the_default_with_two_symbols() {
    let config = read(EXAMPLE).expect("the example is right");
    let names: Vec<&str> = config.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(names, ["AAPL", "MSFT"]);
    assert_eq!(Config { symbols: Vec::new(), ..config }, Config::default());
}

#[test]
fn the_example_shows_every_key() {
    let table: toml::Table = whole_example().parse().expect("the whole example is TOML");
    let first = |name: &str| match &table[name] {
        toml::Value::Array(tables) => tables[0].clone(),
        table => table.clone(),
    };
    for (section, keys) in [
        ("journal", keys::<JournalConfig>()),
        ("order_entry", keys::<OrderEntryConfig>()),
        ("market_data", keys::<MarketDataConfig>()),
        ("admin", keys::<AdminConfig>()),
        ("postgres", keys::<PostgresConfig>()),
        ("symbol", keys::<SymbolConfig>()),
        ("firm", keys::<FirmConfig>()),
        ("port", keys::<PortConfig>()),
    ] {
        let section_table = first(section);
        let shown = section_table.as_table().expect("a section is a table").keys();
        assert_eq!(shown.map(String::as_str).collect::<BTreeSet<_>>(), keys, "[{section}]");
    }
    let shown: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(shown, keys::<Config>());
}

#[test]
fn what_the_example_shows_is_right_and_the_default() {
    let text = whole_example()
        .replace("symbols_file", "#symbols_file")
        .replace("\nprevious_close", "\n#previous_close");
    let whole = read(&text).expect("the whole example is right");
    let symbol = SymbolConfig::new(whole.symbols[0].name);
    assert_eq!(whole.symbols[0], symbol, "the symbol shows the defaults");
    let unset = Config::default();
    let market_data = MarketDataConfig { b: None, ..whole.market_data };
    let shown = Config {
        market_data,
        schedule: None,
        postgres: None,
        symbols: Vec::new(),
        firms: Vec::new(),
        ports: Vec::new(),
        ..whole
    };
    assert_eq!(shown, unset);
}

/// The names a structure reads, as serde tells them to a deserializer.
fn keys<'de, T: Deserialize<'de>>() -> BTreeSet<&'static str> {
    T::deserialize(Names)
        .err()
        .map(|Listed(names)| names.iter().copied().collect())
        .unwrap_or_default()
}

/// A deserializer that answers with the names of the fields it is asked for.
struct Names;

#[derive(Debug)]
struct Listed(&'static [&'static str]);

impl fmt::Display for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl std::error::Error for Listed {}

impl de::Error for Listed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for Names {
    type Error = Listed;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Listed> {
        Err(Listed(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Listed> {
        Err(Listed(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[test]
fn a_schedule_says_when_the_opening_cross_is() {
    let config = read("[schedule]\nopening_cross = \"13:30:00\"").expect("a schedule");
    let schedule = config.schedule.expect("it is there");
    assert_eq!(schedule.opening_imbalance().to_string(), "13:25:00");
    assert_eq!(schedule.opening_imbalance_each_second().to_string(), "13:28:00");
    let again = read(&config.effective_toml()).expect("what is written is read");
    assert_eq!(again.schedule, config.schedule);
}

#[test]
fn times_of_a_schedule_stand_in_their_order() {
    refused(
        "[schedule]\nopening_cross = \"13:30:00\"\nopening_imbalance = \"13:30:01\"",
        "venue.toml:3:1: schedule.opening_imbalance: expected no later than opening_cross (13:30:00), found 13:30:01",
    );
    refused(
        "[schedule]\nopening_cross = \"13:30:00\"\nopening_imbalance_each_second = \"13:20:00\"",
        "venue.toml:3:1: schedule.opening_imbalance_each_second: expected 13:25:00 to 13:30:00, found 13:20:00",
    );
    for time in ["24:00:00", "9:30:00", "09:60:00", "noon"] {
        let error = read(&format!("[schedule]\nopening_cross = \"{time}\""));
        let error = error.expect_err("no time of day").to_string();
        assert!(error.contains("a time of day (UTC) such as \"09:30:00\""), "{error}");
    }
}
