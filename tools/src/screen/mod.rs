//! The live screen: the terminal, its keys, and what is drawn on it.
//!
//! Nothing here blocks: keys are taken when they are there.

mod view;

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::DefaultTerminal;

pub(crate) use view::{Gauge, View};

/// What the user wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wish {
    Quit,
    /// The next (1) or the previous (-1) instrument.
    Move(isize),
}

/// A terminal that shows a market until it is dropped.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: DefaultTerminal,
    selected: usize,
}

impl Screen {
    /// Tells whether there is a terminal to draw on and to read keys from.
    pub(crate) fn is_possible() -> bool {
        io::stdout().is_terminal() && io::stdin().is_terminal()
    }

    /// Takes over the terminal; `selected` is the instrument that is shown first.
    pub(crate) fn open(selected: usize) -> io::Result<Self> {
        Ok(Self { terminal: ratatui::try_init()?, selected })
    }

    /// Shows this instrument.
    pub(crate) fn select(&mut self, place: usize) {
        self.selected = place;
    }

    /// Draws the market.
    pub(crate) fn draw(&mut self, view: &View<'_>) -> io::Result<()> {
        let selected = self.selected;
        self.terminal.draw(|frame| view.draw(frame, selected, colored())).map(drop)
    }

    /// Takes the keys pressed so far; true when the user wants to leave.
    pub(crate) fn wants_to_quit(&mut self, instruments: usize) -> io::Result<bool> {
        while event::poll(Duration::ZERO)? {
            let Event::Key(key) = event::read()? else { continue };
            match wish(key) {
                Some(Wish::Quit) => return Ok(true),
                Some(Wish::Move(step)) => {
                    self.selected = moved(self.selected, step, instruments);
                }
                None => {}
            }
        }
        Ok(false)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn wish(key: KeyEvent) -> Option<Wish> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Wish::Quit),
        KeyCode::Char('q') | KeyCode::Esc => Some(Wish::Quit),
        KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => Some(Wish::Move(1)),
        KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => Some(Wish::Move(-1)),
        _ => None,
    }
}

/// Goes round at both ends.
fn moved(selected: usize, step: isize, instruments: usize) -> usize {
    if instruments == 0 {
        return 0;
    }
    (selected + instruments).saturating_add_signed(step) % instruments
}

/// Colour, unless the user has asked for none (<https://no-color.org>).
fn colored() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_goes_round() {
        assert_eq!((moved(5, 1, 6), moved(0, -1, 6), moved(2, 1, 6), moved(3, 1, 0)), (0, 5, 3, 0));
    }

    #[test]
    fn control_c_is_a_key_here() {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(wish(key), Some(Wish::Quit));
        assert_eq!(wish(KeyEvent::from(KeyCode::Char('c'))), None);
        assert_eq!(wish(KeyEvent::from(KeyCode::Up)), Some(Wish::Move(-1)));
    }
}
