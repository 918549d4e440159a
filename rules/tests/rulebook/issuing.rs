//! F: what counts is what an issuing key of the root signed, for its purpose and in its time.

use crate::support::{issuers, key};
use rules::{
    At,
    audit::TreeHead,
    correction::Digest,
    issuing::{IssueError, Issued, Issuers, Purpose, RevokedIssuer, RevokedIssuers, Trust},
    keys::{Class, KeyError, Signed, Signer as _},
    wire::Receipt,
};

const ROOT: u8 = 1;

fn trust() -> Trust {
    Trust::of(key(ROOT).public_key())
}

fn head() -> TreeHead {
    TreeHead { size: 0, root: Digest::of(&[]), at: At(5) }
}

fn revoked(version: u64, issuers: &Issuers, purpose: Purpose, since: At) -> Signed<RevokedIssuers> {
    let key_id = issuers.get(purpose).unwrap().key.key_id();
    let keys = vec![RevokedIssuer { key_id, since }];
    Signed::sign(RevokedIssuers { version, class: Class::Live, keys }, &key(ROOT)).unwrap()
}

#[test]
fn f_the_root_alone_says_which_keys_sign() {
    let issued = issuers(ROOT).sign(head(), At(5)).unwrap();
    assert_eq!(issued.verify(&trust()), Ok(&head()));
    let forged = issuers(9).sign(head(), At(5)).unwrap();
    assert_eq!(forged.verify(&trust()), Err(IssueError::Issuer));
}

#[test]
fn f_a_key_signs_for_its_purpose_alone() {
    let (head, none) = (issuers(ROOT).sign(head(), At(5)), issuers(ROOT).sign(Vec::<Receipt>::new(), At(5)));
    let (head, none) = (head.unwrap(), none.unwrap());
    let receipts = Issued { value: none.value.clone(), issuer: head.issuer.clone(), ..none };
    assert_eq!(receipts.verify(&trust()), Err(IssueError::Purpose));
}

#[test]
fn f_value_and_instant_are_signed() {
    let issued = issuers(ROOT).sign(head(), At(5)).unwrap();
    let later = Issued { at: At(6), ..issued.clone() };
    assert_eq!(later.verify(&trust()), Err(IssueError::Signature));
    let other = Issued { value: TreeHead { size: 1, ..head() }, ..issued };
    assert_eq!(other.verify(&trust()), Err(IssueError::Signature));
}

#[test]
fn f_a_key_signs_in_its_time_alone_and_its_word_outlives_it() {
    let mut next = 0;
    let random = || {
        next += 1;
        [next; 32]
    };
    let short = Issuers::draw(&key(ROOT), Class::Live, (At(10), At(20)), random).unwrap();
    for outside in [At(9), At(21)] {
        assert_eq!(short.sign(head(), outside).unwrap_err(), KeyError::NotInForce);
    }
    let [first, last] = [At(10), At(20)].map(|at| short.sign(head(), at).unwrap());
    assert!(first.verify(&trust()).is_ok() && last.verify(&trust()).is_ok());
    let forged = Issued { at: At(21), ..last };
    assert_eq!(forged.verify(&trust()), Err(IssueError::NotInForce));
}

#[test]
fn f_a_revoked_key_counts_for_what_it_signed_before() {
    let issuers = issuers(ROOT);
    let [before, since] = [At(5), At(6)].map(|at| issuers.sign(head(), at).unwrap());
    let mut trust = trust();
    assert_eq!(trust.take(&revoked(2, &issuers, Purpose::Audit, At(6))), Ok(true));
    assert!(before.verify(&trust).is_ok());
    assert_eq!(since.verify(&trust), Err(IssueError::Revoked));
    let receipts = issuers.sign(Vec::<Receipt>::new(), At(6)).unwrap();
    assert!(receipts.verify(&trust).is_ok(), "another key");
}

#[test]
fn f_an_older_or_foreign_list_of_revoked_keys_changes_nothing() {
    let issuers = issuers(ROOT);
    let mut trust = trust();
    assert_eq!(trust.take(&revoked(2, &issuers, Purpose::Audit, At(6))), Ok(true));
    assert_eq!(trust.take(&revoked(1, &issuers, Purpose::Receipts, At(0))), Ok(false));
    let empty = RevokedIssuers { version: 3, class: Class::Live, keys: Vec::new() };
    let foreign = Signed::sign(empty, &key(9)).unwrap();
    assert_eq!(trust.take(&foreign), Err(IssueError::Issuer));
    assert_eq!(trust.version(), 2);
}
