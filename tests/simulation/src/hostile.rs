//! What a thief and whoever can write the database do, drawn from the seed.

use crate::{
    plan::{Step, WORK_MS},
    random::Random,
};

/// Share of runs with a stolen desk, per mille.
const THEFTS: u64 = 500;
/// Share of runs whose database is edited, per mille.
const EDITED: u64 = 250;

/// An attack by whoever has the stolen desk. Details are drawn when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attack {
    /// Operations of people who are not there, without any session.
    Nobody,
    /// Operations in a session that the desk's key began in a person's name.
    Invented,
    /// Operations under the statement of another desk, or one with another name in it.
    Swapped,
    /// An operation in the clerk's session that names somebody else.
    Altered,
    /// A new operation under a signature of the clerk's session that went over the line before.
    Overheard,
    /// A batch that was sent before, once more.
    Resent,
    /// What was done before, put into the chain once more with the proof it had.
    Rechained,
    /// Another operation in the place of one that was sent.
    Forked,
    /// Operations that leave out some before them.
    Gap,
    /// A batch in the name of another desk.
    Foreign,
    /// Work in the clerk's own session while it is in the thief's hands, dated back.
    BackDated,
    /// The same, dated to a day that is not yet.
    FutureDated,
    /// An act that needs the supervisor, by the clerk alone or with a consent nobody gave.
    SelfApproved,
    /// Work in the clerk's own session after its ten hours.
    AfterHours,
    /// Work in the clerk's own session while it lasts.
    AtWork,
    /// Symbols that the desk never printed.
    Minted,
    /// The desk shows another audit than before: emptied, cut, altered, or of another database.
    AuditShown,
}

impl Attack {
    /// Those that do not bar the desk.
    const ANY: [Self; 15] = [
        Self::Nobody,
        Self::Invented,
        Self::Swapped,
        Self::Altered,
        Self::Overheard,
        Self::Resent,
        Self::Rechained,
        Self::Gap,
        Self::Foreign,
        Self::BackDated,
        Self::FutureDated,
        Self::SelfApproved,
        Self::AfterHours,
        Self::AtWork,
        Self::Minted,
    ];
}

/// An edit of the database behind the centre's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// A code that ended is live again.
    CodeRevived,
    /// A code is another citizen's.
    CodeMoved,
    /// A code has fewer copies than were printed.
    CopiesForgotten,
    /// A stored operation names another operator.
    OperatorChanged,
    /// The same, and every hash after it is computed again.
    OperatorRehashed,
    /// The newest operation of a desk is gone, and its head moved back.
    OperationRemoved,
    /// A refused operation counts, or the other way round.
    VerdictChanged,
    /// An operation that nobody's word stands behind is called proven.
    CalledProven,
    /// An account has one more role.
    RoleGranted,
    /// A clerk has the role for one operation, and then has not.
    RoleForAMoment,
    /// The supervisor has another key for one operation, and then has not.
    KeyForAMoment,
    /// The head of a desk has another key.
    DeskKeyChanged,
    /// A revoked desk's certificate is as it was before.
    RevocationUndone,
    /// A session's statement names somebody else.
    StatementChanged,
    /// The proof of a batch is gone.
    ProofRemoved,
    /// An event that waits for the tree is gone.
    EventRemoved,
    /// An event without a seal waits for the tree.
    EventForged,
    /// A leaf of the log is gone.
    LeafRemoved,
    /// A leaf says something else, and its hash fits.
    LeafChanged,
    /// The newest leaves are gone with their heads.
    TreeCut,
    /// A leaf says something else, the tree was computed again, and the heads are gone.
    HistoryRewritten,
    /// An alarm is gone.
    AlarmRemoved,
    /// The whole database is as it was some time ago.
    RolledBack,
}

impl Edit {
    /// Every one.
    pub const ALL: [Self; 23] = [
        Self::CodeRevived,
        Self::CodeMoved,
        Self::CopiesForgotten,
        Self::OperatorChanged,
        Self::OperatorRehashed,
        Self::OperationRemoved,
        Self::VerdictChanged,
        Self::CalledProven,
        Self::RoleGranted,
        Self::RoleForAMoment,
        Self::KeyForAMoment,
        Self::DeskKeyChanged,
        Self::RevocationUndone,
        Self::StatementChanged,
        Self::ProofRemoved,
        Self::EventRemoved,
        Self::EventForged,
        Self::LeafRemoved,
        Self::LeafChanged,
        Self::TreeCut,
        Self::HistoryRewritten,
        Self::AlarmRemoved,
        Self::RolledBack,
    ];
}

/// Adds what is hostile in the run of a seed; returns whether a desk is stolen. It has a stream of
/// its own, so that the honest part of a seed stays what it was.
pub(crate) fn add(seed: u64, steps: &mut Vec<(i64, Step)>) -> bool {
    let mut random = Random::new(seed.rotate_left(32) ^ 0x7468_6965_6600_0001);
    let is_stolen = random.per_mille(THEFTS);
    if is_stolen {
        thefts(&mut random, steps);
    }
    if random.per_mille(EDITED) {
        edits(&mut random, 2, steps);
    }
    is_stolen
}

/// Draws attacks in the order of a theft: first with the folder alone, then perhaps with a live
/// session, then perhaps after dismissal or revocation, or after an attack that bars the desk.
pub(crate) fn thefts(random: &mut Random, steps: &mut Vec<(i64, Step)>) {
    let taken_at = random.ms(WORK_MS / 6, WORK_MS);
    let end_at = random.ms(WORK_MS / 2, WORK_MS - 1_000);
    let attack = |random: &mut Random| Attack::ANY[random.index(Attack::ANY.len())];
    for _ in 0..3 + random.index(10) {
        let at = random.ms(10_000, WORK_MS);
        steps.push((at, Step::Attack(attack(random))));
    }
    if random.per_mille(600) {
        steps.push((taken_at, Step::SessionTaken));
    }
    if random.per_mille(400) {
        let at = random.ms(WORK_MS / 4, WORK_MS / 2);
        steps.push((at, Step::Dismissed));
    }
    let end = match random.below(100) {
        0..45 => Some(Step::Revoked),
        45..60 => Some(Step::Attack(Attack::Forked)),
        60..75 => Some(Step::Attack(Attack::AuditShown)),
        _ => None,
    };
    if let Some(end) = end {
        steps.push((end_at, end));
        for _ in 0..2 {
            let at = random.ms(end_at + 1, WORK_MS);
            steps.push((at, Step::Attack(attack(random))));
        }
        steps.push((WORK_MS - 1, Step::Attack(Attack::Minted)));
    }
}

/// Draws edits, some of which need a backup from before.
pub(crate) fn edits(random: &mut Random, count: usize, steps: &mut Vec<(i64, Step)>) {
    steps.push((random.ms(60_000, WORK_MS / 2), Step::Backup));
    for _ in 0..count {
        let at = random.ms(WORK_MS / 3, WORK_MS);
        steps.push((at, Step::Edited(Edit::ALL[random.index(Edit::ALL.len())])));
    }
}
