//! Reading rows, column after column.

use reparto_domain::{
    ContactId, Role, Timestamp, UserId,
    consent::{Consent, DoNotContact},
    contacts::{Contact, ContactFields, Grading},
    json::{KeptObject, ObjectText},
    opportunities::Attempts,
    users::{Person, display_name},
};
use reparto_store_rows::columns::PERSON_WIDTH;
use tokio_postgres::{Row, types::FromSql};
use uuid::Uuid;

use crate::engine::{
    errors::{Db, Fault},
    params::At,
};

/// A row, read column by column.
pub(crate) struct Reader<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first column.
    pub(crate) const fn new(row: &'a Row) -> Self {
        Self { row, at: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: FromSql<'a>>(&mut self) -> Db<T> {
        let value = self.row.try_get(self.at)?;
        self.at += 1;
        Ok(value)
    }

    /// The next column, a time.
    pub(crate) fn time(&mut self) -> Db<Timestamp> {
        Ok(self.next::<At>()?.0)
    }

    /// The next column, a time or none.
    pub(crate) fn time_or_none(&mut self) -> Db<Option<Timestamp>> {
        Ok(self.next::<Option<At>>()?.map(|at| at.0))
    }

    /// The next column, an enum stored as its small number.
    pub(crate) fn number<T>(&mut self, from: fn(i64) -> Option<T>) -> Db<T> {
        let number: i16 = self.next()?;
        from(number.into()).ok_or_else(|| meaningless("small number"))
    }

    /// The next column, an enum or none.
    pub(crate) fn number_or_none<T>(&mut self, from: fn(i64) -> Option<T>) -> Db<Option<T>> {
        let number: Option<i16> = self.next()?;
        number.map(|number| from(number.into()).ok_or_else(|| meaningless("small number"))).transpose()
    }

    /// The next column, a count.
    pub(crate) fn amount(&mut self) -> Db<u64> {
        self.next::<i64>().map(i64::unsigned_abs)
    }

    /// The next column, a role.
    pub(crate) fn role(&mut self) -> Db<Role> {
        self.next::<&str>()?.parse().map_err(|_| meaningless("role"))
    }

    /// The next column, an object stored as text.
    pub(crate) fn object(&mut self) -> Db<ObjectText> {
        Ok(ObjectText::stored(self.next()?))
    }

    /// The next column, the attempts of an opportunity. Damaged ones, which `reparto check` finds, are shown as none.
    pub(crate) fn attempts(&mut self) -> Db<Attempts> {
        Ok(serde_json::from_str(self.next()?).unwrap_or_default())
    }

    /// The next column, an object that a client keeps.
    pub(crate) fn kept(&mut self) -> Db<KeptObject> {
        Ok(KeptObject::stored(self.next()?))
    }

    /// The next column, a user's id or none.
    pub(crate) fn user_or_none(&mut self) -> Db<Option<UserId>> {
        Ok(self.next::<Option<Uuid>>()?.map(UserId::from_uuid))
    }

    /// The user's display name, from the next three columns (full, first and last name) and the email address.
    pub(crate) fn called(&mut self, email: &str) -> Db<String> {
        let (full, first, last): (Option<&str>, Option<&str>, Option<&str>) =
            (self.next()?, self.next()?, self.next()?);
        Ok(display_name(full, first, last, email))
    }

    /// Skips columns.
    pub(crate) const fn skip(&mut self, columns: usize) {
        self.at += columns;
    }
}

/// The error for a stored value without meaning: the row is damaged.
pub(crate) fn meaningless(what: &str) -> Fault {
    reparto_store_rows::json::meaningless(what).into()
}

/// The person in the next columns; see [`person_columns`].
pub(crate) fn person(row: &mut Reader<'_>) -> Db<Person> {
    person_or_none(row)?.ok_or_else(|| meaningless("user"))
}

/// The person of an outer join, in the next columns, if there is one.
pub(crate) fn person_or_none(row: &mut Reader<'_>) -> Db<Option<Person>> {
    let Some(id) = row.user_or_none()? else {
        row.skip(PERSON_WIDTH - 1);
        return Ok(None);
    };
    let email: String = row.next()?;
    Ok(Some(Person {
        id,
        name: row.called(&email)?,
        email,
        phone: row.next()?,
        role_name: row.role()?,
        is_active: row.next()?,
        avatar_url: row.next()?,
        daily_lead_quota: row.next()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    }))
}

pub(crate) use reparto_store_rows::{contact_columns, person_columns};

/// The contact in the next columns; see [`contact_columns`].
pub(crate) fn contact(row: &mut Reader<'_>) -> Db<Contact> {
    Ok(Contact {
        id: ContactId::from_uuid(row.next()?),
        fields: ContactFields {
            first_name: row.next()?,
            last_name: row.next()?,
            email: row.next()?,
            phone: row.next()?,
            mobile: row.next()?,
            address: row.next()?,
            city: row.next()?,
            state: row.next()?,
            postal_code: row.next()?,
            country: row.next()?,
            company_name: row.next()?,
            company_id: row.next()?,
            position: row.next()?,
            nacionalidad: row.next()?,
            grading_llamada: row.number_or_none(Grading::from_number)?,
            grading_situacion: row.number_or_none(Grading::from_number)?,
            responsible_user_id: row.user_or_none()?,
            tiempo_espana: row.next()?,
            empadronado: row.next()?,
            lugar_residencia: row.next()?,
            tiene_ingresos: row.next()?,
            trabaja_b: row.next()?,
            edad: row.next()?,
            tiene_familiares_espana: row.next()?,
            landing_product: row.next()?,
            avatar_url: row.next()?,
            notes: row.next()?,
            source: row.next()?,
            source_at: row.time_or_none()?,
            consent: Consent::stored(row.next()?, row.time_or_none()?, row.next()?),
            do_not_contact: DoNotContact::stored(row.time_or_none()?, row.next()?),
            custom_fields: row.kept()?,
        },
        created_by: row.user_or_none()?,
        updated_by: row.user_or_none()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        is_deleted: row.next()?,
        erased_at: row.time_or_none()?,
    })
}
