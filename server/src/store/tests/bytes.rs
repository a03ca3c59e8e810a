//! The bytes of the file, as `docs/outbound-log.md` shows them.

use engine::command::PortId;
use engine::outbox::Target;

use super::Folder;

#[test]
fn the_file_is_as_its_documentation_shows() {
    let folder = Folder::new();
    let (mut writer, _) = folder.open();
    let port = Target::Port(PortId(2));
    writer.commit_messages(9, [(port, &b"A"[..]), (Target::Feed, b"BC"), (port, b"D")]);
    let documentation = include_str!("../../../../docs/outbound-log.md");
    let (_, example) = documentation.split_once("```text\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let shown: Vec<u8> = example.lines().flat_map(bytes_of).collect();
    assert_eq!(shown, folder.bytes());
}

/// The bytes of a line of the example: between the offset and the remark.
fn bytes_of(line: &str) -> impl Iterator<Item = u8> {
    let columns = line.get(6..54.min(line.len())).expect("an offset and bytes");
    columns.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("two digits"))
}
