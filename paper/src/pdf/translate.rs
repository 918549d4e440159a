//! Has printpdf translate: drawing operations into content streams, subsets into fonts.

use lopdf::{Dictionary, Object, Stream};
use printpdf::{Op, PdfDocument, PdfPage, PdfSaveOptions, Pt, Rect};

/// Has printpdf make a document of one page.
///
/// It numbers files at random and writes the time, but only in parts that are not taken over.
pub(super) fn translated(mut pdf: PdfDocument, ops: Vec<Op>) -> (lopdf::Document, Vec<String>) {
    let area = Rect::from_wh(Pt(0.0), Pt(0.0));
    pdf.pages = vec![PdfPage { media_box: area.clone(), trim_box: area.clone(), crop_box: area, ops }];
    let mut warnings = Vec::new();
    let document = pdf.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    (document, warnings.into_iter().map(|warning| warning.msg).collect())
}

/// Returns the content stream of a page.
pub(super) fn content_stream(ops: Vec<Op>) -> Stream {
    let (mut document, _none) = translated(PdfDocument::default(), ops);
    let page = document.page_iter().next().unwrap_or_default();
    let content = document.get_page_contents(page).pop().and_then(|id| document.objects.remove(&id));
    match content {
        Some(Object::Stream(stream)) => stream,
        // printpdf always writes one. An empty page would fail every test that reads a paper.
        _ => Stream::new(Dictionary::new(), Vec::new()),
    }
}
