//! D2: the audit log's tree, against the definitions of RFC 6962 written out as they stand there.

use proptest::prelude::*;
use rules::{
    At,
    audit::{AuditLeaf, Frontier, HistoryError, ProofPlan, TreeHead, leaf_hash, node_hash},
    correction::Digest,
};
use std::collections::HashMap;
use uuid::Uuid;

fn leaf(number: u64) -> AuditLeaf {
    AuditLeaf {
        id: Uuid::from_u128(u128::from(number)),
        at: At(i64::try_from(number).unwrap()),
        kind: "look_up".to_owned(),
        body: format!("{{\"device\":{number}}}"),
    }
}

fn hashes(size: u64) -> Vec<Digest> {
    (0..size).map(|number| leaf(number).hash()).collect()
}

/// Returns the largest power of two below `n`: the k of the RFC.
fn split(n: usize) -> usize {
    1 << (n - 1).ilog2()
}

/// MTH, section 2.1.
fn tree_hash(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [one] => one.clone(),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&tree_hash(left), &tree_hash(right))
        }
    }
}

/// SUBPROOF, section 2.1.2.
fn subproof(from: usize, leaves: &[Digest], is_whole: bool) -> Vec<Digest> {
    if from == leaves.len() {
        return if is_whole { Vec::new() } else { vec![tree_hash(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) = if from <= k {
        (subproof(from, left, is_whole), right)
    } else {
        (subproof(from - k, right, false), left)
    };
    proof.push(tree_hash(other));
    proof
}

/// A log as a store keeps it: the frontier, and every complete subtree by its number.
struct Log {
    frontier: Frontier,
    nodes: HashMap<u64, Digest>,
}

impl Log {
    fn of(size: u64) -> Self {
        let mut log = Self { frontier: Frontier::default(), nodes: HashMap::new() };
        for (position, hash) in (0..).zip(hashes(size)) {
            log.nodes.insert(2 * position, hash.clone());
            log.nodes.extend(log.frontier.append(hash).into_iter().map(|node| (node.id, node.hash)));
        }
        log
    }

    fn head(&self) -> TreeHead {
        TreeHead { size: self.frontier.size(), root: self.frontier.root(), at: At(0) }
    }

    fn consistency(&self, from: u64) -> Vec<Digest> {
        let plan = ProofPlan::consistency(from, self.frontier.size()).unwrap();
        plan.proof(|node| self.nodes.get(&node).cloned()).unwrap()
    }
}

const LARGEST: u64 = 70;

#[test]
fn d2_leaves_and_nodes_are_hashed_apart() {
    assert_eq!(leaf_hash(b"a"), Digest::of(b"\x00a"));
    let (left, right) = (Digest::of(b"left"), Digest::of(b"right"));
    assert_eq!(node_hash(&left, &right), Digest::of(&[&[1], &left.0[..], &right.0[..]].concat()));
    assert_eq!(Frontier::default().root(), Digest::of(b""), "an empty log");
}

#[test]
fn d2_every_field_of_a_leaf_is_in_its_hash() {
    let one = leaf(1);
    let others = [
        AuditLeaf { id: Uuid::from_u128(9), ..one.clone() },
        AuditLeaf { at: At(9), ..one.clone() },
        AuditLeaf { kind: "evidence".to_owned(), ..one.clone() },
        AuditLeaf { body: "{}".to_owned(), ..one.clone() },
    ];
    assert!(others.iter().all(|other| other.hash() != one.hash()));
}

#[test]
fn d2_every_head_of_a_growing_log_extends_every_earlier_one() {
    for to in 0..=LARGEST {
        let log = Log::of(to);
        assert_eq!(log.head().root, tree_hash(&hashes(to)));
        for from in 0..=to {
            let proof = log.consistency(from);
            if from > 0 {
                let all = hashes(to);
                assert_eq!(proof, subproof(usize::try_from(from).unwrap(), &all, true), "{from} to {to}");
            }
            assert_eq!(log.head().check_extends(&Log::of(from).head(), &proof), Ok(()));
        }
    }
}

#[test]
fn d2_a_frontier_is_restored_from_its_nodes() {
    for size in 0..=LARGEST {
        let mut log = Log::of(size);
        let peaks: Vec<Digest> = Frontier::nodes(size).iter().map(|node| log.nodes[node].clone()).collect();
        let mut restored = Frontier::restore(size, peaks.clone()).unwrap();
        assert_eq!(restored, log.frontier);
        assert_eq!(restored.append(leaf(size).hash()), log.frontier.append(leaf(size).hash()));
        assert_eq!(restored.root(), log.frontier.root());
        assert_eq!(Frontier::restore(size, [peaks, vec![Digest::of(b"")]].concat()), None);
    }
}

#[test]
fn d2_a_log_that_shrank_or_never_had_that_size_has_no_proof() {
    let (small, large) = (Log::of(5).head(), Log::of(9).head());
    assert_eq!(small.check_extends(&large, &[]), Err(HistoryError::Smaller));
    assert_eq!(ProofPlan::consistency(9, 5), None);
    assert_eq!(ProofPlan::consistency(1, u64::MAX), None);
}

proptest! {
    #[test]
    fn d2_a_rewritten_log_extends_no_head_that_had_the_leaf(
        to in 1..LARGEST,
        from in any::<u64>(),
        changed in any::<u64>(),
    ) {
        let from = 1 + from % to;
        let changed = changed % from;
        let mut leaves = hashes(to);
        leaves[usize::try_from(changed).unwrap()] = Digest::of(b"rewritten");
        let rewritten = TreeHead { size: to, root: tree_hash(&leaves), at: At(0) };
        let best = subproof(usize::try_from(from).unwrap(), &leaves, true);
        for proof in [best, Log::of(to).consistency(from), Vec::new()] {
            let shown = rewritten.check_extends(&Log::of(from).head(), &proof);
            prop_assert_eq!(shown, Err(HistoryError::Rewritten));
        }
    }

    #[test]
    fn d2_no_proof_but_the_right_one_is_taken(
        to in 2..LARGEST,
        from in any::<u64>(),
        place in 0..16_usize,
        bit in 0..256_usize,
    ) {
        let from = 1 + from % (to - 1);
        let log = Log::of(to);
        let (old, right) = (Log::of(from).head(), log.consistency(from));
        let mut altered = right.clone();
        let place = place % altered.len();
        altered[place].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(log.head().check_extends(&old, &altered).is_err());
        prop_assert!(log.head().check_extends(&old, &right[1..]).is_err());
        prop_assert!(log.head().check_extends(&old, &[right, vec![Digest::of(b"")]].concat()).is_err());
    }

    #[test]
    fn d2_s12_foreign_heads_and_proofs_are_an_error_never_a_panic(
        sizes in any::<(u64, u64)>(),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let head = |size| TreeHead { size, root: Digest::of(b"any"), at: At(0) };
        let proof: Vec<Digest> = proof.into_iter().map(Digest).collect();
        prop_assert!(sizes.0 == sizes.1 || head(sizes.0).check_extends(&head(sizes.1), &proof).is_err());
    }
}
