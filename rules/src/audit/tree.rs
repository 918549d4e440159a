//! Hashes and nodes of the tree.
//!
//! Nodes are numbered as in the array of RFC 9420, appendix C: leaf `i` is node `2 i`, and a node
//! of level `k` ends with `k` one bits. Only complete subtrees are kept; they never change.

use crate::digest::Digest;

/// Returns the hash of a leaf: SM3(0x00 ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest::of(&[&[0], leaf].concat())
}

/// Returns the hash of an inner node: SM3(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[&[1], &left.0[..], &right.0[..]].concat())
}

/// Complete subtree with its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Place in the array.
    pub id: u64,
    /// Merkle tree hash of its leaves.
    pub hash: Digest,
}

/// Roots of the complete subtrees of a log, largest first: all that an append needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Returns the nodes that make up the frontier of a log.
    pub fn nodes(size: u64) -> Vec<u64> {
        covering(0, size)
    }

    /// Restores the frontier from the hashes of [`Self::nodes`]. `None` if their number is wrong.
    pub fn restore(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (usize::try_from(size.count_ones()) == Ok(peaks.len())).then_some(Self { size, peaks })
    }

    /// Returns the number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash. Returns the inner nodes that it completes.
    pub fn append(&mut self, leaf: Digest) -> Vec<Node> {
        let (mut hash, mut level, mut completed) = (leaf, 0, Vec::new());
        while self.size >> level & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            level += 1;
            completed.push(Node { id: node_id(level, self.size >> level), hash: hash.clone() });
        }
        self.peaks.push(hash);
        self.size += 1;
        completed
    }

    /// Returns the root of the whole log.
    pub fn root(&self) -> Digest {
        joined(&self.peaks).unwrap_or_else(|| Digest::of(&[]))
    }
}

/// Joins neighbouring complete subtrees, largest first, into the hash of all their leaves.
pub(super) fn joined(parts: &[Digest]) -> Option<Digest> {
    let (last, before) = parts.split_last()?;
    Some(before.iter().rfold(last.clone(), |right, left| node_hash(left, &right)))
}

/// Returns the complete subtrees that make up a node in a tree of `size` leaves: itself, or, at the
/// right edge, the parts of it that are there.
pub(super) fn parts(node: u64, size: u64) -> Vec<u64> {
    let level = node.trailing_ones();
    let start = (node >> (level + 1)) << level;
    covering(start, size.min(start + (1 << level)))
}

/// Returns the complete subtrees over the leaves `start..end`, largest first. `start` begins a
/// subtree that is at least as large as the first.
fn covering(mut start: u64, end: u64) -> Vec<u64> {
    let mut nodes = Vec::new();
    while let Some(level) = end.saturating_sub(start).checked_ilog2() {
        nodes.push(node_id(level, start >> level));
        start += 1 << level;
    }
    nodes
}

const fn node_id(level: u32, index: u64) -> u64 {
    (index << (level + 1)) + (1 << level) - 1
}
