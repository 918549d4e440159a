//! The main job, end to end, on real device stacks.
