//! Tests of the repository itself: invariants that no compiler checks.
//!
//! Each rule is one test with the rule in its name. A failing test names the file and the line.

#[cfg(test)]
mod arrows;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod places;
#[cfg(test)]
mod prose;
#[cfg(test)]
mod purity;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod supply;
#[cfg(test)]
mod words;
