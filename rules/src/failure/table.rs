//! The macro behind the tables of the catalogue.

/// Defines an enum of failures with codes and sentences from one table, so that none is forgotten.
///
/// A sentence names the fields of its variant in braces; a field that it does not use is a warning.
macro_rules! catalogue {
    (
        $(#[$meta:meta])*
        $name:ident {
            $(
                $(#[$doc:meta])+
                $variant:ident $({ $($(#[$about:meta])+ $field:ident: $type:ty),+ $(,)? })? =
                    $code:literal: $chinese:literal, $english:literal;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])+ $variant $({ $($(#[$about])+ $field: $type),+ })?,)+
        }

        impl $name {
            /// Every entry, in the order of the table.
            pub const TABLE: &'static [$crate::failure::Entry] = &[
                $($crate::failure::Entry { code: $code, chinese: $chinese, english: $english },)+
            ];

            /// Returns the stable code.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => $code,)+
                }
            }

            /// Returns what happened, what is safe and what to do next.
            pub fn message(&self, language: $crate::Language) -> std::borrow::Cow<'static, str> {
                match self {
                    $(Self::$variant $({ $($field),+ })? => sentence!(language, $chinese, $english $(, $($field),+)?),)+
                }
            }
        }
    };
}

macro_rules! sentence {
    ($language:ident, $chinese:literal, $english:literal) => {
        std::borrow::Cow::Borrowed($language.pick($chinese, $english))
    };
    ($language:ident, $chinese:literal, $english:literal, $($field:ident),+) => {{
        $(let $field = $crate::failure::said::Said::said($field, $language);)+
        std::borrow::Cow::Owned(match $language {
            $crate::Language::Chinese => format!($chinese),
            $crate::Language::English => format!($english),
        })
    }};
}
