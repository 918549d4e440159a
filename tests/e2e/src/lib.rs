//! The whole-system tests are in `tests/`; this library is empty.
