//! Conflicts: what was done here and decided otherwise by the centre.

use crate::{
    core::{Core, CounterEvent},
    format::{short, time_text},
    printing::{NoticeContent, NoticeReason, Printing},
    verdict::verdict_failure,
    view::{ConflictView, Failure, SentenceView},
    words,
};
use desk::{
    DeskError,
    store::{Page, conflict::Conflict},
};
use rules::{
    Language, case_number::grouped, failure::notice_sentence, op::OpBody, permission::Duty, wire::Verdict,
};
use std::sync::Arc;

/// Conflicts of this desk.
pub struct Conflicts {
    core: Arc<Core>,
    printing: Arc<Printing>,
}

impl Conflicts {
    pub(crate) fn new(core: Arc<Core>, printing: Arc<Printing>) -> Self {
        Self { core, printing }
    }

    /// Returns the conflicts of this desk, open ones first.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::ResolveConflicts)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        Ok(desk.lists.conflicts.page(false, page).await?.rows.iter().map(conflict_view).collect())
    }

    /// Closes a conflict with a call-back note.
    ///
    /// # Errors
    /// Not permitted; unknown conflict; the database fails.
    pub async fn close(&self, epoch: u32, seq: u32, note: String) -> Result<Vec<ConflictView>, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        desk.lists.conflicts.resolve(&operator, (epoch, seq.into()), &note).await?;
        self.core.announce(CounterEvent::Status);
        self.list().await
    }

    /// Prints the notice for the citizen of a conflict: the outcome, and what they do now.
    ///
    /// # Errors
    /// Not permitted; unknown conflict, or its own record was purged; what stands against printing.
    pub async fn print_notice(&self, epoch: u32, seq: u32) -> Result<(), Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::ResolveConflicts)?;
        let conflict = desk.lists.conflicts.get((epoch, seq.into())).await?;
        let shown = conflict_view(&conflict);
        let (Some(case_number), Some(masked_name), Some(masked_number)) =
            (conflict.case_number.clone(), shown.masked_name, shown.masked_number)
        else {
            return Err(DeskError::ConflictUnknown.into());
        };
        let reasons = vec![NoticeReason::new(what_was_done(&conflict), outcome(&conflict.verdict))];
        self.printing
            .print_notice(&desk, NoticeContent { case_number, masked_name, masked_number, reasons })
            .await
    }
}

fn conflict_view(conflict: &Conflict) -> ConflictView {
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

/// Returns what was done here, as the notice says it.
fn what_was_done(conflict: &Conflict) -> String {
    let Some(operation) = &conflict.operation else { return "本窗口的办理".to_owned() };
    let at = operation.business_at().civil().strftime("%Y-%m-%d %H:%M");
    let what = match &operation.body {
        OpBody::Issue { action, .. } => action.label(Language::Chinese),
        other => other.kind().label(Language::Chinese),
    };
    format!("{at} 在本窗口办理的{what}")
}

/// Returns the outcome as the notice says it, and what the citizen does now.
fn outcome(verdict: &Verdict) -> String {
    match (verdict, verdict_failure(verdict)) {
        (Verdict::DuplicateSameDay { winner }, Some(failure)) => {
            format!("{}有效的那一张，码号是 {}。", notice_sentence(&failure.code), short(&winner.to_string()))
        }
        (_, Some(failure)) => notice_sentence(&failure.code).to_owned(),
        (_, None) => "中心重新核定为有效。请携带身份证和离线码到窗口核对后使用。".to_owned(),
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
        other => (other.kind().label(Language::Chinese), other.kind().label(Language::English)),
    };
    words::sentence(
        format!("{at} 由 {} 在本窗口办理：{zh}。", operation.operator),
        format!("{at} at this window by {}: {en}.", operation.operator),
    )
}

/// Words a verdict that differs from an earlier one.
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
            "每人每日限申领、再次申领或补领一次，先到先得。",
            "One issue per holder and day over all channels; the first applied stands.",
        ),
        Verdict::NotEligible => words::sentence("须符合申领条件。", "The holder must be eligible."),
        Verdict::StaleVersion { .. } => words::sentence(
            "更正只能作用于审批时看到的登记版本。",
            "A correction applies only to the version that was approved.",
        ),
        Verdict::Unproven => words::sentence(
            "业务须由本人登录签署方可生效。",
            "An operation counts by its operator's own signature.",
        ),
        Verdict::Late => words::sentence(
            "停用或岗位变动之后送达的业务由安全管理员决定。",
            "What arrives after a dismissal or change of role is decided by a security administrator.",
        ),
        Verdict::Applied { .. } | Verdict::NeedsApproval | Verdict::Rejected { .. } => {
            words::sentence("中心按同一规则重新核定。", "The centre decided again by the same rules.")
        }
    }
}
