//! Administration: how people and machines look at the venue, and how operators act on it.
//!
//! Looking is HTTP on `[admin] listen`. Acting is a unix socket in the data folder, which only the venue's
//! own user may open; every act is a command in the log, with who ordered it and why.

mod act;
mod limits;
mod status;
mod seats;
pub mod http;
pub mod socket;

pub use act::{Act, Answer, Instruction, Whom};
pub use limits::Change;
pub(crate) use limits::written;
pub use socket::{AdminSocket, Counter, SocketError};
pub use status::Published;
