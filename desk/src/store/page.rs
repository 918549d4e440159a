//! Long lists in pages.

/// Which part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows to skip.
    pub offset: u32,
    /// Rows wanted, at most [`Page::LIMIT`].
    pub limit: u32,
}

impl Page {
    /// More than a screen can show at once.
    pub const LIMIT: u32 = 500;

    /// Returns the rows wanted, clamped to [`Page::LIMIT`].
    pub(crate) fn limit(self) -> i64 {
        i64::from(self.limit.min(Self::LIMIT))
    }
}

/// One page of a list and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// Length of the whole list.
    pub total: u32,
}
