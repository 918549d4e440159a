//! Batches that are not what they seem.

use central::{
    machine::ingest::{DeviceHead, Intake, is_authentic, receive},
    store::Store as _,
    sync::{self, PushError},
};
use central_fixture::{
    MemoryStore,
    desk::{DAY, Desk, MORNING, rulebook, senior},
};
use rules::{
    DeviceNumber,
    correction::Digest,
    life::Action,
    op::{Batch, Operation},
    wire::ProtocolError,
};
use std::collections::BTreeMap;

fn issues(desk: &mut Desk, count: u32) -> Vec<Operation> {
    (0..count)
        .map(|day| desk.issue(&senior(1), Action::Apply, MORNING.plus_ms(i64::from(day) * DAY), None))
        .collect()
}

/// The head after these operations.
fn after(desk: &Desk, operations: &[Operation]) -> DeviceHead {
    let last = operations.last().unwrap();
    DeviceHead { received_through: last.seq, last_hash: last.hash.clone(), ..desk.head() }
}

fn hashes(operations: &[Operation]) -> BTreeMap<u64, Digest> {
    operations.iter().map(|operation| (operation.seq, operation.hash.clone())).collect()
}

fn batch(desk: &Desk, operations: &[Operation]) -> Batch {
    desk.push(operations.to_vec()).batch
}

/// The same desk with its disk put back to where it was after `kept`.
fn put_back(kept: &[Operation]) -> Desk {
    let mut copy = Desk::new(kept[0].device, kept[0].epoch);
    for operation in kept {
        (copy.seq, copy.last) = (operation.seq, operation.hash.clone());
    }
    copy
}

fn other_issue(desk: &mut Desk) -> Operation {
    desk.issue(&senior(2), Action::Apply, MORNING.plus_ms(9 * DAY), None)
}

#[test]
fn what_follows_the_head_is_appended_and_what_is_known_is_not() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 4);
    let (head, known) = (after(&desk, &all[..2]), hashes(&all[..2]));
    for (first, count) in [(0, 2), (0, 4), (1, 3), (2, 2)] {
        let sent = batch(&desk, &all[first..first + count]);
        let new = Intake::Append { new: &sent.ops[2 - first..], contents: sent.check_contents().unwrap() };
        assert_eq!(receive(&head, &sent, &known, &rulebook()), new, "from {first}");
    }
}

/// Nothing of it is known yet, so no stored hash shows it: only its link to the operation before
/// does.
#[test]
fn a_chain_that_forked_before_the_batch_is_a_copied_disk() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 3);
    let mut copy = put_back(&all[..2]);
    let (_, fork) = (other_issue(&mut copy), other_issue(&mut copy));
    assert_eq!(fork.seq, 4);
    let (head, known) = (after(&desk, &all), hashes(&all));
    assert_eq!(receive(&head, &batch(&copy, &[fork]), &known, &rulebook()), Intake::Quarantine);
}

#[test]
fn a_chain_that_forked_inside_the_batch_is_a_copied_disk() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 3);
    let mut copy = put_back(&all[..2]);
    let (third, fourth) = (other_issue(&mut copy), other_issue(&mut copy));
    let (head, known) = (after(&desk, &all), hashes(&all));
    let sent = [all[1].clone(), third, fourth];
    for batch in [batch(&copy, &sent), batch(&copy, &sent[1..]), batch(&copy, &sent[..2])] {
        assert_eq!(receive(&head, &batch, &known, &rulebook()), Intake::Quarantine);
    }
}

#[tokio::test]
async fn nothing_of_a_forked_chain_is_kept_and_the_desk_is_in_quarantine() {
    let store = MemoryStore::default();
    let mut desk = Desk::new(DeviceNumber(7), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    let all = issues(&mut desk, 3);
    let mut copy = put_back(&all[..2]);
    let (_, fork) = (other_issue(&mut copy), other_issue(&mut copy));
    sync::push(&store, &rulebook(), &desk.push(all), MORNING).await.unwrap();
    let refused = sync::push(&store, &rulebook(), &copy.push(vec![fork]), MORNING).await;
    assert!(matches!(refused, Err(PushError::Protocol(ProtocolError::Quarantined))), "{refused:?}");
    assert!(store.is_quarantined(DeviceNumber(7)));
    assert_eq!(store.log().len(), 3);
}

#[test]
fn a_batch_with_a_gap_before_it_is_asked_for_from_the_gap() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 4);
    let (head, known) = (after(&desk, &all[..2]), hashes(&all[..2]));
    let gap = Intake::Gap { resend_from: 3 };
    assert_eq!(receive(&head, &batch(&desk, &all[3..]), &known, &rulebook()), gap);
}

#[test]
fn a_batch_of_another_desk_or_enrolment_is_none_of_this_one() {
    for mut other in [Desk::new(DeviceNumber(8), 1), Desk::new(DeviceNumber(7), 2)] {
        let sent = issues(&mut other, 1);
        let sent = batch(&other, &sent);
        assert_eq!(
            receive(&Desk::new(DeviceNumber(7), 1).head(), &sent, &BTreeMap::new(), &rulebook()),
            Intake::Malformed
        );
    }
}

#[test]
fn an_operation_that_was_altered_or_is_another_desks_spoils_its_batch() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 2);
    let mut foreign = Desk { seq: 1, last: all[0].hash.clone(), ..Desk::new(DeviceNumber(8), 1) };
    let mut altered = all[1].clone();
    altered.operator = "10002".parse().unwrap();
    for second in [altered, other_issue(&mut foreign)] {
        let sent = batch(&desk, &[all[0].clone(), second]);
        assert_eq!(receive(&desk.head(), &sent, &BTreeMap::new(), &rulebook()), Intake::Malformed);
    }
}

#[test]
fn s7_a_desk_out_of_service_hears_why_and_nothing_of_it_is_taken() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 1);
    let sent = batch(&desk, &all);
    for (head, intake) in [
        (DeviceHead { current_epoch: 2, ..desk.head() }, Intake::Fenced { current: 2 }),
        (DeviceHead { revoked: true, ..desk.head() }, Intake::Revoked),
        (DeviceHead { quarantined: true, ..desk.head() }, Intake::Barred),
    ] {
        assert_eq!(receive(&head, &sent, &BTreeMap::new(), &rulebook()), intake);
    }
}

#[test]
fn s7_only_the_desks_own_key_signs_for_it() {
    let mut desk = Desk::new(DeviceNumber(7), 1);
    let all = issues(&mut desk, 1);
    let request = desk.push(all.clone());
    assert!(is_authentic(&desk.head(), &request));
    let mut longer = request.clone();
    longer.batch.ops.extend(issues(&mut desk, 1));
    let mut unsigned = request.clone();
    unsigned.signature = "no signature".to_owned();
    let thief = Desk { key: Desk::new(DeviceNumber(8), 1).key, ..desk };
    for forged in [longer, unsigned, thief.push(all)] {
        assert!(!is_authentic(&Desk::new(DeviceNumber(7), 1).head(), &forged));
    }
}
