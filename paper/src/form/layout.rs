//! Sets blocks into rows: each row knows its height and the positions of its texts and lines.

use super::{Block, Column, Form, Scale};
use crate::code::{QUIET_ZONE_MODULES, Symbol};
use crate::fonts::Weight;
use crate::pdf::{Area, Page, Role, Style, millimetres};
use crate::text::{Typesetter, wrap_evenly};

/// Line distance of running text, in ems.
const LEADING_EM: f32 = 1.5;
const FINE_MM: f32 = 0.25;
const STRONG_MM: f32 = 0.7;
/// Space between the columns of a table.
const GUTTER_MM: f32 = 2.0;
/// Side of the square for the test symbol and its quiet zone.
pub(crate) const SYMBOL_MM: f32 = 40.0;
/// Side of the square for the symbol of a case number and its quiet zone.
pub(super) const CASE_MM: f32 = 16.0;
/// Height of a row that somebody signs in.
const SIGNING_MM: f32 = 10.5;
/// Side of the square for a seal. Official seals measure 40 to 42 mm.
const SEAL_MM: f32 = 44.0;

/// One row of a form, laid out.
pub(super) struct Laid<'s> {
    pub(super) height: f32,
    pub(super) keep_with_next: bool,
    /// Number of the table that the row belongs to.
    pub(super) table: Option<usize>,
    pub(super) is_header: bool,
    texts: Vec<Text>,
    shapes: Vec<Shape>,
    figure: Option<Figure<'s>>,
}

/// A QR symbol with its quiet zone. Its square counts from the row's top left corner.
struct Figure<'s> {
    symbol: &'s Symbol,
    area: Area,
    /// What a screen reader says.
    words: &'static str,
}

/// Lines of text that form one piece. Positions count from the row's top left corner.
struct Text {
    role: Role,
    style: Style,
    leading: f32,
    x: f32,
    baseline: f32,
    at_right: bool,
    lines: Vec<String>,
}

enum Shape {
    Rule { from: (f32, f32), to: (f32, f32), line: f32 },
    Outline { area: Area, line: f32 },
    Fill { area: Area, grey: f32 },
}

impl<'s> Laid<'s> {
    fn new(height: f32) -> Self {
        Self {
            height,
            keep_with_next: false,
            table: None,
            is_header: false,
            texts: Vec::new(),
            shapes: Vec::new(),
            figure: None,
        }
    }

    pub(super) fn symbol(symbol: &'s Symbol) -> Self {
        let area = Area::new(0.0, 0.0, SYMBOL_MM, SYMBOL_MM);
        Self { figure: Some(Figure { symbol, area, words: "测试二维码" }), ..Self::new(SYMBOL_MM) }
    }

    /// Makes a table's row higher; its text stays in the middle and its line at the bottom.
    fn grow_to(&mut self, height: f32) {
        let more = (height - self.height).max(0.0);
        self.height += more;
        self.texts.iter_mut().for_each(|text| text.baseline += more / 2.0);
        for shape in &mut self.shapes {
            if let Shape::Rule { from, to, .. } = shape {
                from.1 += more;
                to.1 += more;
            }
        }
    }

    pub(super) fn draw(&self, page: &mut Page<'_, '_>, x: f32, y: f32) {
        if !self.shapes.is_empty() {
            page.artifact(|page| {
                for shape in &self.shapes {
                    shape.draw(page, x, y);
                }
            });
        }
        for text in &self.texts {
            page.tagged(text.role, |page| text.draw(page, x, y));
        }
        if let Some(Figure { symbol, area, words }) = &self.figure {
            let area = Area { x: area.x + x, y: area.y + y, ..*area };
            page.figure(words, area, |page| page.symbol(symbol, area.x, area.y, area.width));
        }
    }
}

impl Text {
    fn draw(&self, page: &mut Page<'_, '_>, x: f32, y: f32) {
        let mut baseline = y + self.baseline;
        for line in &self.lines {
            if self.at_right {
                page.text_right(x + self.x, baseline, line, self.style);
            } else {
                page.text(x + self.x, baseline, line, self.style);
            }
            baseline += self.leading;
        }
    }
}

impl Shape {
    fn draw(&self, page: &mut Page<'_, '_>, x: f32, y: f32) {
        let moved = |area: Area| Area { x: area.x + x, y: area.y + y, ..area };
        match *self {
            Self::Rule { from, to, line } => {
                page.rule((from.0 + x, from.1 + y), (to.0 + x, to.1 + y), line, None);
            }
            Self::Outline { area, line } => page.outline(moved(area), line),
            Self::Fill { area, grey } => page.fill(moved(area), grey),
        }
    }
}

/// Sets the blocks of one form into rows.
pub(super) struct Setter<'t, 'f> {
    typesetter: &'t mut Typesetter<'f>,
    scale: &'static Scale,
    tables: usize,
}

impl<'t, 'f> Setter<'t, 'f> {
    pub(super) fn new(typesetter: &'t mut Typesetter<'f>, scale: &'static Scale) -> Self {
        Self { typesetter, scale, tables: 0 }
    }

    /// Sets site, title, the symbol of the case number beside them, and the strong line below.
    pub(super) fn head<'s>(&mut self, form: &Form<'_>, case: Option<&'s Symbol>) -> Vec<Laid<'s>> {
        let site = Style::regular(self.scale.small);
        let title = Style::bold(self.scale.title);
        let room = self.scale.measure() - if case.is_some() { CASE_MM } else { 0.0 };
        let mut rows = vec![self.paragraph_within(form.site, site, room)];
        let mut heading = self.paragraph(form.title, title, Role::Heading, 0.0);
        if let Some(symbol) = case {
            // The symbol ends above the line, however little the title needs.
            let quiet = symbol.module_mm(CASE_MM) * QUIET_ZONE_MODULES as f32;
            heading.height =
                heading.height.max(CASE_MM - quiet - rows.iter().map(|row| row.height).sum::<f32>());
            let area = Area::new(room + quiet, heading.height - CASE_MM + quiet, CASE_MM, CASE_MM);
            heading.figure = Some(Figure { symbol, area, words: "办件编号二维码" });
        }
        rows.push(heading);
        if form.practice {
            let words = "演练：仅供练习，不是正式文书。";
            rows.push(self.paragraph(words, Style::bold(self.scale.body), Role::Paragraph, 0.0));
        }
        let mut rule = Laid::new(millimetres(self.scale.body) * 1.2);
        let line = Shape::Rule { from: (0.0, 1.2), to: (self.scale.measure(), 1.2), line: STRONG_MM };
        rule.shapes.push(line);
        rows.push(rule);
        rows
    }

    pub(super) fn block(&mut self, block: &Block) -> Vec<Laid<'static>> {
        let scale = self.scale;
        match block {
            Block::Heading(text) => {
                let mut row = self.paragraph(text, Style::bold(scale.strong), Role::Paragraph, 0.0);
                let space = millimetres(scale.strong) * 0.6;
                row.height += space;
                row.texts.iter_mut().for_each(|text| text.baseline += space);
                row.keep_with_next = true;
                vec![row]
            }
            Block::Fact { label, value, strong } => vec![self.fact(label, value, *strong)],
            Block::Text(text) => vec![self.paragraph(text, Style::regular(scale.body), Role::Paragraph, 0.0)],
            Block::Small(text) => {
                vec![self.paragraph(text, Style::regular(scale.small), Role::Paragraph, 0.0)]
            }
            Block::Notice(text) => vec![self.boxed(text)],
            Block::Item { number, text } => vec![self.item(*number, text)],
            Block::Tick(text) => vec![self.tick(text)],
            Block::Table { columns, rows, sum } => self.table(columns, rows, sum.as_deref()),
            Block::SigningTable { columns, rows } => self.signing_table(columns, rows),
            Block::Signatures(words) => self.signatures(words),
            Block::Seal { words } => vec![self.seal(words)],
            Block::Sizes(text) => SIZES.iter().map(|&size| self.sample(text, size)).collect(),
            Block::Tones => vec![self.tones()],
            Block::Space(lines) => vec![Laid::new(millimetres(scale.body) * LEADING_EM * lines)],
        }
    }

    fn lines(&mut self, text: &str, style: Style, width: f32) -> Vec<String> {
        let width_em = width / millimetres(style.size);
        let lines = wrap_evenly(self.typesetter, text, style.weight, width_em);
        lines.into_iter().map(str::to_owned).collect()
    }

    /// Sets running text from `x` to the right margin, and returns it with its height.
    fn text(&mut self, text: &str, style: Style, role: Role, x: f32) -> (Text, f32) {
        let lines = self.lines(text, style, self.scale.measure() - x);
        let leading = millimetres(style.size) * LEADING_EM;
        let height = leading * lines.len() as f32;
        let baseline = style.centred(0.0, leading);
        (Text { role, style, leading, x, baseline, at_right: false, lines }, height)
    }

    fn paragraph(&mut self, text: &str, style: Style, role: Role, x: f32) -> Laid<'static> {
        let (text, height) = self.text(text, style, role, x);
        Laid { texts: vec![text], ..Laid::new(height) }
    }

    fn paragraph_within(&mut self, text: &str, style: Style, width: f32) -> Laid<'static> {
        let lines = self.lines(text, style, width);
        let leading = millimetres(style.size) * LEADING_EM;
        let height = leading * lines.len() as f32;
        let baseline = style.centred(0.0, leading);
        let role = Role::Paragraph;
        let text = Text { role, style, leading, x: 0.0, baseline, at_right: false, lines };
        Laid { texts: vec![text], ..Laid::new(height) }
    }

    fn fact(&mut self, label: &str, value: &str, strong: bool) -> Laid<'static> {
        let size = if strong { self.scale.strong } else { self.scale.body };
        let style =
            Style { weight: if strong { Weight::Bold } else { Weight::Regular }, ..Style::regular(size) };
        let (value, height) = self.text(value, style, Role::Paragraph, self.scale.label_width());
        let (mut label, _) = self.text(label, Style::regular(self.scale.body), Role::Paragraph, 0.0);
        label.baseline = value.baseline;
        Laid { texts: vec![label, value], ..Laid::new(height) }
    }

    fn boxed(&mut self, text: &str) -> Laid<'static> {
        let style = Style::bold(self.scale.body);
        let (inset, space) = (2.5, millimetres(self.scale.body) * 0.5);
        let lines = self.lines(text, style, self.scale.measure() - 2.0 * inset);
        let leading = millimetres(style.size) * LEADING_EM;
        let inner = leading * lines.len() as f32;
        let area = Area::new(0.0, space, self.scale.measure(), inner + inset);
        let baseline = style.centred(space + inset / 2.0, leading);
        let text = Text { role: Role::Paragraph, style, leading, x: inset, baseline, at_right: false, lines };
        let shapes = vec![Shape::Outline { area, line: STRONG_MM * 0.7 }];
        Laid { texts: vec![text], shapes, ..Laid::new(inner + inset + 2.0 * space) }
    }

    fn item(&mut self, number: usize, text: &str) -> Laid<'static> {
        let style = Style::regular(self.scale.body);
        let indent = millimetres(style.size) * 1.8;
        let (text, height) = self.text(text, style, Role::Paragraph, indent);
        let (number, _) = self.text(&format!("{number}."), style, Role::Paragraph, 0.0);
        Laid { texts: vec![number, text], ..Laid::new(height + millimetres(style.size) * 0.3) }
    }

    fn tick(&mut self, text: &str) -> Laid<'static> {
        let style = Style::bold(self.scale.body);
        let indent = millimetres(style.size) * 1.8;
        let hanging = millimetres(style.size) * 1.3;
        let (text, height) = self.text(text, style, Role::Paragraph, indent + hanging);
        let (tick, _) = self.text("√", style, Role::Paragraph, indent);
        Laid { texts: vec![tick, text], ..Laid::new(height + millimetres(style.size) * 0.3) }
    }

    fn table(
        &mut self,
        columns: &[Column],
        rows: &[Vec<String>],
        sum: Option<&[String]>,
    ) -> Vec<Laid<'static>> {
        self.tables += 1;
        let heads: Vec<String> = columns.iter().map(|column| column.head.to_owned()).collect();
        let mut header = self.table_row(columns, &heads, Role::HeaderCell, true);
        header.is_header = true;
        header.keep_with_next = true;
        let mut laid = vec![header];
        laid.extend(rows.iter().map(|row| self.table_row(columns, row, Role::Cell, false)));
        laid.extend(sum.map(|row| self.table_row(columns, row, Role::Cell, true)));
        laid
    }

    fn signing_table(&mut self, columns: &[Column], rows: &[Vec<String>]) -> Vec<Laid<'static>> {
        let mut laid = self.table(columns, rows, None);
        laid.iter_mut().filter(|row| !row.is_header).for_each(|row| row.grow_to(SIGNING_MM));
        laid
    }

    fn table_row(&mut self, columns: &[Column], cells: &[String], role: Role, strong: bool) -> Laid<'static> {
        let style = if strong { Style::bold(self.scale.small) } else { Style::regular(self.scale.small) };
        let leading = millimetres(style.size) * LEADING_EM;
        let shares: f32 = columns.iter().map(|column| column.share).sum();
        let mut x = 0.0;
        let mut most_lines = 1;
        let mut texts = Vec::with_capacity(cells.len());
        for (column, cell) in columns.iter().zip(cells) {
            let width = self.scale.measure() * column.share / shares;
            let lines = self.lines(cell, style, width - GUTTER_MM);
            most_lines = most_lines.max(lines.len());
            let place = if column.figures { x + width - GUTTER_MM } else { x };
            let baseline = style.centred(0.6, leading);
            texts.push(Text { role, style, leading, x: place, baseline, at_right: column.figures, lines });
            x += width;
        }
        let height = leading * most_lines as f32 + 1.2;
        let line = if role == Role::HeaderCell { STRONG_MM * 0.7 } else { FINE_MM };
        let shapes = vec![Shape::Rule { from: (0.0, height), to: (self.scale.measure(), height), line }];
        Laid { texts, shapes, table: Some(self.tables), ..Laid::new(height) }
    }

    fn signatures(&mut self, words: &[&'static str]) -> Vec<Laid<'static>> {
        let style = Style::regular(self.scale.body);
        let height = millimetres(style.size) * 3.2;
        let beside = if self.scale.height.is_some() { 2 } else { 1 };
        let width = self.scale.measure() / beside as f32;
        let mut rows = Vec::new();
        for group in words.chunks(beside) {
            let mut row = Laid::new(height);
            for (index, word) in group.iter().enumerate() {
                let x = width * index as f32;
                let label = self.typesetter.width(word, Weight::Regular) * millimetres(style.size);
                let baseline = height - 2.0;
                let from = (x + label + 2.0, baseline + 1.0);
                // The last line ends at the margin. The others leave a gap before the next label.
                let gap = if index + 1 == beside { 0.0 } else { 6.0 };
                row.shapes.push(Shape::Rule { from, to: (x + width - gap, from.1), line: FINE_MM });
                row.texts.push(Text {
                    role: Role::Paragraph,
                    style,
                    leading: 0.0,
                    x,
                    baseline,
                    at_right: false,
                    lines: vec![(*word).to_owned()],
                });
            }
            rows.push(row);
        }
        rows
    }

    /// Sets the square for the seal at the right, where seals are placed, with light words
    /// to stamp over.
    fn seal(&mut self, words: &[String]) -> Laid<'static> {
        let style = Style { grey: 0.45, ..Style::regular(self.scale.small) };
        let square = SEAL_MM.min(self.scale.measure());
        let left = self.scale.measure() - square;
        let space = 4.0;
        let leading = millimetres(self.scale.body) * LEADING_EM;
        let label = Text {
            role: Role::Paragraph,
            style,
            leading: 0.0,
            x: left + 2.0,
            baseline: style.centred(space + 1.0, leading),
            at_right: false,
            lines: vec!["（盖章处）".to_owned()],
        };
        let body = Style::regular(self.scale.body);
        let beside = Text {
            role: Role::Paragraph,
            style: body,
            leading,
            x: 0.0,
            baseline: space + square - leading * (words.len() as f32 - 0.6),
            at_right: false,
            lines: words.to_vec(),
        };
        let area = Area::new(left, space, square, square);
        let shapes = vec![Shape::Outline { area, line: FINE_MM }];
        Laid { texts: vec![beside, label], shapes, ..Laid::new(square + 2.0 * space) }
    }

    fn sample(&mut self, text: &str, size: f32) -> Laid<'static> {
        let fitting = self.lines(text, Style::regular(size), self.scale.measure()).into_iter().take(1);
        let leading = millimetres(size) * 1.3;
        let style = Style::regular(size);
        let baseline = style.centred(0.0, leading);
        let lines = fitting.collect();
        let text = Text { role: Role::Paragraph, style, leading, x: 0.0, baseline, at_right: false, lines };
        Laid { texts: vec![text], ..Laid::new(leading) }
    }

    fn tones(&mut self) -> Laid<'static> {
        const STEPS: usize = 9;
        let (height, width) = (10.0, self.scale.measure());
        let field = width / STEPS as f32;
        let mut shapes = Vec::new();
        for step in 0..STEPS {
            let grey = 1.0 - step as f32 / (STEPS - 1) as f32;
            shapes.push(Shape::Fill { area: Area::new(field * step as f32, 2.0, field, height), grey });
        }
        shapes.push(Shape::Outline { area: Area::new(0.0, 2.0, width, height), line: FINE_MM });
        let mut y = height + 6.0;
        for line in [0.1, 0.2, 0.35, 0.5, 0.7, 1.0] {
            shapes.push(Shape::Rule { from: (0.0, y), to: (width, y), line });
            y += 2.5;
        }
        Laid { shapes, ..Laid::new(y + 1.0) }
    }
}

/// Type sizes of all papers of which one line fits on a page.
const SIZES: [f32; 10] = [6.0, 7.0, 8.0, 9.0, 11.0, 14.0, 18.0, 22.0, 28.0, 36.0];
