//! Reasons for a refusal: one closed enum, with its codes and sentences.

use crate::Language;
use serde::{Deserialize, Serialize};

/// Defines the enum, its stable codes, its sentences and the list of variants from one table.
///
/// Unlike the other tables of the catalogue it has no arguments: a refusal travels as its code.
macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal: $chinese:literal, $english:literal;)+) => {
        /// Reason why a command is refused. It is serialised as its code, which is all that wire
        /// and page know.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[non_exhaustive]
        pub enum Refusal {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $variant,)+
        }

        impl Refusal {
            /// Every refusal, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Every entry, in the order of the table.
            pub const TABLE: &'static [super::Entry] = &[
                $(super::Entry { code: $code, chinese: $chinese, english: $english },)+
            ];

            /// Returns the stable code that is used on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// Returns one sentence: what is wrong and what to do next.
            pub const fn message(self, language: Language) -> &'static str {
                match self {
                    $(Self::$variant => language.pick($chinese, $english),)+
                }
            }
        }
    };
}

refusals! {
    /// E3: aged 18–59 without Shanghai registration and a valid certificate.
    NotEligible = "not_eligible":
        "不符合申领条件：18至59岁须为本市户籍且持有效残疾人证。请核对证件，并告知申请人办理条件。",
        "From 18 to 59 a code needs Shanghai household registration and a valid disability certificate; check the documents and explain the conditions.";
    /// E5: offline and nothing declared; scan the certificate and state the household first.
    EligibilityNotKnown = "eligibility_not_known":
        "离线状态下无法查询户籍与残疾人证。请查验残疾人证原件，填写证号和有效期，并登记户籍情况后再办理。",
        "The registry cannot be asked offline; look at the original certificate, enter its number and end, and state the household registration first.";
    /// L3: a code was issued today already.
    AlreadyIssuedToday = "already_issued_today":
        "今日已办理过申领、再次申领或补领，每人每日限一次。请明日再办；如需离线码（纸质），可二次打印。",
        "A code was issued to this holder today and only one a day is allowed; come back tomorrow, or reprint the sheet.";
    /// L12: the code was printed as often as it may be.
    TooManyCopies = "too_many_copies":
        "这个码的打印份数已到上限，没有再打印。请核对申请人手中的离线码；确需更多份数的，次日再打印，或办理补领。",
        "This code has been printed as often as it may be and was not printed again. Look at the sheets the holder has; print more tomorrow, or reissue the code.";
    /// L-table: `apply`, but the holder has had a code.
    HasHadACode = "has_had_a_code":
        "申请人曾领过离线随申码，不能首次申领。请改办再次申领或补领。",
        "The holder has had a code before; use re-application or reissue instead of first issue.";
    /// L-table: `reapply` or `reissue`, but the holder never had a code.
    NeverHadACode = "never_had_a_code":
        "申请人从未领过离线随申码。请办理首次申领。",
        "The holder has never had a code; use first issue.";
    /// L-table: `reapply` while the last code is live or lost; reissue instead.
    ReissueInstead = "reissue_instead":
        "上一张码仍有效或处于挂失状态。请改办补领。",
        "The last code is still live or reported lost; use reissue instead.";
    /// L-table: `reissue` after the last code expired or was voided; re-apply instead.
    ReapplyInstead = "reapply_instead":
        "上一张码已过期或已作废。请改办再次申领。",
        "The last code has expired or was voided; use re-application instead.";
    /// L-table: the code is not live, but must be.
    CodeNotLive = "code_not_live":
        "这张离线码现在不是有效状态，没有办理。请按 F2 重新读卡，按最新状态办理。",
        "This code is not live and nothing was done; press F2 to read the card again and act on the present state.";
    /// The serial does not belong to this holder.
    UnknownCode = "unknown_code":
        "该码不属于当前申请人。请重新读卡后再选择。",
        "This code does not belong to the holder; read the card again and choose anew.";
    /// The serial of a new code was used before.
    SerialReused = "serial_reused":
        "新码的码号已被使用。请重新发起办理。",
        "The new code's serial has been used before; start the action again.";
    /// B1: the symbol of an issue says something else than the operation, or was signed with a key
    /// that was not in force.
    SymbolNotAccepted = "symbol_not_accepted":
        "二维码与办理记录不符，或签发密钥当时不在有效期内，中心未予确认，该码已作废。请收回该张离线码（纸质），重新办理。",
        "The symbol does not say what the operation says, or its key was not in force, so the centre has voided the code. Take the sheet back and start the action again.";
    /// B1: another copy would say another name or number than the code was signed for.
    SymbolOutdated = "symbol_outdated":
        "发码后登记的姓名或号码有变化，原码不能再打印或下载。请办理更正换发或补领。",
        "The name or number on record changed after this code was issued, so no more copies can be made of it; issue a replacement or reissue it instead.";
    /// The action of an issue is not `apply`, `reapply` or `reissue`.
    NotAnIssue = "not_an_issue":
        "该操作不是发码操作。请返回申请人页面，选择首次申领、再次申领或补领。",
        "This action issues no code; go back to the holder and choose first issue, re-application or reissue.";
    /// L8: the holder has not confirmed name and photo.
    NotConfirmedByHolder = "not_confirmed_by_holder":
        "申请人尚未确认姓名和照片。请申请人在屏幕上核对并确认；如有误，请办理更正。",
        "The holder has not confirmed name and photo; show them for confirmation, or start a correction if they are wrong.";
    /// L6: the consequence was not confirmed.
    ConsequenceNotConfirmed = "consequence_not_confirmed":
        "尚未确认操作后果。请向申请人说明原码将失效，确认后再继续。",
        "The consequence has not been confirmed; explain that the code will end, and confirm before going on.";
    /// L10: the desk's clock is off or was set back.
    ClockNotTrusted = "clock_not_trusted":
        "本机时间与中心相差超过允许范围或被回拨，暂停离线发码。请联网校时后再办；挂失可照常登记。",
        "This desk's clock is off or was set back, so nothing is issued offline; reconnect to set the clock. Losses can still be reported.";
    /// L11: the centre has not been reached for too long.
    OfflineTooLong = "offline_too_long":
        "与中心失联时间过长，暂停离线发码。请恢复网络并同步后再办；挂失可照常登记。",
        "The centre has not been reached for too long, so nothing is issued offline; reconnect and synchronise. Losses can still be reported.";
    /// L13: the desk's program is older than required, and the days of grace are over.
    ProgramTooOld = "program_too_old":
        "窗口程序版本低于中心要求，宽限期已过，不能再发码；挂失照常受理，业务都在本机。请系统管理员升级程序；已打印而中心未确认的离线码（纸质），请收回并重新办理。",
        "This window's program is older than the centre requires and its days of grace are over, so it issues no codes. Losses are still taken and everything is saved. Have the program upgraded; take back a sheet that the centre did not confirm, and serve its holder again.";
    /// E8: a guardian must act.
    GuardianNeeded = "guardian_needed":
        "未满14周岁须由监护人办理。请读取监护人证件并登记其同意。",
        "Under 14 a guardian must act; read the guardian's card and record the consent.";
    /// E9: the agent is not bound to the holder, and no proof was scanned.
    AgentNotBound = "agent_not_bound":
        "代办人与申请人未绑定亲属关系。请扫描户口簿或出生医学证明后再办理。",
        "The agent is not registered as a relative; scan the household book or birth certificate first.";
    /// I1-I5: what is done for a citizen names no proof of who that is.
    ProofMissing = "proof_missing":
        "尚未核验申请人身份，未办理。请读取证件、扫描随申码，或按“无证件”办理。",
        "Who the citizen is has not been proved, so nothing was done; read a card, scan a code, or choose \"no card\".";
    /// I2: a code on a phone does not prove a name.
    CodeNotForName = "code_not_for_name":
        "扫码核验身份的，不能更正姓名。请读取本人或监护人的证件后办理。",
        "A code on a phone does not allow a correction of the name; read the card of the citizen or the guardian.";
    /// I3: only a guardian of a minor corrects.
    BoundNotForCorrection = "bound_not_for_correction":
        "代办亲属不能办理更正和更正换发，仅未成年人的监护人可以。请由本人持证件办理，或登记为监护人。",
        "A relative may not correct; only a minor's guardian may. The citizen must come with a card, or the agent acts as guardian.";
    /// I3: the agent is not bound to the citizen in the registry.
    NotBound = "not_bound":
        "登记库中没有该代办人与申请人的亲属绑定，未办理。请先在“随申办”绑定，或由申请人持证件办理。",
        "The registry does not bind this agent to the citizen, and nothing was done; bind them in the app first, or serve the citizen by their card.";
    /// I3: the registry must be asked now.
    BoundNeedsCentre = "bound_needs_centre":
        "代绑定亲属办理须向中心核对绑定关系，目前无法联网，未办理。请待网络恢复，或由申请人持证件办理。",
        "Serving a bound relative needs the centre, which is out of reach; wait for the line, or serve the citizen by their card.";
    /// I4: under 16 a guardian must be there.
    DocumentNeedsGuardian = "document_needs_guardian":
        "未满16周岁无证件的，须由监护人持证件一同办理；挂失不受限制。请读取监护人证件并登记。",
        "Under 16 without a card, a guardian must act; read the guardian's card. A loss can be reported without.";
    /// I4: of age, a supervisor must confirm.
    DocumentNeedsSupervisor = "document_needs_supervisor":
        "凭纸质证明发码须主管当场核对并确认，尚未办理。请主管核对证明和照片后输入密码。",
        "A code on a paper document needs a supervisor on the spot, and nothing was issued; let one compare document and photo and give the password.";
    /// I4: not among what a document allows.
    DocumentNotFor = "document_not_for":
        "凭纸质证明只能办理挂失和发码，不能办理二次打印或更正。请补办身份证后持证办理。",
        "A paper document allows loss and issue only, no reprint and no correction; come back with the new card.";
    /// I4: the citizen is not in the registry.
    DocumentNotRegistered = "document_not_registered":
        "登记库中查不到该证件号码，凭纸质证明不能办理。请核对号码；确无登记的，请先到公安户籍窗口。",
        "The registry does not know this number, so a paper document proves nobody; check the number, or go to the police registry first.";
    /// I4: the registry must be asked now.
    DocumentNeedsCentre = "document_needs_centre":
        "凭纸质证明办理须向中心核对登记信息，目前无法联网，未办理。请待网络恢复，或由申请人持证件办理；挂失可照常登记。",
        "A paper document must be checked with the registry, and the centre is out of reach; wait for the line, or read a card. Losses can still be reported.";
    /// I4: the picture of the document is missing.
    DocumentNotScanned = "document_not_scanned":
        "尚未拍摄证明材料，未办理。请先拍摄所选证明再办理。",
        "The document was not photographed, and nothing was done; take its picture first.";
    /// I5: not among what a roster allows.
    RosterNotFor = "roster_not_for":
        "集体代办只能发码和二次打印。挂失、更正请由本人或亲属到窗口办理。",
        "Collective service issues and reprints only; a loss or correction is for the citizen or a relative at the window.";
    /// I2: the centre must ask the log-in service now.
    CodeNeedsCentre = "code_needs_centre":
        "扫码核验须由中心当场核对，目前无法联网，未办理。请读取证件，或待网络恢复后重新扫码。",
        "A code on a phone is checked by the centre at once, which is out of reach; read a card, or scan again when the line is back.";
    /// I2: the log-in service did not sign this code for a window, or it has expired.
    LogInNotAccepted = "log_in_not_accepted":
        "该码不是有效的随申码或亲属码登录凭据，或已过期，未办理。请申请人刷新手机上的码后重新扫描。",
        "This is no valid log-in code for a window, or it has expired; have the code on the phone refreshed and scan again.";
    /// I2: this code has been used.
    LogInUsed = "log_in_used":
        "该码已使用过一次，不能再用，未办理。请申请人刷新手机上的码后重新扫描。",
        "This code was used before and is good once; have the code on the phone refreshed and scan again.";
    /// I2: the centre did not see this log-in at this desk.
    LogInNotKnown = "log_in_not_known":
        "中心没有本窗口今天的这次扫码记录，未办理。请重新扫描随申码或亲属码。",
        "The centre has no record of this log-in at this window today; scan the code on the phone again.";
    /// I5: the person is not on the roster of the agent's institution.
    NotOnRoster = "not_on_roster":
        "此人不在该机构的名册上，未办理。请由机构先在中心登记名册，或由本人持证件办理。",
        "This person is not on the institution's roster, and nothing was done; have the roster registered first, or serve the person by their card.";
    /// I5: whoever laid the card is no agent of an institution, or not any more.
    NoInstitution = "no_institution":
        "中心没有登记此人为机构经办人，或登记已到期，未办理。请核对证件，或由机构重新登记经办人。",
        "This person is not registered as an institution's agent, or the registration has ended; nothing was done. Check the card, or have the institution register its agent.";
    /// I5: collective service makes no second code.
    CodeStillLive = "code_still_live":
        "已有有效的离线码，集体代办不重复发码。可以二次打印；遗失的请先挂失。",
        "There is a live code, and collective service makes no second one; reprint it, or report the loss first.";
    /// V1: the list of a home visit is empty.
    VisitEmpty = "visit_empty":
        "上门名单还是空的，未领取资料。请先加入要上门服务的人员。",
        "Nobody is on the list of the visit, and no kit was taken; add the people to be visited first.";
    /// V1: more people than a kit may hold.
    VisitTooLarge = "visit_too_large":
        "上门名单超过人数上限（每次60人，其中按号码加入的20人），超出的没有加入，也没有领取资料。请分次上门。",
        "A kit holds 60 people at most, 20 of them by a typed number. Nobody beyond that was added and no kit was taken; visit in several turns.";
    /// V1: not looked up at this window today.
    VisitNotToday = "visit_not_today":
        "中心没有本窗口今天查询过此人的记录，未领取此人资料。请改为按号码加入。",
        "The centre has no record that this person was looked up at this window today, and gave nothing; add them by their number instead.";
    /// V1: nobody of this number is registered.
    VisitNotRegistered = "visit_not_registered":
        "登记库中查不到该号码，没有此人的上门资料。请核对号码；上门时可读取证件登记。",
        "The registry does not know this number, so the kit has nothing of this person; check the number, or read the card there.";
    /// V1: the kit before was not brought back.
    VisitOut = "visit_out":
        "上一次上门资料尚未归还，未领取新的资料。请先在领取资料的窗口办理归还。",
        "The kit of an earlier visit was not returned, and no new one was taken; return it first, at the desk that took it.";
    /// V1, V5: the centre has to know who takes or returns a kit.
    VisitNeedsLogIn = "visit_needs_log_in":
        "领取和归还上门资料时，中心须核实经办人；您是离线登录的，尚未办理，内容都已保留。请退出登录，联网后重新登录再办。",
        "The centre has to know who takes or returns a kit, and you logged in without it; nothing was done and everything is kept. Log out, log in again online, and repeat.";
    /// V4: the kit that is out has ended.
    VisitOverdue = "visit_overdue":
        "上门资料已到期清除，尚未归还，离线状态下不能发码；挂失照常受理，已办业务都在本机。请回到有网络处办理归还。",
        "The kit of the visit has ended and is wiped, and was not returned, so no codes are issued offline. Losses are taken and everything done is saved. Go where there is a line and return it.";
    /// V5: something that was done is not at the centre yet.
    VisitNotHandedOver = "visit_not_handed_over":
        "还有业务没有得到中心答复，上门资料未归还。请保持联网，待“待同步”清零后再办理归还。",
        "The centre has not answered everything that was done, and the kit was not returned; stay online until nothing waits, then return it.";
    /// V5: more sheets came back than were taken.
    VisitSheetsOff = "visit_sheets_off":
        "归还张数多于领取张数，未归还。请清点后重新填写未用张数。",
        "More sheets are accounted for than were taken along, and the kit was not returned; count again and give the number of unused sheets.";
    /// L-table: voiding needs a reason.
    VoidReasonNeeded = "void_reason_needed":
        "作废必须填写原因。请填写后重试。",
        "Voiding a code needs a reason; write it and try again.";
    /// S5: no role of this account permits it.
    NotPermitted = "not_permitted":
        "您的岗位无权进行此操作。请联系有相应权限的人员办理。",
        "Your role does not allow this; ask somebody who has it.";
    /// Four eyes: maker and approver are the same person.
    SamePerson = "same_person":
        "经办人与审批人不能是同一人。请由另一位主管审批。",
        "Maker and approver must be two people; let another supervisor approve.";
    /// S5: system and security duties, or audit and anything else, in one account; or no role.
    RolesDoNotCombine = "roles_do_not_combine":
        "这些角色不能同在一个账号：系统管理与安全管理须分开，审计员不兼任其他角色，且至少要有一个角色。账号未改动。请重新选择角色。",
        "These roles do not go together in one account: system and security duties are kept apart, an auditor has no other role, and there must be one. Nothing was changed; choose the roles anew.";
    /// A staff number that has an account already.
    AccountExists = "account_exists":
        "该工号已有账号，未新增。请核对工号；人员调入本站点的，请原站点办理转出。",
        "This staff number has an account already, and nothing was added. Check the number; for somebody who comes from another site, have that site move the account.";
    /// No such account at this site.
    AccountUnknown = "account_unknown":
        "本站点没有该账号，未作改动。请刷新列表后核对工号。",
        "This site has no such account, and nothing was changed. Refresh the list and check the number.";
    /// The account is not any more what the administrator saw.
    AccountChanged = "account_changed":
        "该账号刚被他人改动过，本次未改动。请刷新列表，看清现状后再操作。",
        "Somebody else has just changed this account, so nothing was changed now. Refresh the list and look at it again.";
    /// Nobody administers their own account.
    OwnAccount = "own_account":
        "不能管理自己的账号，未作改动。请由另一位安全管理员办理；本人密码和动态码请在“修改密码”中更换。",
        "Nobody administers their own account, and nothing was changed. Ask another security administrator; your own password and one-time code you change yourself.";
    /// Two security administrators must sign, and the second did not, or is not one who may.
    SecondAdministratorNeeded = "second_administrator_needed":
        "此操作须由本站点另一位安全管理员当场确认（不能是发起人，也不能是账号本人），未作改动。请其输入工号和密码；没有第二位的，由中心办理。",
        "Another security administrator of this site must confirm this here, not you and not the owner of the account; nothing was changed. Have them enter number and password, or let the centre do it.";
    /// The site to move to does not exist.
    SiteUnknown = "site_unknown":
        "没有这个站点，账号未转出。请核对六位站点编号。",
        "There is no such site, and the account was not moved. Check the six digits.";
    /// The activation code is wrong, used or old.
    ActivationCodeWrong = "activation_code_wrong":
        "工号或启用码不对、已用过或已过期，密码未设置。请核对后重试，或请安全管理员重新发放启用码。",
        "The staff number or the activation code is wrong, used, or older than a week; no password was set. Check them, or ask the security administrator for another code.";
    /// The code of the second factor is wrong or was used.
    SecondFactorWrong = "second_factor_wrong":
        "动态码不对或已用过，没有作出更改。请等手机显示下一个动态码后再输入。",
        "The one-time code of the phone is wrong or was used, and nothing was changed. Wait for the next one and type that.";
    /// `replace` without an applied, unused correction.
    NoApprovedCorrection = "no_approved_correction":
        "没有已生效且未使用的更正，不能换发。请先办理更正，或改办补领。",
        "There is no applied and unused correction to replace the code for; make a correction first, or reissue.";
    /// N5: no print font has a glyph for a character of the name.
    NameNotPrintable = "name_not_printable":
        "姓名中有打印字体不支持的字，暂不能发码。请记下这个字，报告系统管理员，待字体补充后办理。",
        "No print font has a character of this name; note the character, report it, and issue once the font is there.";
    /// N3: the name has a private-use character without a mapping.
    NameUnmapped = "name_unmapped":
        "姓名中有无法转换的自造字。请核对证件上的字形并办理姓名更正。",
        "The name holds a private character that cannot be converted; compare with the card and start a name correction.";
    /// N1: the number has neither 15 nor 18 characters.
    NumberLength = "number_length":
        "证件号码位数不对，应为18位或15位。请核对后重新输入。",
        "The number must have 18 or 15 characters; check it and type it again.";
    /// N1: the number has a character that is not allowed there.
    NumberCharacter = "number_character":
        "证件号码中有不应出现的字符。请对照证件逐位核对后重新输入。",
        "The number holds a character that does not belong; compare it with the card, digit by digit.";
    /// N1: the region or country does not exist.
    NumberRegion = "number_region":
        "证件号码中的地区或国籍代码不存在。请核对后重新输入。",
        "The number names a region or country that does not exist; check it and type it again.";
    /// N1: the birth date does not exist or lies in the future.
    NumberBirthDate = "number_birth_date":
        "证件号码中的出生日期不存在或晚于今天。请核对后重新输入。",
        "The birth date in the number does not exist or lies in the future; check it and type it again.";
    /// N1: the check digit does not match.
    NumberCheckDigit = "number_check_digit":
        "证件号码校验不通过，可能有一位输错。请对照证件逐位核对。",
        "The number's check digit does not fit, so one character is probably wrong; compare it with the card.";
    /// N2: the name is empty.
    NameEmpty = "name_empty":
        "姓名为空，尚未办理。请输入姓名。",
        "The name is empty and nothing was done; enter it.";
    /// N2: the name has more than 50 code points.
    NameTooLong = "name_too_long":
        "姓名超过50个字。请核对后重新输入。",
        "The name is longer than 50 characters; check it and enter it again.";
    /// N2: the name has a character that names cannot have.
    NameCharacter = "name_character":
        "姓名中有不能用于姓名的字符。请按提示位置核对后重新输入。",
        "The name holds a character that names do not have; check the marked position.";
    /// The text is not a serial of 32 hex digits.
    SerialMalformed = "serial_malformed":
        "码号格式不对。请重新扫码或重新选择。",
        "This is not the serial of a code; scan or choose it again.";
    /// A phone that was left for a case has no fitting digits.
    PhoneMalformed = "phone_malformed":
        "电话号码应为7至15位数字，未保存。请与申请人核对后重新输入。",
        "A phone number has 7 to 15 digits, and this one was not kept; check it with the citizen and type it again.";
    /// A signature with hardly any ink.
    SignatureEmpty = "signature_empty":
        "没有留下签名笔迹，未保存。请本人在框内再签一次。",
        "There is hardly any stroke, and nothing was kept; sign once more inside the frame.";
    /// More strokes, points or time than a signature has.
    SignatureTooLarge = "signature_too_large":
        "签名笔迹过多或超出框外，未保存。请清除后重新签名。",
        "The strokes are too many or outside the frame, and nothing was kept; clear them and sign again.";
    /// The text is not a case number, or its check digits do not match.
    CaseNumberMalformed = "case_number_malformed":
        "办件编号有误，校验不通过。请对照回执重新输入。",
        "The case number is wrong; compare it with the receipt and type it again.";
    /// The state of the correction does not allow the command.
    CorrectionState = "correction_state":
        "该更正现在的状态不允许此操作。请返回“更正”页重新打开，看清状态后再办。",
        "The correction's present state does not allow this; open it again from the list of corrections and look.";
    /// Only the maker of a correction may edit or submit it.
    NotTheMaker = "not_the_maker":
        "只有发起人可以修改或提交该更正。请由发起人操作，或撤回后重新发起。",
        "Only the person who started this correction may change or submit it; ask them, or withdraw it and start anew.";
    /// Values or reason do not belong to the corrected field.
    CorrectionField = "correction_field":
        "更正内容或原因与更正项目不符。请选择与姓名或照片对应的原因。",
        "Values or reason do not fit the field; choose a reason for the name or for the photo.";
    /// Values before and after are the same.
    NothingChanged = "nothing_changed":
        "更正前后内容相同。请修改后再提交；如无需更正，请撤回。",
        "Nothing is different; change it before submitting, or withdraw the correction.";
    /// The evidence for the reason is incomplete.
    EvidenceMissing = "evidence_missing":
        "证明材料不齐。请按清单补齐后再提交。",
        "Evidence is missing; add what the list asks for, then submit.";
    /// E1 of a correction: the approver ticked no document that is missing.
    DocumentsNotNamed = "documents_not_named":
        "尚未勾选所缺材料，没有退回。请勾选申请人须补齐的材料。",
        "No missing document was ticked, and nothing was sent back; tick what the holder has to bring.";
    /// The new name differs from the chip's, and the reason does not allow that.
    DiffersFromChip = "differs_from_chip":
        "新姓名与芯片姓名不一致。请核对输入；如属长姓名截断或依法改名，请选择相应原因并附材料。",
        "The new name differs from the chip's; check it, or choose cut-off or change of name with its evidence.";
    /// Reason N2, but the names do not differ in exactly one separator.
    NotOneDifference = "not_one_difference":
        "按“间隔号写法”更正只允许一处间隔号不同。请核对输入，文字有误的请另选原因。",
        "This reason allows one separator to differ and nothing else; check the name or choose another reason.";
    /// Reason N3, but the chip's name was not cut off from the new one for lack of room.
    NotCutOff = "not_cut_off":
        "芯片姓名不是新姓名被截断的部分。请核对输入或另选原因。",
        "The chip's name is not the cut-off beginning of the new one; check the name or choose another reason.";
    /// The photo is below the limits, and the clerk gave no reason.
    PhotoReasonNeeded = "photo_reason_needed":
        "照片不达标。请重新拍摄，或填写照片不达标的使用说明。",
        "The photo is below the limits; take another, or write why it is used.";
    /// The holder already has an open correction of this field.
    CorrectionOpen = "correction_open":
        "申请人的该项目已有未办结的更正。请打开原更正继续办理。",
        "A correction of this field is open already; open that one and go on there.";
    /// The escalation was answered before.
    EscalationClosed = "escalation_closed":
        "这条转来的申请已经办结，没有再次处理。请重新打开“更正”页查看。",
        "This report was answered before and nothing was done; open the list of corrections again and see how.";
    /// The content changed after the approver saw it.
    ContentChanged = "content_changed":
        "更正内容在您查看后已变动。请重新查看后再审批。",
        "The correction changed after you looked at it; look again, then decide.";
    /// The approver has not opened every piece of evidence.
    EvidenceNotOpened = "evidence_not_opened":
        "尚有证明材料未查看。请逐件打开后再审批。",
        "Some evidence has not been opened; open each piece, then approve.";
    /// S4: approvals and voids need the password again.
    ReauthenticationNeeded = "reauthentication_needed":
        "此操作须再次验证身份，尚未执行。请重新输入密码。",
        "This needs your password again and was not done yet; enter the password.";
    /// A7: the password has fewer than 10 characters.
    PasswordTooShort = "password_too_short":
        "密码少于10位。请重新设置至少10位的密码。",
        "The password has fewer than 10 characters; choose a longer one.";
    /// A7: the password is one of the 10,000 most common.
    PasswordCommon = "password_common":
        "该密码属于常见密码，容易被猜中。请换一个密码。",
        "This password is one of the most common and easily guessed; choose another one.";
    /// A7: the password contains the staff number.
    PasswordHasStaffNumber = "password_has_staff_number":
        "密码中不能包含工号。请换一个密码。",
        "The password contains the staff number; choose another one.";
    /// A7: four characters of the password in a row are equal or follow each other.
    PasswordRun = "password_run":
        "密码中不能有4位以上相同或连续的字符（如1111、1234）。请换一个密码。",
        "The password has four or more equal or consecutive characters (1111, 1234, abcd); choose another one.";
    /// S4: the password is older than the site's rotation allows.
    PasswordTooOld = "password_too_old":
        "密码已超过规定使用期限。请修改密码后登录。",
        "The password is older than allowed; change it, then log in.";
    /// S4: the account is locked after wrong passwords.
    AccountLocked = "account_locked":
        "密码连续输错，账号已锁定15分钟。请稍后再试，或联系安全管理员。",
        "The account is locked for 15 minutes after wrong passwords; wait, or ask the security administrator.";
    /// S4: the offline verifier is more than 72 hours old.
    OfflineVerifierTooOld = "offline_verifier_too_old":
        "离线登录凭据已超过72小时。请恢复网络后登录一次。",
        "The offline login is older than 72 hours; reconnect and log in once.";
    /// N-3: number and name on the card are not those of one person in the registry.
    GoToWindow = "go_to_window":
        "此处无法办理。请携带证件到政务服务中心窗口办理。",
        "This cannot be done here; take your documents to a window of the service centre.";
    /// N-1: the operator has looked up as many citizens today as the site allows.
    LookUpBudgetUsed = "look_up_budget_used":
        "您今日的查询次数已达上限，本次未查询。请主管核实后联系中心放行；等候期间请由其他窗口人员办理。",
        "You have looked up as many citizens today as allowed, and this one was not; ask a supervisor to have the centre release you. Until then a colleague serves.";
    /// N-1: the look-up names no case of this desk, or one of another citizen.
    LookUpWithoutCase = "look_up_without_case":
        "查询须在本窗口当前办件中进行，本次未查询。请重新读卡，开始新的办件。",
        "A look-up belongs to a case at this window, and this one was not done; read the card again to begin a case.";
    /// S3: the desk has uploaded more evidence than its site allows.
    EvidenceQuotaUsed = "evidence_quota_used":
        "本窗口今日上传的材料已达上限，材料保存在本机。系统将稍后自动续传；如持续出现，请联系系统管理员。",
        "This desk has sent as much evidence as allowed; it is safe here and is sent later. If this stays, ask the system administrator.";
    /// A number of the policy is out of range (L11: 1–168 hours; L1, E1, E2, E8: ascending).
    PolicyOutOfRange = "policy_out_of_range":
        "规则参数超出允许范围。请核对：离线时限1至168小时，有效期至少1天，年龄由小到大。",
        "The numbers of the rules are out of range; use 1-168 hours offline, at least one day of validity, and ages in ascending order.";
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
