//! From a file to a checked configuration, and back to text for `--check-config`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::check::{Fault, MOST, check, restricted};
use super::error::{ConfigError, Source};
use super::{Config, symbol};

/// Keys that later versions have; refused by what they are rather than as unknown.
const LATER: [&str; 2] = ["market_data.itch_tcp", "market_data.glimpse"];

impl Config {
    /// Reads and checks a configuration file, and the symbols file it names.
    ///
    /// # Errors
    ///
    /// The first fault found, with its place.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        Self::from_toml(&read(path)?, &name)
    }

    /// Reads and checks a configuration; relative paths in it are seen from the folder of `name`.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn from_toml(text: &str, name: &str) -> Result<Self, ConfigError> {
        let source = Source::parse(text, name)?;
        if let Some(key) = LATER.into_iter().find(|key| source.has(key)) {
            return Err(ConfigError::NotAvailable {
                at: source.place_of(key),
                key: key.to_owned(),
            });
        }
        let mut config: Self = toml::from_str(text).map_err(|error| source.explain(&error))?;
        check(&config).map_err(|fault| {
            let at = source.place_of(&fault.key);
            fault.at(at)
        })?;
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        config.data_dir = folder.join(&config.data_dir);
        if let Some(file) = config.symbols_file.take() {
            let file = folder.join(file);
            config.add_symbols(&file)?;
            config.symbols_file = Some(file);
        }
        restricted(&config).map_err(|fault| {
            let at = source.place_of(&fault.key);
            fault.at(at)
        })?;
        Ok(config)
    }

    fn add_symbols(&mut self, file: &Path) -> Result<(), ConfigError> {
        let mut names: BTreeSet<_> = self.symbols.iter().map(|symbol| symbol.name).collect();
        for (at, symbol) in symbol::read_symbols_file(&read(file)?, &file.display().to_string())? {
            if !names.insert(symbol.name) {
                return Err(Fault::new("name", "a name not used before", symbol.name).at(at));
            }
            if self.symbols.len() == MOST {
                return Err(
                    Fault::new("name", format!("at most {MOST} symbols"), "one more").at(at)
                );
            }
            self.symbols.push(symbol);
        }
        Ok(())
    }

    /// Writes the configuration as it holds, defaults and symbols file included, secrets left out.
    pub fn effective_toml(&self) -> String {
        toml::to_string(self).expect("every field of the configuration has a form in TOML")
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        file: path.display().to_string(),
        problem: error.to_string(),
    })
}
