//! What a bench is told on its command line: `[--rounds N] [--quick]`.

use anyhow::{Context, Result, bail};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub rounds: usize,
    /// A second or two, to see that all works.
    pub quick: bool,
}

impl Options {
    /// Reads the arguments of this process, with so many rounds unless they say another number.
    ///
    /// # Errors
    ///
    /// Anything but the two options, or no round.
    pub fn read(rounds: usize) -> Result<Self> {
        let mut options = Self { rounds, quick: false };
        // Cargo adds `--bench`.
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--rounds" => {
                    let number = arguments.next().context("--rounds needs a number")?;
                    options.rounds = number.parse().context("--rounds needs a number")?;
                }
                _ => bail!("usage: [--rounds N] [--quick]"),
            }
        }
        if options.rounds == 0 {
            bail!("--rounds needs at least 1");
        }
        Ok(options)
    }
}
