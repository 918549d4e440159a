//! The queue (同步), conflicts, and carrying the queue by hand.

use super::{
    Counter, CounterEvent, actions::verdict_failure, case_view::short, format::time_text,
    papers::NoticeContent, words,
};
use crate::view::{
    ConflictView, Failure, PageInput, QueuePageView, QueueRowView, QueueState, SentenceView, StatusView,
};
use desk::store::{
    Page,
    carried::RefusedBatch,
    conflict::Conflict,
    queue::{QueueFilter, QueueRow, QueueState as Stored},
    receipt::Outcome,
};
use rules::{
    Sensitive,
    case_number::{grouped, ungrouped},
    failure::CounterFailure,
    op::OpBody,
    permission::Duty,
    wire::{ProtocolError, Verdict},
};
use std::{path::PathBuf, sync::Arc};

impl Counter {
    /// Operations of this desk, newest first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn queue(&self, page: PageInput) -> Result<QueuePageView, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let filter = match page.state.as_deref() {
            Some("pending") => QueueFilter::Pending,
            Some("received") => QueueFilter::Received,
            Some("accepted") => QueueFilter::Decided(Outcome::Accepted),
            Some("conflict") => QueueFilter::Decided(Outcome::Conflict),
            Some("rejected") => QueueFilter::Decided(Outcome::Rejected),
            _ => QueueFilter::All,
        };
        let case = ungrouped(page.text.as_deref().unwrap_or_default());
        let rows = desk.queue(&operator, filter, &case, store_page(&page)).await?;
        let carried_refused = desk.refused_carried().await?.iter().map(carried_failure).collect();
        Ok(QueuePageView { total: rows.total, rows: rows.rows.iter().map(row).collect(), carried_refused })
    }

    /// Synchronises now.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn sync_now(&self) -> Result<StatusView, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::ViewQueue)?;
        desk.sync().now();
        self.status().await
    }

    /// Writes the queue to an encrypted file in the desk's folder and says where.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn export_queue(&self, passphrase: String) -> Result<String, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let folder = self.folder.join("carried");
        let path = desk.export_queue(&operator, &folder, &Sensitive::new(passphrase)).await?;
        Ok(path.display().to_string())
    }

    /// Takes in another desk's queue file and sends it on to the centre.
    ///
    /// # Errors
    /// Not permitted; a damaged or foreign file; the disk's.
    pub async fn import_queue(&self, path: String, passphrase: String) -> Result<u32, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let taken = desk.import_queue(&operator, &PathBuf::from(path), &Sensitive::new(passphrase)).await?;
        self.tell(CounterEvent::Lists);
        Ok(taken)
    }

    /// Conflicts of this desk, open ones first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn conflicts(&self) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::ResolveConflicts)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        Ok(desk.conflicts(false, page).await?.rows.iter().map(conflict).collect())
    }

    /// Closes a conflict with a call-back note.
    ///
    /// # Errors
    /// Not permitted; unknown conflict; the disk's.
    pub async fn close_conflict(
        self: &Arc<Self>,
        epoch: u32,
        seq: u32,
        note: String,
    ) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        desk.resolve_conflict(&operator, (epoch, seq.into()), &note).await?;
        self.tell(CounterEvent::Status);
        self.conflicts().await
    }

    /// Prints the notice for the citizen of a conflict: what became of what was done here, and what
    /// they do now.
    ///
    /// # Errors
    /// Not permitted; unknown conflict, or its own record was purged; what stands against printing.
    pub async fn print_conflict_notice(self: &Arc<Self>, epoch: u32, seq: u32) -> Result<(), Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::ResolveConflicts)?;
        let conflict = desk.open_conflict((epoch, seq.into())).await?;
        let shown = self::conflict(&conflict);
        let (Some(case_number), Some(masked_name), Some(masked_number)) =
            (conflict.case_number.clone(), shown.masked_name, shown.masked_number)
        else {
            return Err(desk::DeskError::ConflictUnknown.into());
        };
        // What became of it stands in the centre's sentence where it takes it now.
        let outcome = match &conflict.verdict {
            Verdict::Applied { .. } => String::new(),
            refused => verdict_failure(refused).map(|failure| failure.zh).unwrap_or_default(),
        };
        let reasons = vec![(shown.ours.zh, format!("{}{outcome}", shown.theirs.zh))];
        self.print_notice_of(&desk, NoticeContent { case_number, masked_name, masked_number, reasons }).await
    }
}

pub(super) const fn store_page(page: &PageInput) -> Page {
    Page { offset: page.offset, limit: page.limit }
}

pub(super) const fn state(state: Stored) -> QueueState {
    match state {
        Stored::Pending => QueueState::Pending,
        Stored::Received | Stored::Decided(Outcome::NeedsApproval) => QueueState::Received,
        Stored::Decided(Outcome::Accepted) => QueueState::Accepted,
        Stored::Decided(Outcome::Conflict) => QueueState::Conflict,
        Stored::Decided(Outcome::Rejected) => QueueState::Rejected,
    }
}

fn row(row: &QueueRow) -> QueueRowView {
    QueueRowView {
        seq: u32::try_from(row.seq).unwrap_or(u32::MAX),
        kind: row.kind,
        action: row.action,
        case_number: row.case_number.as_deref().map(grouped),
        masked_name: row.masked_name.clone(),
        at: time_text(row.at),
        staff: row.operator.clone(),
        state: state(row.state),
        failure: row.verdict.as_ref().and_then(verdict_failure),
    }
}

/// Why operations of another desk that were carried here did not stay at the centre, and who does
/// what about it.
fn carried_failure(batch: &RefusedBatch) -> Failure {
    let (device, first, last) = (batch.device, batch.first_seq, batch.last_seq);
    match &batch.why {
        ProtocolError::Fenced { .. } => CounterFailure::CarriedFenced { device, first, last },
        ProtocolError::Quarantined => CounterFailure::CarriedQuarantined { device, first, last },
        ProtocolError::Revoked => CounterFailure::CarriedRevoked { device, first, last },
        ProtocolError::Gap { .. } => CounterFailure::CarriedGap { device, first, last },
        _ => CounterFailure::CarriedDamaged { device, first, last },
    }
    .into()
}

fn conflict(conflict: &Conflict) -> ConflictView {
    let holder = conflict.operation.as_ref().and_then(|operation| match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => Some(holder),
        _ => None,
    });
    ConflictView {
        epoch: conflict.epoch,
        seq: u32::try_from(conflict.seq).unwrap_or(u32::MAX),
        case_number: conflict.case_number.as_deref().map(grouped),
        masked_name: holder.map(|holder| holder.name.masked()),
        masked_number: holder.map(|holder| holder.number.masked()),
        ours: ours(conflict),
        theirs: anew(conflict, theirs(&conflict.verdict)),
        rule: rule(&conflict.verdict),
        at: time_text(conflict.at),
        note: conflict.note.clone(),
        closed: conflict.resolved_at.is_some(),
    }
}

fn ours(conflict: &Conflict) -> SentenceView {
    let Some(operation) = &conflict.operation else {
        return words::sentence(
            "本机记录已按保存期限清理。",
            "This desk's own record was purged after its retention time.",
        );
    };
    let at = operation.business_at().civil().strftime("%Y-%m-%d %H:%M").to_string();
    let (zh, en) = match &operation.body {
        OpBody::Issue { action, .. } => words::action_name(*action),
        OpBody::ReportLoss { .. } => words::action_name(rules::life::Action::ReportLoss),
        OpBody::Reprint { .. } => words::action_name(rules::life::Action::Reprint),
        OpBody::Void { .. } => words::action_name(rules::life::Action::Void),
        OpBody::Printed { .. } => ("打印登记", "Print record"),
        OpBody::CorrectionOpened { .. } | OpBody::CorrectionCommanded { .. } => ("更正", "Correction"),
    };
    words::sentence(
        format!("{at} 由 {} 在本窗口办理：{zh}。", operation.operator),
        format!("{at} at this window by {}: {en}.", operation.operator),
    )
}

/// What the centre says now, when it has said otherwise before.
fn anew(conflict: &Conflict, now: SentenceView) -> SentenceView {
    let is_taken = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
    match &conflict.before {
        None => now,
        Some(before) if is_taken(before) => words::sentence(
            format!("中心曾确认此业务，恢复较早数据后重新核定，结论改变：{}", now.zh),
            format!(
                "The centre had confirmed this, was restored to an earlier state and decided anew: {}",
                now.en
            ),
        ),
        Some(_) if is_taken(&conflict.verdict) => words::sentence(
            "中心曾未接受此业务，恢复较早数据后重新核定为有效。本机仍按未接受处理；请读卡查询，核对申请人手中的离线码后再办。",
            "The centre had refused this, was restored to an earlier state, and takes it now. This desk goes on as if it were refused: read the card, see which sheet the holder has, and go on from there.",
        ),
        Some(_) => words::sentence(
            format!("中心恢复较早数据后重新核定：{}", now.zh),
            format!("The centre was restored to an earlier state and decided anew: {}", now.en),
        ),
    }
}

fn theirs(verdict: &Verdict) -> SentenceView {
    match verdict {
        Verdict::DuplicateSameDay { winner } => {
            let short = short(&winner.to_string());
            words::sentence(
                format!("当日先由其他渠道发放了离线码 {short}，以该码为准；本窗口的离线码已撤销。"),
                format!(
                    "Code {short} was issued first today by another channel and stands; this window's code is revoked."
                ),
            )
        }
        Verdict::StaleVersion { current } => words::sentence(
            format!("登记信息已更新到第 {current} 版。"),
            format!("The registry is at version {current} now."),
        ),
        other => match verdict_failure(other) {
            Some(failure) => words::sentence(failure.zh, failure.en),
            None => words::sentence("中心已确认。", "Confirmed by the centre."),
        },
    }
}

fn rule(verdict: &Verdict) -> SentenceView {
    match verdict {
        Verdict::DuplicateSameDay { .. } => words::sentence(
            "每人每日限申领、再次申领或补领一次，先到先得（L3）。",
            "One issue per holder and day over all channels; the first applied stands (L3).",
        ),
        Verdict::NotEligible => {
            words::sentence("须符合申领条件（E1–E3）。", "The holder must be eligible (E1–E3).")
        }
        Verdict::StaleVersion { .. } => words::sentence(
            "更正只能作用于审批时看到的登记版本。",
            "A correction applies only to the version that was approved.",
        ),
        Verdict::Applied { .. } | Verdict::NeedsApproval | Verdict::Rejected { .. } => {
            words::sentence("中心按同一规则重新核定。", "The centre decided again by the same rules.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::At;
    use std::collections::BTreeSet;

    #[test]
    fn what_was_carried_and_refused_names_the_desk_the_operations_and_what_to_do() {
        let whys = [
            ProtocolError::Fenced { current: 2 },
            ProtocolError::Quarantined,
            ProtocolError::Revoked,
            ProtocolError::Gap { resend_from: 4 },
            ProtocolError::Malformed,
        ];
        let shown = whys.clone().map(|why| {
            carried_failure(&RefusedBatch {
                device: 10_003,
                epoch: 1,
                first_seq: 12,
                last_seq: 40,
                why,
                taken_in_at: At(0),
            })
        });
        for failure in &shown {
            for words in [&failure.zh, &failure.en] {
                assert!(["10003", "12", "40"].iter().all(|number| words.contains(number)), "{words}");
            }
        }
        assert_eq!(shown.iter().map(|failure| &failure.code).collect::<BTreeSet<_>>().len(), whys.len());
    }
}
