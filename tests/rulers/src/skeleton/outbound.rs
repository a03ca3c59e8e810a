//! The outbound log at its least: whatever goes out, appended to a file without a sync.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::path::Path;

use super::batch::Batch;

/// Slices that one call takes on Linux (IOV_MAX).
const SLICES: usize = 1_024;

/// A file of batches: an index (connection and length of each piece), the pieces, the packets.
pub(super) struct OutboundLog {
    file: File,
    index: Vec<u8>,
}

impl OutboundLog {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(folder.join("outbound"))?, index: Vec::new() })
    }

    /// Appends a batch, without copying it first.
    pub(super) fn append(&mut self, batch: &Batch) -> io::Result<()> {
        self.index.clear();
        let pieces = (0_u32..).zip(&batch.replies).filter(|(_, piece)| !piece.is_empty());
        for (connection, piece) in pieces.clone() {
            let length = u32::try_from(piece.len()).expect("a batch is short");
            self.index.extend_from_slice(&connection.to_le_bytes());
            self.index.extend_from_slice(&length.to_le_bytes());
        }
        let mut slices = Vec::with_capacity(batch.replies.len() + 2);
        slices.push(IoSlice::new(&self.index));
        slices.extend(pieces.map(|(_, piece)| IoSlice::new(piece)));
        slices.push(IoSlice::new(batch.packets.bytes()));
        for slices in slices.chunks_mut(SLICES) {
            write_all(&mut self.file, slices)?;
        }
        Ok(())
    }
}

fn write_all(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while slices.iter().any(|slice| !slice.is_empty()) {
        let written = file.write_vectored(slices)?;
        IoSlice::advance_slices(&mut slices, written);
    }
    Ok(())
}
