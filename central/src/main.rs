//! `suishen-central`: the centre's program.

fn main() {}
