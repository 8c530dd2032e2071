//! Parameters of statements. Each has a type, so that a statement means the same whether it is prepared or not. Text
//! that PostgreSQL cannot store is replaced before it is sent.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use reparto_domain::Timestamp;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// A type that PostgreSQL knows.
pub(crate) trait Typed {
    /// Its type.
    const TYPE: Type;
    /// The type of an array of it.
    const ARRAY: Type;
}

macro_rules! typed {
    ($($rust:ty => $one:ident, $many:ident;)*) => {
        $(impl Typed for $rust { const TYPE: Type = Type::$one; const ARRAY: Type = Type::$many; })*
    };
}

typed! {
    bool => BOOL, BOOL_ARRAY;
    i16 => INT2, INT2_ARRAY;
    i32 => INT4, INT4_ARRAY;
    i64 => INT8, INT8_ARRAY;
    Uuid => UUID, UUID_ARRAY;
    Text<'_> => TEXT, TEXT_ARRAY;
    Owned => TEXT, TEXT_ARRAY;
    At => TIMESTAMPTZ, TIMESTAMPTZ_ARRAY;
    Bytes<'_> => BYTEA, BYTEA_ARRAY;
    OwnedBytes => BYTEA, BYTEA_ARRAY;
}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;
    const ARRAY: Type = T::ARRAY;
}

impl<T: Typed> Typed for Vec<T> {
    const TYPE: Type = T::ARRAY;
    const ARRAY: Type = T::ARRAY;
}

/// A parameter of a statement.
pub(crate) trait Param: Sync + Send {
    /// Its type.
    fn pg_type(&self) -> Type;
    /// The value.
    fn value(&self) -> &(dyn ToSql + Sync);
}

impl<T: Typed + ToSql + Sync + Send> Param for T {
    fn pg_type(&self) -> Type {
        T::TYPE
    }

    fn value(&self) -> &(dyn ToSql + Sync) {
        self
    }
}

/// A text. PostgreSQL cannot store the character U+0000 in texts; it is replaced by U+FFFD.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a>(pub &'a str);

/// The optional text, borrowed.
#[allow(clippy::ref_option, reason = "what it is given are fields of this very type")]
pub(crate) fn opt(text: &Option<String>) -> Option<Text<'_>> {
    text.as_deref().map(Text)
}

impl ToSql for Text<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let mut parts = self.0.split('\0');
        if let Some(first) = parts.next() {
            out.put_slice(first.as_bytes());
        }
        for part in parts {
            out.put_slice("\u{fffd}".as_bytes());
            out.put_slice(part.as_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }

    to_sql_checked!();
}

/// Bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub &'a [u8]);

impl ToSql for Bytes<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_slice(self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }

    to_sql_checked!();
}

/// Like [`Text`], but owned, for a statement that is sent later.
#[derive(Debug, Clone)]
pub(crate) struct Owned(pub String);

impl ToSql for Owned {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Text(&self.0).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Text<'_> as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// Like [`Bytes`], but owned, for a statement that is sent later.
#[derive(Debug, Clone)]
pub(crate) struct OwnedBytes(pub Vec<u8>);

impl ToSql for OwnedBytes {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Bytes(&self.0).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Bytes<'_> as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(pub Timestamp);

/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH: i64 = 946_684_800_000_000;

impl At {
    /// The first and last times that PostgreSQL can store (4713 BC, 294276 AD), in its own microseconds.
    const RANGE: (i64, i64) = (-211_813_488_000_000_000, 9_223_371_331_199_999_999);
}

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(self.0.micros().saturating_sub(EPOCH).clamp(Self::RANGE.0, Self::RANGE.1));
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(Timestamp::from_micros(micros.saturating_add(EPOCH))))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}
