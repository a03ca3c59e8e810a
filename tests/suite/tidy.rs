//! The shape of the house: sizes, heads, who may import whom, and documents that tell the truth.
//!
//! Reads the checkout as text. A rule that a tool already holds (formatting, lints) is not here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 70;

/// Names that say nothing of what a module holds.
const EMPTY_NAMES: [&str; 7] = ["common", "util", "utils", "types", "helper", "helpers", "manager"];

/// The files that may have code which is not safe, and how long they may be.
const UNSAFE: [&str; 2] = ["tests/neutral/src/exports.rs", "tests/neutral/src/transport.rs"];
const LONGEST_UNSAFE: usize = 150;

/// What each crate may depend on: the plan of the house, and no more.
const ALLOWED: [(&str, &str); 9] = [
    ("protocol", "bytes thiserror tokio-util zerocopy"),
    ("server/engine", "protocol thiserror zerocopy"),
    (
        "server",
        "anyhow argon2 axum bytes clap crc32c deadpool-postgres engine futures prometheus-client \
         protocol rustix serde serde_json sha2 socket2 thiserror tokio tokio-postgres tokio-util \
         toml tracing tracing-subscriber zerocopy",
    ),
    ("client-sdk", "bytes protocol socket2 thiserror tokio tokio-util tracing zerocopy"),
    (
        "tools",
        "anyhow argon2 bytes clap clap_complete client crossterm engine hdrhistogram indicatif \
         pcap-file postgres protocol ratatui rustix serde serde_json server socket2 tempfile thiserror tokio \
         tracing tracing-subscriber zerocopy",
    ),
    (
        "tests",
        "anyhow bytes engine openbell-client openbell-tools postgres proptest protocol rustix \
         serde_json server sha2 socket2 tempfile tokio toml zerocopy",
    ),
    ("tests/neutral", "engine protocol zerocopy"),
    ("tests/benches", "anyhow engine openbell-rulers protocol serde_json server zerocopy"),
    (
        "tests/rulers",
        "anyhow clap hdrhistogram openbell-tests openbell-tools postgres protocol rustix serde_json \
         server socket2 tempfile zerocopy",
    ),
];

#[test]
fn no_file_is_longer_than_its_idea() {
    let long: Vec<String> = sources()
        .iter()
        .map(|path| (path, text(path).lines().count()))
        .filter(|(_, lines)| LONGEST_FILE < *lines)
        .map(|(path, lines)| format!("{}: {lines} lines", short(path)))
        .collect();
    none("files above 600 lines", &long);
}

#[test]
fn every_function_fits_a_screen() {
    let mut long = Vec::new();
    for path in sources() {
        for (name, lines) in functions(&text(&path)) {
            if LONGEST_FUNCTION < lines {
                long.push(format!("{}: {name}, {lines} lines", short(&path)));
            }
        }
    }
    none("functions above 70 lines", &long);
}

#[test]
fn every_module_begins_with_what_it_holds() {
    let bare: Vec<String> = sources()
        .iter()
        .filter(|path| !text(path).starts_with("//! "))
        .map(|path| short(path))
        .collect();
    none("modules without a head", &bare);
}

#[test]
fn no_module_has_an_empty_name() {
    let empty: Vec<String> = sources()
        .iter()
        .filter(|path| {
            let names = path.iter().filter_map(|name| name.to_str());
            names.map(|name| name.trim_end_matches(".rs")).any(|name| EMPTY_NAMES.contains(&name))
        })
        .map(|path| short(path))
        .collect();
    none("modules whose name says nothing", &empty);
}

#[test]
fn each_crate_imports_what_the_plan_allows() {
    for (folder, allowed) in ALLOWED {
        let manifest = manifest(folder);
        let dependencies = manifest["dependencies"].as_table().expect("a table");
        for name in dependencies.keys() {
            let is_allowed = allowed.split_whitespace().any(|allowed| allowed == name);
            assert!(is_allowed, "{folder} must not depend on {name}");
        }
    }
    let members = manifest(".")["workspace"]["members"].as_array().expect("a list").len();
    assert_eq!(members, ALLOWED.len(), "every member of the workspace is in the list");
}

#[test]
fn every_crate_takes_the_lints_of_the_house() {
    for (folder, _) in ALLOWED {
        let manifest = manifest(folder);
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(inherits.and_then(Value::as_bool), Some(true), "{folder}");
    }
}

#[test]
fn what_is_switched_off_has_a_reason() {
    let forbidden = ["#[allow(", "#![allow(", "#[ignore", "todo!(", "unimplemented!("];
    let mut found = Vec::new();
    for path in sources().iter().filter(|path| !path.ends_with("suite/tidy.rs")) {
        for (number, line) in (1..).zip(text(path).lines()) {
            if forbidden.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", short(path), line.trim()));
            }
        }
    }
    none("things switched off without a reason", &found);
}

#[test]
fn unsafe_code_stands_only_where_the_architecture_lists_it() {
    let keyword = ["uns", "afe "].concat();
    let architecture = text(&root().join("ARCHITECTURE.md"));
    for exempt in UNSAFE {
        assert!(architecture.contains(exempt), "ARCHITECTURE.md lists {exempt}");
        let lines = text(&root().join(exempt)).lines().count();
        assert!(lines <= LONGEST_UNSAFE, "{exempt} is {lines} lines long");
    }
    let mut found = Vec::new();
    for path in sources().into_iter().filter(|path| !UNSAFE.contains(&&*short(path))) {
        for (number, line) in (1..).zip(text(&path).lines()) {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(&keyword) {
                found.push(format!("{}:{number}", short(&path)));
            }
        }
    }
    none("code that is not safe, which ARCHITECTURE.md does not list", &found);
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(&root(), "md") {
        for target in links(&text(&path)) {
            let target = target.split('#').next().unwrap_or_default();
            let folder = path.parent().expect("a file is in a folder");
            if !target.is_empty() && !target.contains("://") && !folder.join(target).exists() {
                broken.push(format!("{}: {target}", short(&path)));
            }
        }
    }
    none("broken links", &broken);
}

#[test]
fn every_rule_names_a_test_that_exists() {
    let sources: String = [root().join("server/engine/src/rules"), root().join("tests/src/model")]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| text(&path))
        .collect();
    let rulebook = text(&root().join("docs/rulebook.md"));
    let mut named = 0;
    for word in rulebook.split('`').skip(1).step_by(2) {
        let exists = match word.split_once("::") {
            Some(("rules" | "model", "")) | None => continue,
            Some(("rules" | "model", name)) => sources.contains(&format!("fn {name}()")),
            Some(("suite", "")) => continue,
            Some(("suite", name)) => root().join(format!("tests/suite/{name}.rs")).exists(),
            Some(_) => continue,
        };
        assert!(exists, "docs/rulebook.md names {word}");
        named += 1;
    }
    assert!(40 < named, "the rulebook names tests, {named} found");
}

#[test]
fn every_word_of_a_decision_has_a_number_of_its_own() {
    let mut numbers = BTreeSet::new();
    for path in files(&root().join("docs/adr"), "md") {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let (number, _) = name.split_once('-').expect("a number before the name");
        assert!(numbers.insert(number.to_owned()), "two decisions have number {number}");
        let title = format!("# {}. ", number.trim_start_matches('0'));
        assert!(text(&path).starts_with(&title), "{name} begins with {title:?}");
    }
    assert!(!numbers.is_empty());
}

/// Functions of a formatted source, each with its number of lines.
fn functions(source: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = function_name(code) else { continue };
        let indent = line.len() - code.len();
        let closing = format!("{}}}", &line[..indent]);
        let ends_at_once = lines[at..]
            .iter()
            .take_while(|line| !line.trim_end().ends_with(['{', '}', ';']))
            .count()
            + at;
        if lines[ends_at_once].trim_end().ends_with(['}', ';']) {
            continue;
        }
        let length = lines[at..].iter().position(|line| **line == closing);
        found.push((name.to_owned(), length.expect("formatted code closes its blocks") + 1));
    }
    found
}

fn function_name(code: &str) -> Option<&str> {
    let words = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async "];
    let mut rest = code;
    while let Some(shorter) = words.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    let name = rest.strip_prefix("fn ")?;
    Some(&name[..name.find(['(', '<'])?])
}

#[test]
fn functions_are_measured_from_their_name_to_their_brace() {
    let source = "\
fn one() {}
pub(crate) async fn two(
    a: u8,
) -> u8 {
    a
}
impl A {
    fn three(&self);
    const fn four(&self) -> u8 {
        if true { 1 } else { 2 }
    }
}
";
    let expected = [("two".to_owned(), 5), ("four".to_owned(), 3)];
    assert_eq!(functions(source), expected);
}

/// Targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn manifest(folder: &str) -> Table {
    text(&root().join(folder).join("Cargo.toml")).parse().expect("a manifest is TOML")
}

/// Every source file of the project.
fn sources() -> Vec<PathBuf> {
    let folders = ["protocol", "server", "client-sdk", "tools", "tests"];
    let sources: Vec<_> =
        folders.iter().flat_map(|folder| files(&root().join(folder), "rs")).collect();
    assert!(100 < sources.len(), "the sources are found, {} files", sources.len());
    sources
}

/// Files with this ending below a folder, but none that a build made.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the checkout can be read") {
            let path = entry.expect("the checkout can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}
