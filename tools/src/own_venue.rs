//! A venue on a thread of this process.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail};
use server::config::Config;
use server::venue::{Addresses, Options, VenueError, run_until};
use tokio::sync::oneshot;

/// A running venue, until it is told to stop or dropped.
///
/// Dropped, it has ended: a folder that is declared behind it outlives it. Without its folder it would end the process.
#[derive(Debug)]
pub(crate) struct OwnVenue {
    addresses: Addresses,
    /// `None` once it was told to stop.
    stop: Option<oneshot::Sender<()>>,
    /// `None` once it was waited for.
    thread: Option<JoinHandle<Result<(), VenueError>>>,
}

impl OwnVenue {
    /// Opens a venue and waits until it takes orders.
    ///
    /// # Errors
    ///
    /// Whatever keeps a venue from starting.
    pub(crate) fn start(config: Config) -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (started, addresses) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("venue".to_owned()).spawn(move || {
            // A caller that is gone wants the venue to stop, too.
            let stopped = async move { stopped.await.unwrap_or_default() };
            let started = move |addresses: &Addresses| {
                started.send(addresses.clone()).unwrap_or_default();
            };
            run_until(config, Options::default(), started, stopped)
        });
        let thread = thread.context("starting the venue's thread")?;
        let Ok(addresses) = addresses.recv() else {
            ended(thread)?;
            bail!("the venue ended before it was open");
        };
        Ok(Self { addresses, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Tells the venue to stop; [`Self::is_finished`] tells when it has.
    pub(crate) fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // One that has ended already needs no word.
            stop.send(()).unwrap_or_default();
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops the venue and waits until it has ended.
    ///
    /// # Errors
    ///
    /// It did not stop in good order.
    pub(crate) fn end(mut self) -> Result<()> {
        self.wait()
    }

    fn wait(&mut self) -> Result<()> {
        self.tell_to_stop();
        self.thread.take().map_or(Ok(()), ended)
    }
}

impl Drop for OwnVenue {
    /// Comes after an error, which says more than how the venue ended.
    fn drop(&mut self) {
        let _ = self.wait();
    }
}

fn ended(thread: JoinHandle<Result<(), VenueError>>) -> Result<()> {
    match thread.join() {
        Ok(end) => Ok(end?),
        Err(_) => bail!("the venue's thread panicked"),
    }
}
