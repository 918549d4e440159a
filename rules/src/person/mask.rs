//! What may be shown of a person (M1–M3). Masking works on any text: what cannot be recognised is hidden whole.

use super::name::{is_separator, is_variation_selector};

/// M1: `310***********1234` (3 + 11 + 4), 15 characters 3 + 8 + 4; any other length becomes all `*`.
pub fn mask_id_number(number: &str) -> String {
    const SHOWN_BEFORE: usize = 3;
    const SHOWN_AFTER: usize = 4;
    let length = number.chars().count();
    let known = length == 18 || length == 15;
    let shown = |at: usize| known && (at < SHOWN_BEFORE || at >= length - SHOWN_AFTER);
    number.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

/// M2: the surname (compound ones whole: 欧阳\*), then one `*` for each further character; separators and spaces are kept
/// (阿\*\*·\*\*\*) and not counted: a name of one character is hidden, whatever stands beside it (\*·). A character and its
/// variation selector count, and are hidden, as one.
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

/// M3: `138****5678`. Anything that is not a mobile number of eleven digits becomes all `*`.
pub fn mask_phone(phone: &str) -> String {
    let is_mobile = phone.len() == 11 && phone.bytes().all(|b| b.is_ascii_digit());
    let hidden = |at: usize| !is_mobile || (3..7).contains(&at);
    phone.chars().enumerate().map(|(at, c)| if hidden(at) { '*' } else { c }).collect()
}

/// M3: the identity number inside masked as M1, category, grade and re-issue mark hidden.
pub fn mask_certificate_number(number: &str) -> String {
    const ID_NUMBER: usize = 18;
    if number.chars().count() <= ID_NUMBER {
        return "*".repeat(number.chars().count());
    }
    let id_number: String = number.chars().take(ID_NUMBER).collect();
    let rest = number.chars().count() - ID_NUMBER;
    mask_id_number(&id_number) + &"*".repeat(rest)
}

/// Separators, spaces, and the comma after the surname of a Latin name.
fn is_kept(unit: &str) -> bool {
    unit.chars().all(|c| matches!(c, ' ' | ',') || is_separator(c))
}

/// Characters with the variation selectors that follow them.
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

/// How many units the surname takes: two for a compound surname with something after it, else one.
fn surname_length(units: &[&str]) -> usize {
    let is_compound = |pair: &str| COMPOUND_SURNAMES.split_whitespace().any(|surname| surname == pair);
    match units {
        [first, second, _, ..] if is_compound(&format!("{first}{second}")) => 2,
        _ => 1,
    }
}

/// Compound surnames (复姓) in use, simplified and, for residents of Taiwan, Hong Kong and Macao, traditional. 张简 is there in its
/// traditional form only: on the mainland nearly everybody of that spelling is called 张, and would be shown with one character too many.
const COMPOUND_SURNAMES: &str = "
    欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶
    太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良
    漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五
    即墨 达奚 褚师 南荣 东里 纳兰 完颜 叶赫 范姜 淳于 伯赏
    歐陽 司馬 東方 獨孤 南宮 萬俟 聞人 諸葛 尉遲 赫連 澹臺 濮陽 公孫 仲孫 鍾離 鐘離 長孫 鮮于 閭丘 顓孫
    壤駟 樂正 穀梁 夾谷 軒轅 東郭 南門 東門 西門 達奚 納蘭 完顏 葉赫 范姜 張簡";
