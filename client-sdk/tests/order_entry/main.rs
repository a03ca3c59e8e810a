//! Order entry against a small venue, over memory and over TCP.

mod venue;
mod tcp;
mod session;
mod connection;
mod resume;
mod pressure;
mod events;
