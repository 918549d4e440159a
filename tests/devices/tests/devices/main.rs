//! The drivers against real daemons and, on demand, real devices.

mod desk_check;
mod hardware;
mod pcsc;
mod printer;
mod serial;
