//! Schemas of values that are written as text, for the document of the centre's API. All other
//! types of the wire derive theirs. The derive cannot read the codes out of the table of refusals.

use crate::{
    Refusal, SiteCode, StaffNumber,
    digest::Digest,
    keys::{KeyId, PublicKey, RawSignature},
    life::Serial,
    person::{IdNumber, Name},
    program::ProgramVersion,
    wire::{FailureName, TagKey},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// Gives each type its schema.
macro_rules! texts {
    ($($type:ty => $schema:expr;)*) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    RefOr::T($schema.build().into())
                }
            }
            impl ToSchema for $type {}
        )*
    };
}

texts! {
    Digest => text("SM3 digest, lower-case hex.").pattern(Some("^[0-9a-f]{64}$"));
    TagKey => text("Key of the relatives' tags, hex.").pattern(Some("^[0-9a-f]{64}$"));
    Serial => text("Serial of a code, hex.").pattern(Some("^[0-9a-f]{32}$"));
    KeyId => text("First 8 bytes of the SM3 digest of the public key, hex.").pattern(Some("^[0-9a-f]{16}$"));
    RawSignature => text("SM2 signature r and s, hex.").pattern(Some("^[0-9a-f]{128}$"));
    PublicKey => text("SM2 public key, 65 bytes uncompressed, hex.").pattern(Some("^04[0-9a-f]{128}$"));
    IdNumber => text("ID number of a resident, 18 characters or the old 15 digits.")
        .pattern(Some("^[0-9]{15}([0-9]{2}[0-9X])?$"));
    Name => text("Name of a person.");
    StaffNumber => text("Staff number; empty: nobody.").pattern(Some("^([A-Za-z]{0,4}[0-9]{1,10})?$"));
    SiteCode => text("Code of a site, six digits.").pattern(Some("^[0-9]{6}$"));
    ProgramVersion => text("Version of a program.").pattern(Some("^[0-9]+\\.[0-9]+\\.[0-9]+$"));
    FailureName => text("Code of a failure.").pattern(Some("^[a-z0-9_]{1,48}$"));
    Refusal => text("Code of a refusal.")
        .enum_values(Some(Refusal::ALL.iter().map(|refusal| refusal.code())));
}
