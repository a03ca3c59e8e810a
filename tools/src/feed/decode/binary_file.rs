//! The messages of a BinaryFILE that may be longer than the memory, or not yet at its end.

use std::ops::ControlFlow;

use anyhow::Result;
use protocol::itch::{END_OF_SESSION, FileError};

use super::output::Output;
use crate::feed::source::{Source, fill};

/// Gives all messages to `output`, as long as it takes them.
///
/// # Errors
///
/// A message is cut, of a wrong length, or stands after the end of the session.
pub(super) fn read(mut source: Source, output: &mut Output) -> Result<()> {
    let mut message = Vec::new();
    let mut offset = 0;
    for number in 1.. {
        if source.buffer().is_empty() {
            // The next read may wait for a recorder.
            output.flush()?;
        }
        let cut = |expected, actual| FileError::Cut { offset, expected, actual };
        let mut length = [0; 2];
        match fill(&mut source, &mut length)? {
            0 => return Ok(()),
            2 => {}
            actual => return Err(cut(2, actual).into()),
        }
        if length == END_OF_SESSION {
            return match fill(&mut source, &mut [0])? {
                0 => Ok(()),
                _ => Err(FileError::AfterEnd { offset: offset + 2 }.into()),
            };
        }
        message.resize(usize::from(u16::from_be_bytes(length)), 0);
        let actual = fill(&mut source, &mut message)?;
        if actual < message.len() {
            return Err(cut(2 + message.len(), 2 + actual).into());
        }
        let place = u64::try_from(offset).expect("an offset fits 64 bits");
        if output.message(number, place, &message)? == ControlFlow::Break(()) {
            return Ok(());
        }
        offset += 2 + message.len();
    }
    Ok(())
}
