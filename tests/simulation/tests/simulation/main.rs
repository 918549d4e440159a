//! Short forms of `make sim`, for every test run.

mod hostile;
mod seeds;
