//! The tests are in `tests/`; nothing is here.
