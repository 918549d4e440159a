//! Conflicts (冲突): what the centre decided otherwise, both sides of it, the notice for the citizen, and the note of the call.

use super::{
    Counter, CounterEvent, actions::verdict_failure, case_view::short, format::time_text,
    papers::window_name, printing::Ready, words,
};
use crate::{
    Desk, DeskError,
    store::{Page, conflict::Conflict},
    view::{ConflictView, Failure, Paper, SentenceView},
};
use drivers::printer::Media as PrinterMedia;
use paper::{Media, notice};
use rules::{keys::Class, op::OpBody, permission::Duty, wire::Verdict};
use std::sync::Arc;

impl Counter {
    /// Conflicts of this desk, open ones first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn conflicts(&self) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::ResolveConflicts)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        Ok(desk.conflicts(false, page).await?.rows.iter().map(view).collect())
    }

    /// Closes a conflict with a call-back note.
    ///
    /// # Errors
    /// Not permitted; unknown conflict; the disk's.
    pub async fn close_conflict(
        self: &Arc<Self>,
        seq: u32,
        note: String,
    ) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        let open = desk.conflicts(true, page).await?.rows;
        let conflict =
            open.iter().find(|conflict| conflict.seq == u64::from(seq)).ok_or(DeskError::ConflictUnknown)?;
        desk.resolve_conflict(&operator, (conflict.epoch, conflict.seq), &note).await?;
        self.tell(CounterEvent::Status);
        self.conflicts().await
    }

    /// The notice of a conflict as PDF: what was done here, what the centre decided, and by which rule.
    ///
    /// # Errors
    /// Not permitted; unknown conflict; the disk's; no print fonts.
    pub async fn conflict_notice(&self, seq: u32) -> Result<Vec<u8>, Failure> {
        let desk = self.desk()?;
        let conflict = self.one_conflict(&desk, seq).await?;
        self.notice_of(&desk, &conflict).await
    }

    /// Prints it.
    ///
    /// # Errors
    /// As [`Counter::conflict_notice`].
    pub async fn print_conflict_notice(self: &Arc<Self>, seq: u32) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.desk()?;
        let conflict = self.one_conflict(&desk, seq).await?;
        let pdf = self.notice_of(&desk, &conflict).await?;
        let (media, case_number) = (PrinterMedia::a4(), conflict.case_number);
        self.start_print(Ready { paper: Paper::Notice, pdf, media, case_number, serial: None }).await?;
        self.conflicts().await
    }

    async fn one_conflict(&self, desk: &Desk, seq: u32) -> Result<Conflict, Failure> {
        desk.operator()?.may(Duty::ResolveConflicts)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        let all = desk.conflicts(false, page).await?.rows;
        let found = all.into_iter().find(|conflict| conflict.seq == u64::from(seq));
        found.ok_or_else(|| DeskError::ConflictUnknown.into())
    }

    async fn notice_of(&self, desk: &Desk, conflict: &Conflict) -> Result<Vec<u8>, Failure> {
        let shown = view(conflict);
        let masked_name = match shown.masked_name {
            Some(name) => name,
            None => desk.masked_name(conflict.citizen_ref.as_ref()).await?,
        };
        let points = [("本次办理", shown.ours.zh), ("核定结果", shown.theirs.zh), ("依据", shown.rule.zh)];
        let missing: Vec<_> = points.iter().map(|(what, remedy)| notice::Missing { what, remedy }).collect();
        let identity = desk.identity();
        let notice = notice::Notice {
            occasion: notice::Occasion::Overturned,
            case_number: conflict.case_number.as_deref().unwrap_or("—"),
            matter: "离线随申码",
            masked_name: &masked_name,
            masked_number: shown.masked_number.as_deref().unwrap_or("—"),
            missing: &missing,
            elsewhere: None,
            given_at: desk.read_clock().at.civil(),
            site: &identity.site_name,
            window: &window_name(identity.desk_number),
            practice: identity.class() == Class::Practice,
        };
        Ok(notice::render(self.fonts()?, &notice, Media::A4)?)
    }
}

fn view(conflict: &Conflict) -> ConflictView {
    let holder = conflict.operation.as_ref().and_then(|operation| match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => Some(holder),
        _ => None,
    });
    ConflictView {
        seq: u32::try_from(conflict.seq).unwrap_or(u32::MAX),
        case_number: conflict.case_number.clone(),
        masked_name: holder.map(|holder| holder.name.masked()),
        masked_number: holder.map(|holder| holder.number.masked()),
        ours: ours(conflict),
        theirs: theirs(&conflict.verdict),
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
        other => {
            let failure = verdict_failure(other);
            words::sentence(failure.zh, failure.en)
        }
    }
}

fn rule(verdict: &Verdict) -> SentenceView {
    match verdict {
        Verdict::DuplicateSameDay { .. } => words::sentence(
            "同一持码人每天只能申领或补领一次，先到先得（L3）。",
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
            words::sentence("市级平台按同一规则重新核定。", "The centre decided again by the same rules.")
        }
    }
}
