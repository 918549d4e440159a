//! The structure tree: the role of each piece of a page, in reading order.

use pdf_writer::types::StructRole;
use pdf_writer::writers::StructTreeRoot;
use pdf_writer::{Chunk, Finish, Name, Ref, TextStr};

/// Role of a piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Document,
    Heading,
    Paragraph,
    Figure,
    Table,
    Row,
    HeaderCell,
    Cell,
}

impl Role {
    fn structure(self) -> StructRole {
        match self {
            Self::Document => StructRole::Document,
            Self::Heading => StructRole::H1,
            Self::Paragraph => StructRole::P,
            Self::Figure => StructRole::Figure,
            Self::Table => StructRole::Table,
            Self::Row => StructRole::TR,
            Self::HeaderCell => StructRole::TH,
            Self::Cell => StructRole::TD,
        }
    }

    /// Returns the name that tags marked content with this role.
    pub(super) fn name(self) -> Name<'static> {
        Name(match self {
            Self::Document => b"Document",
            Self::Heading => b"H1",
            Self::Paragraph => b"P",
            Self::Figure => b"Figure",
            Self::Table => b"Table",
            Self::Row => b"TR",
            Self::HeaderCell => b"TH",
            Self::Cell => b"TD",
        })
    }
}

/// The structure tree while it is being built.
pub(super) struct Tags {
    elements: Vec<Element>,
    open: Vec<usize>,
    /// For each page, the element that each piece of marked content belongs to.
    pages: Vec<Vec<usize>>,
}

struct Element {
    role: Role,
    parent: usize,
    children: Vec<Child>,
    /// Alternative text of a picture.
    alternative: Option<&'static str>,
}

enum Child {
    Element(usize),
    Content { page: usize, id: i32 },
}

impl Tags {
    pub(super) fn new() -> Self {
        let document = Element { role: Role::Document, parent: 0, children: Vec::new(), alternative: None };
        Self { elements: vec![document], open: vec![0], pages: Vec::new() }
    }

    /// Starts the next page.
    pub(super) fn page(&mut self) {
        self.pages.push(Vec::new());
    }

    /// Opens an element inside the one that is open.
    pub(super) fn open(&mut self, role: Role, alternative: Option<&'static str>) {
        let parent = self.open.last().copied().unwrap_or(0);
        let index = self.elements.len();
        self.elements.push(Element { role, parent, children: Vec::new(), alternative });
        if let Some(parent) = self.elements.get_mut(parent) {
            parent.children.push(Child::Element(index));
        }
        self.open.push(index);
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Returns the id that marks the open element's content on the current page.
    pub(super) fn content(&mut self) -> i32 {
        let element = self.open.last().copied().unwrap_or(0);
        let page = self.pages.len().saturating_sub(1);
        let Some(contents) = self.pages.last_mut() else { return 0 };
        let id = i32::try_from(contents.len()).unwrap_or(i32::MAX);
        contents.push(element);
        if let Some(element) = self.elements.get_mut(element) {
            element.children.push(Child::Content { page, id });
        }
        id
    }

    /// Writes the tree and the lists that lead from each page back to it. Returns the root
    /// of the tree.
    pub(super) fn write(&self, chunk: &mut Chunk, next: &mut Ref, page_refs: &[Ref]) -> Ref {
        let root = next.bump();
        let element_refs: Vec<Ref> = self.elements.iter().map(|_| next.bump()).collect();
        for (index, element) in self.elements.iter().enumerate() {
            let parent = if index == 0 { Some(root) } else { element_refs.get(element.parent).copied() };
            let (Some(&id), Some(parent)) = (element_refs.get(index), parent) else { continue };
            write_element(chunk, id, parent, element, &element_refs, page_refs);
        }
        let parents: Vec<Ref> = self
            .pages
            .iter()
            .map(|contents| {
                let id = next.bump();
                let refs = contents.iter().filter_map(|&element| element_refs.get(element).copied());
                chunk.indirect(id).array().items(refs);
                id
            })
            .collect();
        write_root(chunk, root, element_refs.first().copied(), &parents);
        root
    }
}

fn write_root(chunk: &mut Chunk, id: Ref, document: Option<Ref>, parents: &[Ref]) {
    let mut root = chunk.indirect(id).start::<StructTreeRoot<'_>>();
    if let Some(document) = document {
        root.child(document);
    }
    let mut tree = root.parent_tree();
    let mut entries = tree.nums();
    let mut pages = 0;
    for &parent in parents {
        entries.insert(pages, parent);
        pages += 1;
    }
    entries.finish();
    tree.finish();
    root.parent_tree_next_key(pages);
}

fn write_element(
    chunk: &mut Chunk,
    id: Ref,
    parent: Ref,
    element: &Element,
    elements: &[Ref],
    pages: &[Ref],
) {
    let mut writer = chunk.struct_element(id);
    writer.kind(element.role.structure()).parent(parent);
    if let Some(words) = element.alternative {
        writer.alt(TextStr(words));
    }
    let mut children = writer.children();
    for child in &element.children {
        match *child {
            Child::Element(index) => {
                if let Some(&id) = elements.get(index) {
                    children.struct_element(id);
                }
            }
            Child::Content { page, id } => {
                if let Some(&page) = pages.get(page) {
                    children.marked_content_ref().page(page).marked_content_id(id);
                }
            }
        }
    }
    children.finish();
}
