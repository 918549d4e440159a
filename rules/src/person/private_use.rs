//! Maps private-use characters of old card data (N3) to the code points of GB 18030-2022.

/// Returns whether `c` is in a private-use area of Unicode, where its glyph depends on the font.
pub const fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

/// Returns the standard character that GB 18030-2022 assigns to a private-use one.
///
/// Any other character is returned unchanged. So is a private-use character without a mapping: it
/// is shown as its code point and sent to correction (N3).
pub const fn map_private_use(c: char) -> char {
    match c {
        '\u{E78D}' => '\u{FE10}',
        '\u{E78E}' => '\u{FE12}',
        '\u{E78F}' => '\u{FE11}',
        '\u{E790}' => '\u{FE13}',
        '\u{E791}' => '\u{FE14}',
        '\u{E792}' => '\u{FE15}',
        '\u{E793}' => '\u{FE16}',
        '\u{E794}' => '\u{FE17}',
        '\u{E795}' => '\u{FE18}',
        '\u{E796}' => '\u{FE19}',
        '\u{E81E}' => '\u{9FB4}',
        '\u{E826}' => '\u{9FB5}',
        '\u{E82B}' => '\u{9FB6}',
        '\u{E82C}' => '\u{9FB7}',
        '\u{E832}' => '\u{9FB8}',
        '\u{E843}' => '\u{9FB9}',
        '\u{E854}' => '\u{9FBA}',
        '\u{E864}' => '\u{9FBB}',
        '\u{E816}' => '\u{20087}',
        '\u{E817}' => '\u{20089}',
        '\u{E818}' => '\u{200CC}',
        '\u{E831}' => '\u{215D7}',
        '\u{E83B}' => '\u{2298F}',
        '\u{E855}' => '\u{241FE}',
        '\u{E863}' => '\u{4DAE}',
        other => other,
    }
}
