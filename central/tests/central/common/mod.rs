//! What the tests of several subjects share.

pub(crate) mod city;
pub(crate) mod client;
pub(crate) mod correcting;
pub(crate) mod machine;
