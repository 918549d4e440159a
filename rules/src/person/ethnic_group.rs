//! Ethnic groups (民族) by their codes in GB/T 3304.

use serde::{Deserialize, Serialize};

/// A code of GB/T 3304: 01–56, 97 (其他) or 98 (外国血统中国籍人士).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct EthnicGroup(u8);

/// Names of codes 01–56, in code order.
const NAMES: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];
const OTHER: u8 = 97;
const NATURALISED: u8 = 98;

/// Error for a number that is not a code of GB/T 3304.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a code of GB/T 3304")]
pub struct UnknownEthnicGroup(u8);

impl EthnicGroup {
    /// Returns the group with this code; `None` if the code is not assigned.
    pub fn from_code(code: u8) -> Option<Self> {
        matches!(code, 1..=56 | OTHER | NATURALISED).then_some(Self(code))
    }

    /// Parses the two digits that a card holds; `None` if they are not an assigned code.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let is_two_digits = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        is_two_digits.then(|| digits.parse().ok()).flatten().and_then(Self::from_code)
    }

    /// Returns the numeric code, 1–56, 97 or 98.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Returns the Chinese name, without 族.
    pub fn name(self) -> &'static str {
        match self.0 {
            OTHER => "其他",
            NATURALISED => "外国血统中国籍人士",
            code => NAMES[usize::from(code) - 1],
        }
    }
}

impl From<EthnicGroup> for u8 {
    fn from(group: EthnicGroup) -> u8 {
        group.0
    }
}
impl TryFrom<u8> for EthnicGroup {
    type Error = UnknownEthnicGroup;
    fn try_from(code: u8) -> Result<Self, UnknownEthnicGroup> {
        Self::from_code(code).ok_or(UnknownEthnicGroup(code))
    }
}
