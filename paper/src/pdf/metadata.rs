//! What a document says about itself: title, dates, language, and that it conforms to PDF/UA-1.

use jiff::civil::DateTime;
use lopdf::{Dictionary, Object, Stream, dictionary, text_string};

const CREATOR: &str = "suishen-counter";

/// Metadata of a document. It has no personal data, because titles appear in window bars (rule M4).
pub(crate) struct Facts<'t> {
    pub(crate) title: &'t str,
    /// Shanghai time of the paper. It comes from the paper's data, so the same data gives
    /// the same bytes.
    pub(crate) dated: DateTime,
}

impl Facts<'_> {
    /// Returns the document information dictionary. Shanghai is 8 hours ahead of UTC all year.
    pub(super) fn information(&self) -> Dictionary {
        let date = Object::string_literal(self.dated.strftime("D:%Y%m%d%H%M%S+08'00'").to_string());
        dictionary! {
            "Title" => text_string(self.title),
            "Creator" => text_string(CREATOR),
            "CreationDate" => date.clone(),
            "ModDate" => date,
        }
    }

    /// Returns the same as XMP, where PDF/UA asks for it. Programs look for XMP without decoding
    /// streams, so it is not compressed.
    pub(super) fn xmp(&self) -> Stream {
        let title = escaped(self.title);
        let date = self.dated.strftime("%Y-%m-%dT%H:%M:%S+08:00");
        let packet = format!(
            r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>{CREATOR}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
            bom = '\u{FEFF}',
        );
        Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, packet.into_bytes())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_title_with_markup_is_escaped() {
        let facts = Facts { title: "A<B & C>D", dated: date(2026, 1, 1).at(9, 30, 0, 0) };
        let packet = String::from_utf8(facts.xmp().content).unwrap();
        assert!(packet.contains(">A&lt;B &amp; C&gt;D</rdf:li>"), "{packet}");
        assert!(packet.contains("<xmp:CreateDate>2026-01-01T09:30:00+08:00<"), "{packet}");
    }
}
