//! The gateway against real sockets: a pipeline that echoes, and a client that knows the protocol.

mod client;
mod venue;

mod logins;
mod sessions;
mod pressure;
mod streams;
mod phases;
