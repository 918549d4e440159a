//! Computes the tree again and compares it with nodes and signed heads.

use super::Findings;
use rules::{
    audit::{AuditLeaf, Frontier, Node, TreeHead},
    correction::Digest,
    issuing::{Issued, Trust},
};
use std::collections::{BTreeMap, HashMap};

/// Check of the tree, fed with all heads and then with all leaves in order.
pub struct TreeCheck {
    frontier: Frontier,
    /// Signed roots by size.
    heads: BTreeMap<u64, Vec<TreeHead>>,
    /// A leaf is missing: nothing after it can be computed.
    is_cut: bool,
}

impl TreeCheck {
    /// Takes the signed heads, those of the database and those that witnesses hold.
    #[must_use]
    pub fn new(heads: &[Issued<TreeHead>], trust: &Trust, findings: &mut Findings) -> Self {
        let mut by_size: BTreeMap<u64, Vec<TreeHead>> = BTreeMap::new();
        for head in heads {
            let TreeHead { size, at, .. } = &head.value;
            if head.verify(trust).is_ok() {
                by_size.entry(*size).or_default().push(head.value.clone());
            } else {
                findings.add(format_args!("head of {size} leaves at {at:?}: not signed by this centre"));
            }
        }
        let check = Self { frontier: Frontier::default(), heads: by_size, is_cut: false };
        check.compare_head(findings);
        check
    }

    /// Takes the next leaf with the hash stored beside it. Returns the inner nodes it completes.
    pub fn leaf(
        &mut self,
        position: u64,
        leaf: &AuditLeaf,
        stored: &Digest,
        findings: &mut Findings,
    ) -> Vec<Node> {
        let (kind, expected) = (&leaf.kind, self.frontier.size());
        if leaf.hash() != *stored {
            findings.add(format_args!("leaf {position} ({kind}): content does not match its hash"));
        }
        if self.is_cut || position != expected {
            if !self.is_cut {
                findings.add(format_args!("leaf {expected} is missing"));
            }
            self.is_cut = true;
            return Vec::new();
        }
        let nodes = self.frontier.append(leaf.hash());
        self.compare_head(findings);
        nodes
    }

    /// Compares inner nodes with the stored ones.
    pub fn nodes(&self, computed: &[Node], stored: &HashMap<u64, Digest>, findings: &mut Findings) {
        for node in computed {
            if stored.get(&node.id) != Some(&node.hash) {
                findings.add(format_args!("node {} of the tree is missing or was changed", node.id));
            }
        }
    }

    /// Compares the whole log with the largest head, once all leaves were taken.
    pub fn end(&mut self, findings: &mut Findings) {
        let size = self.frontier.size();
        if self.is_cut {
            return;
        }
        match self.heads.keys().next_back().copied() {
            Some(signed) if signed > size => findings.add(format_args!(
                "the log has {size} leaves, and a head of {signed} was signed: its end was cut off"
            )),
            Some(signed) if signed < size => findings
                .add(format_args!("the log has {size} leaves, and only {signed} are under a signed head")),
            None if size > 0 => findings.add("the signed heads are gone"),
            _ => {}
        }
    }

    fn compare_head(&self, findings: &mut Findings) {
        let size = self.frontier.size();
        for head in self.heads.get(&size).into_iter().flatten() {
            if head.root != self.frontier.root() {
                findings.add(format_args!("head of {size} leaves: the leaves give another root"));
            }
        }
    }
}
