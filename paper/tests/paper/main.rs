//! Every paper: its properties, its looks, its names, and what a scanner reads from it.

mod documents;
mod names;
mod read_back;
mod snapshots;
mod support;
