//! What a form is made of.

/// One piece of a form, in words; how it is set is decided by the medium.
pub(crate) enum Block {
    /// A heading inside the paper.
    Heading(String),
    /// A label and its value.
    Fact { label: &'static str, value: String, strong: bool },
    /// Running text.
    Text(String),
    /// Running text in small type.
    Small(String),
    /// A sentence that must not be overlooked, in a box.
    Notice(String),
    /// A numbered sentence; the number stands out to the left.
    Item { number: usize, text: String },
    /// Lines of a table, the last of which may be their sum.
    Table { columns: Vec<Column>, rows: Vec<Vec<String>>, sum: Option<Vec<String>> },
    /// Lines to sign on, side by side where there is room.
    Signatures(Vec<&'static str>),
    /// The place for the seal (盖章), with words beside it.
    Seal { words: Vec<String> },
    /// The same text in every size of the type scale, for the device test.
    Sizes(&'static str),
    /// Fields from white to black and lines from fine to strong, for the device test.
    Tones,
    /// Empty height in lines of body type.
    Space(f32),
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) head: &'static str,
    /// Its share of the width.
    pub(crate) share: f32,
    /// Figures stand at the right.
    pub(crate) figures: bool,
}

impl Column {
    pub(crate) const fn words(head: &'static str, share: f32) -> Self {
        Self { head, share, figures: false }
    }

    pub(crate) const fn figures(head: &'static str, share: f32) -> Self {
        Self { head, share, figures: true }
    }
}
