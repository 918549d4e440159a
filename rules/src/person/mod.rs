//! People: ID numbers, names, and how both are masked.

mod birth;
mod certificate;
mod ethnic_group;
mod id_number;
mod mask;
mod name;
mod private_use;
mod region;
mod repertoire;

pub use certificate::{
    CertificateError, CertificateNumber, DisabilityCategory, DisabilityCertificate, DisabilityGrade,
};
pub use ethnic_group::EthnicGroup;
pub use id_number::{IdNumber, IdNumberError, NumberForm, Sex};
pub use mask::{mask_certificate_number, mask_id_number, mask_name, mask_phone};
pub use name::{
    CHIP_FIELD_UNITS, Name, NameDifference, NameError, NameReading, code_point_text, is_separator,
    is_variation_selector, parse_code_point, unprintable,
};
pub use private_use::{is_private_use, map_private_use};
pub use region::province_name;
pub use repertoire::is_name_character;
