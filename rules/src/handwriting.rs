//! What a citizen answers on the citizen window (客显): 无误 with a signature written by hand, or why
//! there is none.

use crate::{Refusal, correction::Digest, time::At};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Size of the pad that the strokes are drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pad {
    /// Width; a point lies between 0 and it.
    pub width: u16,
    /// Height; a point lies between 0 and it.
    pub height: u16,
    /// Strokes that one signature has at most.
    pub strokes: u16,
    /// Points that one signature has at most, in all strokes together.
    pub points: u16,
}

/// The pad of every citizen window. A name of fifty characters has less than a thousand strokes;
/// the record of 6,000 points stays below 150 kB.
pub const PAD: Pad = Pad { width: 3000, height: 1000, strokes: 1000, points: 6000 };

/// Longest time from the first point to the last, in milliseconds.
const LONGEST_MS: u32 = 10 * 60 * 1000;
/// Least way of the pen on the pad: a tap is no signature.
const LEAST_WAY: u32 = 300;
/// Height of the line below the strokes that says what was signed.
const LINE_HEIGHT: u16 = 120;

/// A point of a stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Point {
    /// Distance from the left edge of the pad.
    pub x: u16,
    /// Distance from the upper edge of the pad.
    pub y: u16,
    /// Milliseconds since the first point.
    pub ms: u32,
}

/// Strokes of a signature, within all bounds. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature(Vec<Vec<Point>>);

/// What was signed, as the record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFor<'a> {
    /// Case number, grouped.
    pub case_number: &'a str,
    /// What is done, in Chinese: 首次申领, 更正姓名 …
    pub matter: &'a str,
    /// Digest of the content of a correction; `None` for an action on a code.
    pub content: Option<&'a Digest>,
    /// When it was signed.
    pub at: At,
}

impl Signature {
    /// Media type of the record.
    pub const MEDIA_TYPE: &'static str = "image/svg+xml";

    /// Takes strokes as they were drawn.
    ///
    /// # Errors
    /// [`Refusal::SignatureEmpty`] if there is hardly any ink, and [`Refusal::SignatureTooLarge`]
    /// for more strokes, points or time than a signature has, for a point outside the pad, and for
    /// one before the point that precedes it.
    pub fn read(strokes: Vec<Vec<Point>>) -> Result<Self, Refusal> {
        let points = || strokes.iter().flatten();
        let fits = strokes.len() <= usize::from(PAD.strokes)
            && points().count() <= usize::from(PAD.points)
            && points().all(|point| point.x <= PAD.width && point.y <= PAD.height && point.ms <= LONGEST_MS)
            && points().is_sorted_by_key(|point| point.ms);
        if !fits {
            return Err(Refusal::SignatureTooLarge);
        }
        let way = |pair: &[Point]| match pair {
            [from, to] => u32::from(from.x.abs_diff(to.x)) + u32::from(from.y.abs_diff(to.y)),
            _ => 0,
        };
        let whole: u32 = strokes.iter().flat_map(|stroke| stroke.windows(2)).map(way).sum();
        if whole < LEAST_WAY {
            return Err(Refusal::SignatureEmpty);
        }
        Ok(Self(strokes))
    }

    /// Returns the record that is kept: a picture with the points and their times, which says what
    /// was signed. The same strokes under another case are another record.
    pub fn record(&self, signed: &SignedFor<'_>) -> String {
        let (width, height) = (PAD.width, PAD.height + LINE_HEIGHT);
        let SignedFor { case_number, matter, at, .. } = signed;
        let at = at.civil().strftime("%Y-%m-%d %H:%M:%S");
        let line = escaped(&format!("办件 {case_number} · {matter} · {at}"));
        let content = signed.content.map(|digest| format!(" · {digest}")).unwrap_or_default();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
             <title>本人签名</title><desc>{line}{content}</desc>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <g fill=\"none\" stroke=\"#000\" stroke-width=\"14\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n"
        );
        for stroke in &self.0 {
            let places: Vec<_> = stroke.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
            let times: Vec<_> = stroke.iter().map(|point| point.ms.to_string()).collect();
            // Writing to a String cannot fail.
            let _ =
                writeln!(svg, "<polyline points=\"{}\" data-ms=\"{}\"/>", places.join(" "), times.join(" "));
        }
        let y = height - LINE_HEIGHT / 3;
        let _ = write!(
            svg,
            "</g>\n<text x=\"40\" y=\"{y}\" font-size=\"60\" fill=\"#444\">{line}</text>\n</svg>\n"
        );
        svg
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signature({} strokes)", self.0.len())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What came of asking the citizen on the citizen window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum CitizenAnswer {
    /// They answered 无误 and signed.
    Signed {
        /// SM3 digest of the record of the signature.
        signature: Digest,
    },
    /// They did not sign.
    Unsigned {
        /// Why, as the clerk says.
        reason: Unsigned,
    },
}

impl CitizenAnswer {
    /// Returns the record of the signature.
    pub const fn signature(&self) -> Option<&Digest> {
        match self {
            Self::Signed { signature } => Some(signature),
            Self::Unsigned { .. } => None,
        }
    }
}

/// Why a citizen did not sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// They confirmed it aloud, and the clerk did not wait (口头确认).
    #[default]
    NotAwaited,
    /// They cannot write (不便书写).
    CannotWrite,
    /// They do not want to sign (不愿签名).
    Declined,
    /// The screen takes no strokes (签名屏故障).
    PadBroken,
}

impl Unsigned {
    /// All reasons, in the order of the declaration.
    pub const ALL: [Self; 4] = [Self::NotAwaited, Self::CannotWrite, Self::Declined, Self::PadBroken];
}
