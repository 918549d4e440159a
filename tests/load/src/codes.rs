//! The codes of a city, and sheets of some of them for scanners.

use crate::{Place, fleet::certificate, people::settle};
use central::{clock, keys::Keys};
use central_fixture::desk::{DAY, Desk, SITE};
use rules::{
    At, Day,
    life::Serial,
    payload::{self, Claims},
};

/// Number of the desk that issued them all.
const DEVICE: u32 = 9_999_999;
/// Number of scanned sheets, the same for any number of codes, so that only the latter differs.
/// They are spread evenly: among ten million codes, each is on its own page.
pub(crate) const SHEETS: u32 = 10_000;

/// Last valid day of all codes; the statement that fills the table repeats it.
const LAST_DAY: Day = Day::constant(2099, 12, 31);

/// Returns the serial of the code with this index; [`serial_in_sql`] is the same in SQL.
fn serial(index: u32) -> Serial {
    Serial::new(index.to_be_bytes()[3], DEVICE, index, [0; 7])
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

/// Adds codes until there are `codes`, and returns the symbols of some.
pub(crate) async fn fill(place: &Place, codes: u32) -> anyhow::Result<Vec<String>> {
    let desk = desk();
    place.store.put_desk_key(&certificate(place, &desk)?).await?;
    let there = format!("SELECT count(*) FROM code WHERE substr(serial, 2, 4) = int4send({DEVICE})");
    let there = place.centre.count(&there).await?;
    let statement = format!(
        "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies)
         SELECT i % 256, {}, sha256(('c' || i)::bytea), 0, 0, 20991231, 1
         FROM generate_series({there}, {codes} - 1) AS i",
        serial_in_sql("i")
    );
    place.centre.postgres.query(&statement).await?;
    settle(place).await?;
    sheets(place, codes)
}

/// Returns the symbols of the sheets among `codes` codes.
pub(crate) fn sheets(place: &Place, codes: u32) -> anyhow::Result<Vec<String>> {
    let desk = desk();
    let issued_at = clock::now().plus_ms(-DAY);
    let indexes = (0..codes).step_by(usize::try_from(step(codes))?).take(usize::try_from(SHEETS)?);
    indexes.map(|index| sheet(&desk, serial(index), issued_at, &place.keys)).collect()
}

fn desk() -> Desk {
    Desk { site: SITE.to_owned(), ..Desk::new(DEVICE, 1) }
}

fn sheet(desk: &Desk, serial: Serial, issued_at: At, keys: &Keys) -> anyhow::Result<String> {
    let claims = Claims {
        issuer: "SHSSM".to_owned(),
        issued_at,
        expires_at: At::end_of(LAST_DAY),
        serial,
        masked_name: "王**".to_owned(),
        masked_number: "310***********1234".to_owned(),
        class: keys.class,
    };
    Ok(payload::encode(&claims, &desk.key)?)
}
