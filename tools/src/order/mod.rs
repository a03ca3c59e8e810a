//! `openbell order`: one request to a venue from the shell, and everything the venue says to it.
//!
//! The answers to a request, and what it trades at once, come before the answer to a question asked
//! after it. So the command asks for the next number, too, and when that is told, all has been told:
//! where nothing was said by then, the venue has ignored the request.

mod words;
mod attributes;
mod request;
mod port;
mod case;
mod told;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use client::order_entry::{Event, Request};
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout, timeout_at};

use crate::exit::{FAILED, Unreachable};
use crate::line::Printer;
use case::{Case, Outcome};
use port::Port;
use request::{Asked, Cancel, Enter, MassCancel, Modify, Query, Replace, Switch};

/// How long the venue may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

const EXAMPLES: &str = "\
Examples:
  export OPENBELL_PASSWORD=demo
  openbell order enter buy 100 ACME 25.00 --username guest
  openbell order enter sell 300 ACME market --time-in-force ioc --username guest
  openbell order enter buy 100 ACME 25.00 --username guest --wait 5m --json
  openbell order replace 1 200 25.01 --username guest
  openbell order cancel 2 --username guest
  openbell order mass-cancel --symbol ACME --username guest

Ends with 0 when the venue has done it, 1 when it refuses or ignores it, 4 when it cannot be reached.
An order stays when the command ends, unless the port is configured to cancel at a logout.";

/// Enters, replaces and cancels orders at a venue and prints what becomes of them.
///
/// Logs in, sends one request, prints every event about it as a line until all is told that the venue
/// does at once, and logs out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Enters an order; prints the number by which the others name it.
    Enter(Box<Enter>),
    /// Puts another order in the place of one; it loses its priority.
    Replace(Box<Replace>),
    /// Cancels an order, or a part of it.
    Cancel(Cancel),
    /// Changes the sell side of an order or reduces it; priority is kept.
    Modify(Modify),
    /// Cancels every order of a firm, or those of a symbol or side.
    MassCancel(MassCancel),
    /// Has the venue refuse new orders of a firm on this port; open ones stay.
    DisableEntry(Switch),
    /// Has the venue take new orders of the firm again.
    EnableEntry(Switch),
    /// Asks for the next number of the port.
    Query(Query),
}

impl Verb {
    fn asked(&self) -> Asked<'_> {
        match self {
            Self::Enter(enter) => enter.asked(),
            Self::Replace(replace) => replace.asked(),
            Self::Cancel(cancel) => cancel.asked(),
            Self::Modify(modify) => modify.asked(),
            Self::MassCancel(mass_cancel) => mass_cancel.asked(),
            Self::DisableEntry(switch) => switch.disabled(),
            Self::EnableEntry(switch) => switch.enabled(),
            Self::Query(query) => query.asked(),
        }
    }
}

/// Sends the request and tells what becomes of it.
///
/// # Errors
///
/// The venue cannot be reached, refuses the login, or does not answer.
pub fn run(args: Args) -> Result<ExitCode> {
    let asked = args.verb.asked();
    let mut printer = Printer::new(asked.login.json);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.context("starting the runtime")?.block_on(trade(&asked, &mut printer))?;
    Ok(ExitCode::from(if outcome == Outcome::Done { 0 } else { FAILED }))
}

async fn trade(asked: &Asked<'_>, printer: &mut Printer) -> Result<Outcome> {
    // Who stops a command that waits has it log out, also when it has not begun to wait.
    let interrupt = asked.wait.map(|_| signal(SignalKind::interrupt())).transpose()?;
    let mut port = Port::log_in(asked.login).await?;
    let answered = timeout(PATIENCE, answer(asked.request, &mut port, printer)).await;
    let silent = |_| Unreachable(format!("the venue does not answer for {PATIENCE:?}"));
    let mut case = answered.map_err(silent)??;
    if let (Some(wait), Some(interrupt)) = (asked.wait, interrupt) {
        listen(&mut case, wait, interrupt, &mut port, printer).await?;
    }
    port.log_out().await;
    Ok(case.outcome())
}

/// Sends the request and prints all that the venue says until it has handled it.
async fn answer(request: Request, port: &mut Port, printer: &mut Printer) -> Result<Case> {
    let name = port.submit(request).await?;
    let mut case = Case::new(request, name);
    // Of another channel, the session may have asked the same to find the number to use.
    let fence = if let Request::AccountQuery(channel) = request { channel } else { 0 };
    if !matches!(request, Request::AccountQuery(_)) {
        port.submit(Request::AccountQuery(fence)).await?;
    }
    loop {
        let event = port.next().await?;
        tell(&mut case, &event, printer)?;
        if matches!(&event, Event::AccountQueryResponse(next) if next.next.channel == fence) {
            break;
        }
    }
    if case.outcome() == Outcome::Silence {
        printer.line(&told::ignored(case.name, case.why_ignored()))?;
        printer.flush()?;
    }
    Ok(case)
}

/// Prints what becomes of an order until nothing of it is open, time is up or the user has enough.
async fn listen(
    case: &mut Case,
    wait: Duration,
    mut interrupt: Signal,
    port: &mut Port,
    printer: &mut Printer,
) -> Result<()> {
    let end = Instant::now() + wait;
    while !case.is_over() {
        tokio::select! {
            event = timeout_at(end, port.next()) => match event {
                Ok(event) => tell(case, &event?, printer)?,
                Err(_) => break,
            },
            _ = interrupt.recv() => break,
        }
    }
    Ok(())
}

fn tell(case: &mut Case, event: &Event, printer: &mut Printer) -> Result<()> {
    if case.take(event)
        && let Some(line) = told::line(event)
    {
        printer.line(&line)?;
        printer.flush()?;
    }
    Ok(())
}
