//! Types that callers read by methods, so that fields can be added or computed later.

/// Declares a struct and a method that reads each field: `values` are copied, `parts` borrowed.
macro_rules! readable {
    (
        $(#[$of:meta])* $type:ident
        values { $($(#[$value_doc:meta])* $value:ident: $value_type:ty),* $(,)? }
        parts { $($(#[$part_doc:meta])* $part:ident: $part_type:ty),* $(,)? }
    ) => {
        $(#[$of])*
        pub struct $type {
            $(pub(super) $value: $value_type,)*
            $(pub(super) $part: $part_type,)*
        }

        impl $type {
            $($(#[$value_doc])*
            #[must_use]
            pub const fn $value(&self) -> $value_type {
                self.$value
            })*
            $($(#[$part_doc])*
            #[must_use]
            pub const fn $part(&self) -> &$part_type {
                &self.$part
            })*
        }
    };
}

pub(super) use readable;
