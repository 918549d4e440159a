//! Schemas of values that are written as text, for the document of the centre's API. All other
//! types of the wire derive theirs. The derive cannot read the codes out of the table of refusals.

use crate::{
    Refusal,
    digest::Digest,
    keys::{KeyId, PublicKey},
    life::Serial,
    op::CitizenRef,
    person::{IdNumber, Name},
};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// Stands for [`crate::Day`], which is a type of another crate.
pub(crate) struct Day;

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// Gives each type its name in the document and its schema.
macro_rules! texts {
    ($($type:ty, $name:literal => $schema:expr;)*) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    RefOr::T($schema.build().into())
                }
            }
            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed($name)
                }
            }
        )*
    };
}

texts! {
    Day, "Day" => text("Calendar day in Shanghai.").format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    Digest, "Digest" => text("SM3 digest, lower-case hex.").pattern(Some("^[0-9a-f]{64}$"));
    CitizenRef, "CitizenRef" => text("Citizen reference: HMAC-SM3 of the ID number under the centre's index key, hex.")
        .pattern(Some("^[0-9a-f]{64}$"));
    Serial, "Serial" => text("Serial of a code, hex.").pattern(Some("^[0-9a-f]{32}$"));
    KeyId, "KeyId" => text("First 8 bytes of the SM3 digest of the public key, hex.").pattern(Some("^[0-9a-f]{16}$"));
    PublicKey, "PublicKey" => text("SM2 public key, 65 bytes uncompressed, hex.").pattern(Some("^04[0-9a-f]{128}$"));
    IdNumber, "IdNumber" => text("ID number of a resident, 18 characters or the old 15 digits.")
        .pattern(Some("^[0-9]{15}([0-9]{2}[0-9X])?$"));
    Refusal, "Refusal" => text("Code of a refusal.").enum_values(Some(Refusal::ALL.iter().map(|refusal| refusal.code())));
    Name, "Name" => text("Name of a person.");
}
