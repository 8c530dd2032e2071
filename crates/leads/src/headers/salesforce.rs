//! Salesforce: the field labels of the standard Lead object as reports export them, English and Spanish (`Estado de
//! candidato`, `Propietario del candidato`), and the API names of a data export (`FirstName`, `MobilePhone`).

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Company / Account|Company/Account|Compañía/Cuenta|Estado de candidato|Estado del candidato|\
    Propietario de candidato|Propietario del candidato|Origen del candidato|Origen de candidato|\
    Estado de prospecto|Propietario de prospecto|Origen del prospecto|Id. de candidato|ID de candidato|\
    No. of Employees|OwnerId|State/Province (text only)|Lead Owner Alias|Owner Email|Lead Owner Email|\
    IsConverted|ConvertedDate|Tratamiento profesional";

pub(super) const NAMES: Names = &[
    (Field::FirstName, "First Name|FirstName|Nombre"),
    (Field::LastName, "Last Name|LastName|Apellidos"),
    (Field::Mobile, "Mobile|MobilePhone|Teléfono móvil|Móvil"),
    (Field::Address, "Street|Calle"),
    (Field::State, "State/Province|State/Province (text only)|Estado o provincia|Estado/Provincia"),
    (Field::PostalCode, "Zip/Postal Code|PostalCode|Código postal"),
    (Field::CompanyName, "Company / Account|Company/Account|Compañía|Compañía/Cuenta"),
    (Field::Position, "Title|Cargo|Tratamiento profesional"),
    (Field::DetectedAt, "Create Date|Created Date|CreatedDate|Fecha de creación"),
    (Field::Priority, "Rating|Valoración|Calificación"),
    (Field::Status, "Lead Status|Estado de candidato|Estado del candidato|Estado de prospecto"),
    (
        Field::AssignedTo,
        "Lead Owner|Owner Email|Lead Owner Email|Propietario de candidato|\
        Propietario del candidato|Propietario de prospecto",
    ),
    (Field::Source, "Lead Source|LeadSource|Origen del candidato|Origen de candidato|Origen del prospecto"),
    (Field::Notes, "Description|Descripción"),
    (
        Field::Custom,
        "Lead ID|Id. de candidato|ID de candidato|Salutation|Tratamiento|Industry|Sector|\
        Annual Revenue|Ingresos anuales|No. of Employees|OwnerId",
    ),
];
