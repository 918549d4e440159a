//! Building blocks of a form.

/// One piece of a form. The medium decides how it is set.
pub(crate) enum Block {
    /// A heading inside the paper.
    Heading(String),
    /// A label with its value.
    Fact { label: &'static str, value: String, strong: bool },
    /// A paragraph in body type.
    Text(String),
    /// A paragraph in small type.
    Small(String),
    /// A sentence in a box that must not be overlooked.
    Notice(String),
    /// A numbered sentence with the number in the left margin.
    Item { number: usize, text: String },
    /// A line of a list with a tick in the margin, below an item.
    Tick(String),
    /// A table with an optional line of sums at the end.
    Table { columns: Vec<Column>, rows: Vec<Vec<String>>, sum: Option<Vec<String>> },
    /// A table with rows high enough to sign in.
    SigningTable { columns: Vec<Column>, rows: Vec<Vec<String>> },
    /// Lines to sign on, side by side if there is room.
    Signatures(Vec<&'static str>),
    /// The square for the seal (盖章), with words beside it.
    Seal { words: Vec<String> },
    /// The same text in every size of the type scale, for the device test.
    Sizes(&'static str),
    /// Fields from white to black and lines from fine to strong, for the device test.
    Tones,
    /// Empty space, in lines of body type.
    Space(f32),
}

impl Block {
    pub(crate) const fn is_table(&self) -> bool {
        matches!(self, Self::Table { .. } | Self::SigningTable { .. })
    }
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) head: &'static str,
    /// Share of the table's width, relative to the other columns.
    pub(crate) share: f32,
    /// Whether the column holds figures, which are aligned right.
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
