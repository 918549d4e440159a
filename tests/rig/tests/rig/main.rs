//! The rig itself: every piece starts, answers, and leaves nothing behind.

mod central;
mod nothing_left_behind;
mod postgres;
mod printing;
mod smartcard;
mod window;
