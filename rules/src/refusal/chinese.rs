//! Chinese sentences for refusals, shortfalls, correction reasons and rejections.

use super::Refusal;
use crate::{
    correction::{Reason, Rejection},
    eligibility::Shortfall,
};

pub(super) const fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotEligible => {
            "不符合申领条件：18至59岁须为本市户籍且持有效残疾人证。请核对证件，并告知申请人办理条件。"
        }
        Refusal::EligibilityNotKnown => {
            "离线状态下无法查询户籍与残疾人证。请扫描残疾人证并登记户籍情况后再办理。"
        }
        Refusal::AlreadyIssuedToday => {
            "今日已办理过申领、再次申领或补领，每人每日限一次。请明日再办；如需离线码（纸质），可二次打印。"
        }
        Refusal::HasHadACode => "申请人曾领过离线随申码，不能首次申领。请改办再次申领或补领。",
        Refusal::NeverHadACode => "申请人从未领过离线随申码。请办理首次申领。",
        Refusal::ReissueInstead => "上一张码仍有效或处于挂失状态。请改办补领。",
        Refusal::ReapplyInstead => "上一张码已过期或已作废。请改办再次申领。",
        Refusal::CodeNotLive => "该码当前不是有效状态。请刷新申请人信息，按其最新状态办理。",
        Refusal::UnknownCode => "该码不属于当前申请人。请重新读卡后再选择。",
        Refusal::SerialReused => "新码的序列号已被使用。请重新发起办理。",
        Refusal::NotAnIssue => "该操作不是发码操作。请返回申请人页面，选择首次申领、再次申领或补领。",
        Refusal::NotConfirmedByHolder => {
            "申请人尚未确认姓名和照片。请申请人在屏幕上核对并确认；如有误，请办理更正。"
        }
        Refusal::ConsequenceNotConfirmed => "尚未确认操作后果。请向申请人说明原码将失效，确认后再继续。",
        Refusal::ClockNotTrusted => {
            "本机时间与中心相差超过允许范围或被回拨，暂停离线发码。请联网校时后再办；挂失可照常登记。"
        }
        Refusal::OfflineTooLong => {
            "与中心失联时间过长，暂停离线发码。请恢复网络并同步后再办；挂失可照常登记。"
        }
        Refusal::GuardianNeeded => "未满14周岁须由监护人办理。请读取监护人证件并登记其同意。",
        Refusal::AgentNotBound => "代办人与申请人未绑定亲属关系。请扫描户口簿或出生医学证明后再办理。",
        Refusal::VoidReasonNeeded => "作废必须填写原因。请填写后重试。",
        Refusal::NotPermitted => "您的岗位无权进行此操作。请联系有相应权限的人员办理。",
        Refusal::SamePerson => "经办人与审批人不能是同一人。请由另一位主管审批。",
        Refusal::NoApprovedCorrection => "没有已生效且未使用的更正，不能换发。请先办理更正，或改办补领。",
        Refusal::NameNotPrintable => {
            "姓名中有打印字体不支持的字，暂不能出码。请登记该字并上报，待字体补充后办理。"
        }
        Refusal::NameUnmapped => "姓名中有无法转换的自造字。请核对证件上的字形并办理姓名更正。",
        Refusal::NumberLength => "证件号码位数不对，应为18位或15位。请核对后重新输入。",
        Refusal::NumberCharacter => "证件号码中有不应出现的字符。请对照证件逐位核对后重新输入。",
        Refusal::NumberRegion => "证件号码中的地区或国籍代码不存在。请核对后重新输入。",
        Refusal::NumberBirthDate => "证件号码中的出生日期不存在或晚于今天。请核对后重新输入。",
        Refusal::NumberCheckDigit => "证件号码校验不通过，可能有一位输错。请对照证件逐位核对。",
        Refusal::NameEmpty => "姓名为空。请输入姓名。",
        Refusal::NameTooLong => "姓名超过50个字。请核对后重新输入。",
        Refusal::NameCharacter => "姓名中有不能用于姓名的字符。请按提示位置核对后重新输入。",
        Refusal::SerialMalformed => "码序列号格式不对。请重新扫码或重新选择。",
        Refusal::CaseNumberMalformed => "办件编号有误，校验不通过。请对照回执重新输入。",
        Refusal::CorrectionState => "该更正当前状态不允许此操作。请刷新后查看最新状态。",
        Refusal::NotTheMaker => "只有发起人可以修改或提交该更正。请由发起人操作，或撤回后重新发起。",
        Refusal::CorrectionField => "更正内容或原因与更正项目不符。请选择与姓名或照片对应的原因。",
        Refusal::NothingChanged => "更正前后内容相同。请修改后再提交；如无需更正，请撤回。",
        Refusal::EvidenceMissing => "证明材料不齐。请按清单补齐后再提交。",
        Refusal::DiffersFromChip => {
            "新姓名与芯片姓名不一致。请核对输入；如属长姓名截断或依法改名，请选择相应原因并附材料。"
        }
        Refusal::NotOneDifference => {
            "按“间隔号写法”更正只允许一处间隔号不同。请核对输入，文字有误的请另选原因。"
        }
        Refusal::NotCutOff => "芯片姓名不是新姓名被截断的部分。请核对输入或另选原因。",
        Refusal::PhotoReasonNeeded => "照片不达标。请重新拍摄，或填写照片不达标的使用说明。",
        Refusal::CorrectionOpen => "申请人的该项目已有未办结的更正。请打开原更正继续办理。",
        Refusal::ContentChanged => "更正内容在您查看后已变动。请重新查看后再审批。",
        Refusal::EvidenceNotOpened => "尚有证明材料未查看。请逐件打开后再审批。",
        Refusal::ReauthenticationNeeded => "此操作须再次验证身份。请重新输入密码。",
        Refusal::PasswordTooWeak => "密码强度不足：至少10位，或至少8位且含三类字符。请重新设置。",
        Refusal::PasswordTooOld => "密码已超过规定使用期限。请修改密码后登录。",
        Refusal::AccountLocked => "密码连续输错，账号已锁定15分钟。请稍后再试，或联系安全管理员。",
        Refusal::OfflineVerifierTooOld => "离线登录凭据已超过72小时。请恢复网络后登录一次。",
        Refusal::RolesConflict => "系统管理、安全管理与审计不能由同一账号担任。请分设账号。",
        Refusal::PolicyOutOfRange => {
            "规则参数超出允许范围。请核对：离线时限1至168小时，有效期至少1天，年龄由小到大。"
        }
    }
}

pub(super) const fn shortfall(shortfall: Shortfall) -> &'static str {
    match shortfall {
        Shortfall::NoCertificate => "18至59岁须持残疾人证，登记库中没有其残疾人证。请申请人先到残联办理。",
        Shortfall::CertificateExpired => "残疾人证已过期。请申请人到残联换证后再来。",
        Shortfall::CertificateOfAnother => "残疾人证号码与申请人证件号码不一致。请核对是否拿错证件。",
        Shortfall::CertificateInvalid => "残疾人证号码有误。请对照证件重新输入或扫描。",
        Shortfall::NotRegisteredHere => "18至59岁须为本市户籍。请告知申请人使用手机端随申码。",
        Shortfall::NotKnownOffline => "离线状态下尚不能判断。请扫描残疾人证并登记户籍情况。",
        Shortfall::NotBornYet => "证件号码中的出生日期晚于今天。请核对证件号码与本机日期。",
    }
}

pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::N1 => "生僻字",
        Reason::N2 => "间隔号写法不同",
        Reason::N3 => "长姓名被截断",
        Reason::N4 => "依法改名",
        Reason::N5 => "录入错误",
        Reason::P1 => "照片是他人",
        Reason::P2 => "照片模糊、镜像或裁切不当",
        Reason::P3 => "照片过时，容貌已变",
        Reason::P4 => "身份证过期，照片陈旧",
    }
}

pub(super) const fn rejection(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::E1 => "材料缺失。请补齐所列材料后再来办理。",
        Rejection::E2 => "材料无法辨认。请携带清晰的原件再来办理。",
        Rejection::E3 => "申请内容与证件或登记来源不一致。请核对后重新申请。",
        Rejection::E4 => "证件过期或无效。请换领有效证件后再来办理。",
        Rejection::E5 => "来办理的不是申请人本人或其监护人。请由申请人本人或监护人持证件办理。",
        Rejection::E6 => "该事项须到公安户籍窗口办理。请先到户籍所在地派出所办理变更。",
        Rejection::E7 => "涉嫌冒用他人身份，不予办理。如有异议，请持有效证件到窗口说明。",
        Rejection::E8 => "重复申请。请以先前受理的申请为准，凭其办件编号查询。",
    }
}
