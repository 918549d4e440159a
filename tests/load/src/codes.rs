//! The codes of a city, and sheets of some of them for scanners.

use crate::{Place, fleet::certificate, people::settle};
use central::{clock, keys::Keys};
use central_fixture::desk::{DAY, Desk};
use rules::{
    At, Day, DeviceNumber, Policy,
    keys::Signer as _,
    life::{Serial, valid_through},
    payload::{self, Claims},
};

/// Number of the desk that issued them all.
const DEVICE: u32 = 9_999_999;
/// Number of scanned sheets, the same for any number of codes, so that only the latter differs.
/// They are spread evenly: among ten million codes, each is on its own page.
pub(crate) const SHEETS: u32 = 10_000;

/// Short name of the centre, as its settings have it.
pub(crate) const ISSUER: &str = "SHSSM";
/// Sheets whose claims are recorded in one statement.
const RECORDED_AT_ONCE: usize = 500;

/// Returns the day on which all codes were issued: yesterday.
fn issue_day() -> Day {
    clock::now().plus_ms(-DAY).day()
}

/// Returns the serial of the code with this index; [`serial_in_sql`] is the same in SQL.
fn serial(index: u32) -> Serial {
    Serial::new(index.to_be_bytes()[3], DeviceNumber(DEVICE), index, [0; 7])
}

/// Returns an SQL expression for a serial. `index` is an expression of type integer.
pub(crate) fn serial_in_sql(index: &str) -> String {
    format!(
        "set_byte('\\x00{DEVICE:08x}'::bytea || int4send({index}) || '\\x00000000000000'::bytea, 0, {index} % 256)"
    )
}

/// Returns the distance between scanned codes.
pub(crate) fn step(codes: u32) -> u32 {
    (codes / SHEETS).max(1)
}

/// Adds codes until there are `codes`, and returns the symbols of some. Only those have the digest
/// of their claims on record; the others have one of the same length.
pub(crate) async fn fill(place: &Place, codes: u32) -> anyhow::Result<Vec<String>> {
    let desk = desk();
    place.store.put_desk_key(&certificate(place, &desk)?).await?;
    let there = format!("SELECT count(*) FROM code WHERE substr(serial, 2, 4) = int4send({DEVICE})");
    let there = place.centre.count(&there).await?;
    let (issued_at, last) = (At::start_of(issue_day()).0, valid_through(issue_day(), &Policy::default()));
    let statement = format!(
        "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies, claims, key_id, signature)
         SELECT i % 256, {}, sha256(('c' || i)::bytea), 0, {issued_at}, {}, 1,
                sha256(('d' || i)::bytea), '\\x{}', sha512(('s' || i)::bytea)
         FROM generate_series({there}, {codes} - 1) AS i",
        serial_in_sql("i"),
        last.strftime("%Y%m%d"),
        desk.key.key_id()
    );
    place.centre.postgres.query(&statement).await?;
    let sheets = sheets(place, codes)?;
    let indexes: Vec<u32> = indexes(codes)?.collect();
    for (indexes, sheets) in indexes.chunks(RECORDED_AT_ONCE).zip(sheets.chunks(RECORDED_AT_ONCE)) {
        record(place, indexes, sheets).await?;
    }
    settle(place).await?;
    Ok(sheets)
}

/// Records the claims of sheets, as the operations that issued them would have.
async fn record(place: &Place, indexes: &[u32], sheets: &[String]) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for (index, sheet) in indexes.iter().zip(sheets) {
        let claims = payload::SignedSymbol::of(sheet)?.claims;
        rows.push(format!("({index}, '\\x{claims}'::bytea)"));
    }
    let statement = format!(
        "UPDATE code SET claims = w.claims FROM (VALUES {}) AS w(i, claims)
         WHERE bucket = (w.i % 256)::smallint AND serial = {}",
        rows.join(", "),
        serial_in_sql("w.i")
    );
    place.centre.postgres.query(&statement).await?;
    Ok(())
}

/// Returns the indexes of the codes that have sheets.
fn indexes(codes: u32) -> anyhow::Result<impl Iterator<Item = u32>> {
    Ok((0..codes).step_by(usize::try_from(step(codes))?).take(usize::try_from(SHEETS)?))
}

/// Returns the symbols of the sheets among `codes` codes.
pub(crate) fn sheets(place: &Place, codes: u32) -> anyhow::Result<Vec<String>> {
    let desk = desk();
    let issued_at = At::start_of(issue_day());
    indexes(codes)?.map(|index| sheet(&desk, serial(index), issued_at, &place.keys)).collect()
}

fn desk() -> Desk {
    Desk::new(DeviceNumber(DEVICE), 1)
}

fn sheet(desk: &Desk, serial: Serial, issued_at: At, keys: &Keys) -> anyhow::Result<String> {
    let claims = Claims {
        issuer: ISSUER.to_owned(),
        issued_at,
        expires_at: At::end_of(valid_through(issued_at.day(), &Policy::default())),
        serial,
        masked_name: "王**".to_owned(),
        masked_number: "310***********1234".to_owned(),
        class: keys.class,
    };
    Ok(payload::encode(&claims, &desk.key)?)
}
