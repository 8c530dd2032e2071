//! Reading rows, column after column. Ids are 16-byte blobs, times microseconds, enums small numbers: an id is bound as
//! `id.as_bytes()`, a time as `at.micros()`, an enum as `value.number()`.

use reparto_domain::{
    ContactId, Role, Timestamp, UserId,
    consent::{Consent, DoNotContact},
    contacts::{Contact, ContactFields, Grading},
    json::{KeptObject, ObjectText},
    opportunities::Attempts,
    users::{Person, display_name},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::columns::PERSON_WIDTH;
use rusqlite::{
    Row,
    types::{FromSql, FromSqlError, Type, ValueRef},
};

use crate::engine::errors::IntoStore as _;

/// A row, read column by column.
pub(crate) struct Reader<'a> {
    row: &'a Row<'a>,
    at: usize,
    weight: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first column.
    pub(crate) const fn new(row: &'a Row<'a>) -> Self {
        Self { row, at: 0, weight: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: FromSql>(&mut self) -> StoreResult<T> {
        let column = self.at;
        let value = self.stored()?;
        T::column_result(value).map_err(|error| unreadable(column, value.data_type(), error)).into_store()
    }

    /// The next column as stored, borrowed.
    pub(crate) fn stored(&mut self) -> StoreResult<ValueRef<'a>> {
        let value = self.row.get_ref(self.at).into_store()?;
        self.at += 1;
        self.weight += match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
            _ => 8,
        };
        Ok(value)
    }

    /// The next column, a text, borrowed.
    pub(crate) fn text(&mut self) -> StoreResult<&'a str> {
        self.stored()?.as_str().map_err(|_| inconsistent("text"))
    }

    /// The next column, bytes, borrowed.
    pub(crate) fn bytes(&mut self) -> StoreResult<&'a [u8]> {
        self.stored()?.as_blob().map_err(|_| inconsistent("blob"))
    }

    /// What the columns that were read weigh, in bytes.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    /// The next column, a time.
    pub(crate) fn time(&mut self) -> StoreResult<Timestamp> {
        self.next().map(Timestamp::from_micros)
    }

    /// The next column, a time or none.
    pub(crate) fn time_or_none(&mut self) -> StoreResult<Option<Timestamp>> {
        Ok(self.next::<Option<i64>>()?.map(Timestamp::from_micros))
    }

    /// The next column, an enum stored as its small number.
    pub(crate) fn number<T>(&mut self, from: fn(i64) -> Option<T>) -> StoreResult<T> {
        from(self.next()?).ok_or_else(|| inconsistent("small number"))
    }

    /// The next column, an enum or none.
    pub(crate) fn number_or_none<T>(&mut self, from: fn(i64) -> Option<T>) -> StoreResult<Option<T>> {
        let number: Option<i64> = self.next()?;
        number.map(|number| from(number).ok_or_else(|| inconsistent("small number"))).transpose()
    }

    /// The next column, a count.
    pub(crate) fn amount(&mut self) -> StoreResult<u64> {
        self.next::<i64>().map(i64::unsigned_abs)
    }

    /// The next column, a role.
    pub(crate) fn role(&mut self) -> StoreResult<Role> {
        self.text()?.parse().map_err(|_| inconsistent("role"))
    }

    /// The next column, JSON stored as text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> StoreResult<T> {
        serde_json::from_str(self.text()?).map_err(|_| inconsistent("JSON"))
    }

    /// The next column, an object stored as text.
    pub(crate) fn object(&mut self) -> StoreResult<ObjectText> {
        Ok(ObjectText::stored(self.next()?))
    }

    /// The next column, the attempts of an opportunity. Damaged ones, which `reparto check` finds, are shown as none.
    pub(crate) fn attempts(&mut self) -> StoreResult<Attempts> {
        Ok(serde_json::from_str(self.text()?).unwrap_or_default())
    }

    /// The next column, an object that a client keeps.
    pub(crate) fn kept(&mut self) -> StoreResult<KeptObject> {
        Ok(KeptObject::stored(self.next()?))
    }

    /// The next column, a user's id or none.
    pub(crate) fn user_or_none(&mut self) -> StoreResult<Option<UserId>> {
        Ok(self.next::<Option<[u8; 16]>>()?.map(UserId::from_bytes))
    }

    /// The user's display name, from the next three columns (full, first and last name) and the email address.
    pub(crate) fn called(&mut self, email: &str) -> StoreResult<String> {
        let (full, first, last): (Option<String>, Option<String>, Option<String>) =
            (self.next()?, self.next()?, self.next()?);
        Ok(display_name(full.as_deref(), first.as_deref(), last.as_deref(), email))
    }

    /// The person in the next columns; see [`person_columns`](reparto_store_rows::person_columns).
    pub(crate) fn person(&mut self) -> StoreResult<Person> {
        self.person_or_none()?.ok_or_else(|| inconsistent("user"))
    }

    /// The person of an outer join, in the next columns, if there is one.
    pub(crate) fn person_or_none(&mut self) -> StoreResult<Option<Person>> {
        let Some(id) = self.user_or_none()? else {
            self.skip(PERSON_WIDTH - 1);
            return Ok(None);
        };
        let email: String = self.next()?;
        Ok(Some(Person {
            id,
            name: self.called(&email)?,
            email,
            phone: self.next()?,
            role_name: self.role()?,
            is_active: self.next()?,
            avatar_url: self.next()?,
            daily_lead_quota: self.next()?,
            created_at: self.time()?,
            updated_at: self.time()?,
        }))
    }

    /// The contact in the next columns; see [`contact_columns`](reparto_store_rows::contact_columns).
    pub(crate) fn contact(&mut self) -> StoreResult<Contact> {
        Ok(Contact {
            id: ContactId::from_bytes(self.next()?),
            fields: ContactFields {
                first_name: self.next()?,
                last_name: self.next()?,
                email: self.next()?,
                phone: self.next()?,
                mobile: self.next()?,
                address: self.next()?,
                city: self.next()?,
                state: self.next()?,
                postal_code: self.next()?,
                country: self.next()?,
                company_name: self.next()?,
                company_id: self.next()?,
                position: self.next()?,
                nacionalidad: self.next()?,
                grading_llamada: self.number_or_none(Grading::from_number)?,
                grading_situacion: self.number_or_none(Grading::from_number)?,
                responsible_user_id: self.user_or_none()?,
                tiempo_espana: self.next()?,
                empadronado: self.next()?,
                lugar_residencia: self.next()?,
                tiene_ingresos: self.next()?,
                trabaja_b: self.next()?,
                edad: self.next()?,
                tiene_familiares_espana: self.next()?,
                landing_product: self.next()?,
                avatar_url: self.next()?,
                notes: self.next()?,
                source: self.next()?,
                source_at: self.time_or_none()?,
                consent: Consent::stored(self.next()?, self.time_or_none()?, self.next()?),
                do_not_contact: DoNotContact::stored(self.time_or_none()?, self.next()?),
                custom_fields: self.kept()?,
            },
            created_by: self.user_or_none()?,
            updated_by: self.user_or_none()?,
            created_at: self.time()?,
            updated_at: self.time()?,
            is_deleted: self.next()?,
            erased_at: self.time_or_none()?,
        })
    }

    /// Skips columns.
    pub(crate) const fn skip(&mut self, columns: usize) {
        self.at += columns;
    }
}

/// The driver's error for a value that is not of the expected type.
fn unreadable(column: usize, found: Type, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, Box::new(error))
}

/// The only column, a time.
pub(crate) fn time(row: &mut Reader<'_>) -> StoreResult<Timestamp> {
    row.time()
}

/// The only column, a time or none.
pub(crate) fn time_or_none(row: &mut Reader<'_>) -> StoreResult<Option<Timestamp>> {
    row.time_or_none()
}

/// The person that a row is.
pub(crate) fn person(row: &mut Reader<'_>) -> StoreResult<Person> {
    row.person()
}

/// The contact that a row is.
pub(crate) fn contact(row: &mut Reader<'_>) -> StoreResult<Contact> {
    row.contact()
}

/// The one value of a row.
pub(crate) fn value<T: FromSql>(row: &mut Reader<'_>) -> StoreResult<T> {
    row.next()
}

/// The one value of a row, a count.
pub(crate) fn amount(row: &mut Reader<'_>) -> StoreResult<u64> {
    row.amount()
}

/// The error for a stored value without meaning: the row is damaged.
pub(crate) fn inconsistent(what: &str) -> StoreError {
    reparto_store_rows::json::meaningless(what)
}
