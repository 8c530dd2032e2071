//! Reading a contact's row; shared with opportunities.

use reparto_domain::{
    ContactId, UserId,
    contacts::{Contact, ContactFields, Grading},
};
use rusqlite::Row;

use crate::rows;

/// The columns of `contacts c` that make a [`Contact`].
pub(crate) const CONTACT_COLUMNS: &str = "c.id, c.first_name, c.last_name, c.email, c.phone, c.mobile, c.address, \
     c.city, c.state, c.postal_code, c.country, c.company_name, c.company_id, c.position, c.nacionalidad, \
     c.grading_llamada, c.grading_situacion, (SELECT r.id FROM users r WHERE r.seq = c.responsible_seq), \
     c.tiempo_espana, c.empadronado, c.lugar_residencia, c.tiene_ingresos, c.trabaja_b, c.edad, \
     c.tiene_familiares_espana, c.landing_product, c.avatar_url, c.notes, c.custom_fields, \
     (SELECT r.id FROM users r WHERE r.seq = c.created_by_seq), \
     (SELECT r.id FROM users r WHERE r.seq = c.updated_by_seq), c.created_at, c.updated_at, \
     c.deleted_at IS NOT NULL";

/// How many columns [`CONTACT_COLUMNS`] has.
pub(crate) const CONTACT_WIDTH: usize = 34;

/// The contact in the columns from `at` on; see [`CONTACT_COLUMNS`].
pub(crate) fn contact(row: &Row<'_>, at: usize) -> rusqlite::Result<Contact> {
    let user = |column: usize| -> rusqlite::Result<Option<UserId>> {
        Ok(row.get::<_, Option<[u8; 16]>>(at + column)?.map(UserId::from_bytes))
    };
    Ok(Contact {
        id: ContactId::from_bytes(row.get(at)?),
        fields: ContactFields {
            first_name: row.get(at + 1)?,
            last_name: row.get(at + 2)?,
            email: row.get(at + 3)?,
            phone: row.get(at + 4)?,
            mobile: row.get(at + 5)?,
            address: row.get(at + 6)?,
            city: row.get(at + 7)?,
            state: row.get(at + 8)?,
            postal_code: row.get(at + 9)?,
            country: row.get(at + 10)?,
            company_name: row.get(at + 11)?,
            company_id: row.get(at + 12)?,
            position: row.get(at + 13)?,
            nacionalidad: row.get(at + 14)?,
            grading_llamada: rows::number_or_none(row, at + 15, Grading::from_number)?,
            grading_situacion: rows::number_or_none(row, at + 16, Grading::from_number)?,
            responsible_user_id: user(17)?,
            tiempo_espana: row.get(at + 18)?,
            empadronado: row.get(at + 19)?,
            lugar_residencia: row.get(at + 20)?,
            tiene_ingresos: row.get(at + 21)?,
            trabaja_b: row.get(at + 22)?,
            edad: row.get(at + 23)?,
            tiene_familiares_espana: row.get(at + 24)?,
            landing_product: row.get(at + 25)?,
            avatar_url: row.get(at + 26)?,
            notes: row.get(at + 27)?,
            custom_fields: rows::json(row, at + 28)?,
        },
        created_by: user(29)?,
        updated_by: user(30)?,
        created_at: rows::time(row, at + 31)?,
        updated_at: rows::time(row, at + 32)?,
        is_deleted: row.get(at + 33)?,
    })
}
