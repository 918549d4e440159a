//! Mandarin readings (汉语拼音) with and without tones.

/// One syllable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Small letters; ü as `ü`.
    syllable: String,
    /// 1–4, or 5 for the light tone; `None` when none was written.
    tone: Option<u8>,
}

impl Reading {
    /// Reads `zhāng`, `zhang1`, `zhang`, `lü4`, `lv4`, `lu:4`. `None` for what is not one syllable.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut syllable = String::new();
        let mut tone = None;
        for character in text.trim().chars().flat_map(char::to_lowercase) {
            match character {
                '0'..='5' if tone.is_none() && !syllable.is_empty() => {
                    let number = character.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
                    tone = number.map(|digit| if digit == 0 { 5 } else { digit });
                }
                'v' => syllable.push('ü'),
                ':' if syllable.ends_with('u') => {
                    syllable.pop();
                    syllable.push('ü');
                }
                _ => {
                    let (letter, mark) = without_mark(character)?;
                    syllable.extend(letter);
                    tone = tone.or(mark);
                }
            }
        }
        (!syllable.is_empty()).then_some(Self { syllable, tone })
    }

    /// Whether this search means that syllable: the same letters, and the same tone when one is
    /// asked for. Syllables of the index without a mark have the light tone.
    pub(super) fn covers(&self, known: &Self) -> bool {
        self.syllable == known.syllable && self.tone.is_none_or(|tone| tone == known.tone.unwrap_or(5))
    }
}

/// The letter without its tone mark, and the tone; combining marks have no letter of their own.
fn without_mark(character: char) -> Option<(Option<char>, Option<u8>)> {
    // A letter stands for itself where there is no such character; letters are taken before this
    // table is looked at.
    const MARKED: [(char, &str); 8] = [
        ('a', "āáǎà"),
        ('e', "ēéěè"),
        ('i', "īíǐì"),
        ('o', "ōóǒò"),
        ('u', "ūúǔù"),
        ('ü', "ǖǘǚǜ"),
        ('n', "nńňǹ"),
        ('m', "mḿmm"),
    ];
    const COMBINING: &str = "\u{304}\u{301}\u{30C}\u{300}";
    let tone_of =
        |marks: &str| marks.chars().zip(1..).find(|(mark, _)| *mark == character).map(|(_, tone)| tone);
    if let Some(tone) = tone_of(COMBINING) {
        return Some((None, Some(tone)));
    }
    match character {
        'a'..='z' | 'ü' => Some((Some(character), None)),
        // 欸 ê, whose mark may also be one character with it
        'ê' => Some((Some('ê'), None)),
        'ế' => Some((Some('ê'), Some(2))),
        'ề' => Some((Some('ê'), Some(4))),
        _ => MARKED.iter().find_map(|(letter, marks)| tone_of(marks).map(|tone| (Some(*letter), Some(tone)))),
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;

    #[test]
    fn ways_of_writing_one_syllable() {
        let table = [
            ("zhāng", "zhang", Some(1)),
            ("zhang1", "zhang", Some(1)),
            (" ZHANG ", "zhang", None),
            ("lǜ", "lü", Some(4)),
            ("lv4", "lü", Some(4)),
            ("lu:4", "lü", Some(4)),
            ("ḿ", "m", Some(2)),
            ("ê\u{304}", "ê", Some(1)),
            ("de0", "de", Some(5)),
        ];
        for (text, syllable, tone) in table {
            assert_eq!(Reading::parse(text), Some(Reading { syllable: syllable.to_owned(), tone }), "{text}");
        }
        for text in ["", "1", "张", "zhang zhang", "zh/ng", "\0"] {
            assert_eq!(Reading::parse(text), None, "{text:?}");
        }
    }
}
