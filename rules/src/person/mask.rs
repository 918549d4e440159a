//! Masks personal values for display (M1–M3). Text that cannot be recognised is hidden entirely.

use super::name::{is_separator, is_variation_selector};

/// Masks an ID number: `310***********1234` (3 + 11 + 4), or 3 + 8 + 4 for 15 characters (M1).
///
/// A number of any other length becomes all `*`.
pub fn mask_id_number(number: &str) -> String {
    const SHOWN_BEFORE: usize = 3;
    const SHOWN_AFTER: usize = 4;
    let length = number.chars().count();
    let known = length == 18 || length == 15;
    let shown = |at: usize| known && (at < SHOWN_BEFORE || at >= length - SHOWN_AFTER);
    number.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

/// Masks a name: the surname stays, each further character becomes `*` (M2).
///
/// Compound surnames stay whole (欧阳\*). Separators and spaces stay and do not count
/// (阿\*\*·\*\*\*). A name of one character is hidden, whatever stands beside it (\*·). A character
/// and its variation selector are one.
pub fn mask_name(name: &str) -> String {
    let units = units_of(name);
    let counted: Vec<&str> = units.iter().map(String::as_str).filter(|unit| !is_kept(unit)).collect();
    let mut shown = match counted.len() {
        0 | 1 => 0,
        _ => surname_length(&counted),
    };
    let masked = units.iter().map(|unit| match unit.as_str() {
        kept if is_kept(kept) => kept,
        unit if shown > 0 => {
            shown -= 1;
            unit
        }
        _ => "*",
    });
    masked.collect()
}

/// Masks a mobile number: `138****5678` (M3). Text that is not eleven digits becomes all `*`.
pub fn mask_phone(phone: &str) -> String {
    let is_mobile = phone.len() == 11 && phone.bytes().all(|b| b.is_ascii_digit());
    let hidden = |at: usize| !is_mobile || (3..7).contains(&at);
    phone.chars().enumerate().map(|(at, c)| if hidden(at) { '*' } else { c }).collect()
}

/// Masks the ID number inside as in M1; hides category, grade and reissue mark (M3).
pub fn mask_certificate_number(number: &str) -> String {
    const ID_NUMBER: usize = 18;
    if number.chars().count() <= ID_NUMBER {
        return "*".repeat(number.chars().count());
    }
    let id_number: String = number.chars().take(ID_NUMBER).collect();
    let rest = number.chars().count() - ID_NUMBER;
    mask_id_number(&id_number) + &"*".repeat(rest)
}

/// Returns whether a unit stays: separators, spaces, and the comma after a Latin surname.
fn is_kept(unit: &str) -> bool {
    unit.chars().all(|c| matches!(c, ' ' | ',') || is_separator(c))
}

/// Splits a name into characters, each with the variation selectors that follow it.
fn units_of(name: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for c in name.chars() {
        match units.last_mut() {
            Some(unit) if is_variation_selector(c) => unit.push(c),
            _ => units.push(c.into()),
        }
    }
    units
}

/// Returns the length of the surname in units: two for a compound surname with a character after
/// it, otherwise one.
fn surname_length(units: &[&str]) -> usize {
    let is_compound = |pair: &str| COMPOUND_SURNAMES.split_whitespace().any(|surname| surname == pair);
    match units {
        [first, second, _, ..] if is_compound(&format!("{first}{second}")) => 2,
        _ => 1,
    }
}

/// Compound surnames (复姓) in use, in simplified and traditional characters.
///
/// The traditional ones are for residents of Taiwan, Hong Kong and Macao. 张简 is listed in
/// traditional form only: on the mainland, nearly everybody spelt like this is called 张, and one
/// character too many would be shown.
const COMPOUND_SURNAMES: &str = "
    欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶
    太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良
    漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五
    即墨 达奚 褚师 南荣 东里 纳兰 完颜 叶赫 范姜 淳于 伯赏
    歐陽 司馬 東方 獨孤 南宮 萬俟 聞人 諸葛 尉遲 赫連 澹臺 濮陽 公孫 仲孫 鍾離 鐘離 長孫 鮮于 閭丘 顓孫
    壤駟 樂正 穀梁 夾谷 軒轅 東郭 南門 東門 西門 達奚 納蘭 完顏 葉赫 范姜 張簡";
