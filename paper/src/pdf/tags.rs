//! The structure tree: the role of each piece of a page, in reading order.
//!
//! Elements never reach from one page to the next, so they are written with their page.

use lopdf::{Object, ObjectId, dictionary, text_string};

use super::file::File;

/// Role of a piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Heading,
    Paragraph,
    Figure,
    Table,
    Row,
    HeaderCell,
    Cell,
}

impl Role {
    /// Returns the name of the role in the tree and on marked content.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Heading => "H1",
            Self::Paragraph => "P",
            Self::Figure => "Figure",
            Self::Table => "Table",
            Self::Row => "TR",
            Self::HeaderCell => "TH",
            Self::Cell => "TD",
        }
    }
}

/// Picture on a page: its alternative text and the corners of its area, in points.
pub(super) type Picture = (&'static str, [f32; 4]);

/// The structure tree while it is being built.
pub(super) struct Tags {
    root: ObjectId,
    document: ObjectId,
    /// Elements right below the document.
    children: Vec<ObjectId>,
    /// For each page, the list that leads from its content back to the elements.
    pages: Vec<ObjectId>,
    /// Elements of the current page.
    elements: Vec<Element>,
    open: Vec<usize>,
    /// Element that each piece of marked content of the current page belongs to.
    contents: Vec<usize>,
}

struct Element {
    role: Role,
    parent: Option<usize>,
    children: Vec<Child>,
    picture: Option<Picture>,
}

enum Child {
    Element(usize),
    Content(i64),
}

impl Tags {
    pub(super) fn new(file: &mut File<'_>) -> Self {
        Self {
            root: file.reserve(),
            document: file.reserve(),
            children: Vec::new(),
            pages: Vec::new(),
            elements: Vec::new(),
            open: Vec::new(),
            contents: Vec::new(),
        }
    }

    /// Opens an element inside the one that is open.
    pub(super) fn open(&mut self, role: Role, picture: Option<Picture>) {
        let parent = self.open.last().copied();
        let index = self.elements.len();
        self.elements.push(Element { role, parent, children: Vec::new(), picture });
        if let Some(parent) = parent.and_then(|parent| self.elements.get_mut(parent)) {
            parent.children.push(Child::Element(index));
        }
        self.open.push(index);
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Returns the id that marks the open element's content on the current page.
    pub(super) fn content(&mut self) -> i64 {
        let id = i64::try_from(self.contents.len()).unwrap_or(i64::MAX);
        if let Some(&open) = self.open.last() {
            self.contents.push(open);
            if let Some(element) = self.elements.get_mut(open) {
                element.children.push(Child::Content(id));
            }
        }
        id
    }

    /// Writes the elements of the current page. Returns the number of the page in the tree.
    pub(super) fn finish_page(&mut self, file: &mut File<'_>, page: ObjectId) -> i64 {
        let ids: Vec<ObjectId> = self.elements.iter().map(|_| file.reserve()).collect();
        let reference = |index: usize| ids.get(index).map_or(Object::Null, |&id| id.into());
        for (element, &id) in self.elements.iter().zip(&ids) {
            let kids = element.children.iter().map(|child| match *child {
                Child::Element(index) => reference(index),
                Child::Content(id) => id.into(),
            });
            let mut entry = dictionary! {
                "Type" => "StructElem",
                "S" => element.role.name(),
                "P" => element.parent.map_or(self.document.into(), reference),
                "Pg" => page,
                "K" => kids.collect::<Vec<_>>(),
            };
            if let Some((words, area)) = element.picture {
                let area: Vec<Object> = area.into_iter().map(Object::Real).collect();
                entry.set("Alt", text_string(words));
                entry.set("A", dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => area });
            }
            // Header cells of all tables stand above their columns.
            if element.role == Role::HeaderCell {
                entry.set("A", dictionary! { "O" => "Table", "Scope" => "Column" });
            }
            file.write(id, entry);
            if element.parent.is_none() {
                self.children.push(id);
            }
        }
        let owners: Vec<Object> = self.contents.iter().map(|&element| reference(element)).collect();
        self.pages.push(file.add(owners));
        self.elements.clear();
        self.open.clear();
        self.contents.clear();
        number(self.pages.len() - 1)
    }

    /// Writes the root of the tree and returns its id.
    pub(super) fn finish(self, file: &mut File<'_>) -> ObjectId {
        let children: Vec<Object> = self.children.into_iter().map(Object::Reference).collect();
        file.write(
            self.document,
            dictionary! { "Type" => "StructElem", "S" => "Document", "P" => self.root, "K" => children },
        );
        let next = number(self.pages.len());
        let lists = (0..).zip(self.pages).flat_map(|(page, list)| [Object::Integer(page), list.into()]);
        let parents = file.add(dictionary! { "Nums" => lists.collect::<Vec<_>>() });
        file.write(
            self.root,
            dictionary! {
                "Type" => "StructTreeRoot",
                "K" => self.document,
                "ParentTree" => parents,
                "ParentTreeNextKey" => next,
            },
        );
        self.root
    }
}

fn number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
