//! Odoo: the labels and the technical names of crm.lead in its exports, English and Spanish.

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "email_from|partner_name|stage_id|user_id|team_id|expected_revenue|Salesperson|Sales Team|\
    Equipo de ventas|Expected Revenue|Ingreso esperado|Ingresos esperados|Expected Closing|Cierre esperado|\
    Lost Reason|Motivo de pérdida|Prorated Revenue|External ID|ID externo";

pub(super) const NAMES: Names = &[
    (Field::Name, "Contact Name|contact_name|Nombre de contacto|Nombre del contacto"),
    (Field::Title, "Opportunity|Oportunidad|name"),
    (Field::Email, "Email|email_from|Correo electrónico"),
    (Field::Phone, "Phone|phone|Teléfono"),
    (Field::Mobile, "Mobile|mobile|Móvil"),
    (Field::Address, "Street|street|Calle"),
    (Field::City, "City|city|Ciudad"),
    (Field::State, "State|state_id|Estado|Provincia"),
    (Field::PostalCode, "Zip|zip|C.P.|Código postal"),
    (Field::Country, "Country|country_id|País"),
    (Field::CompanyName, "Company Name|partner_name|Nombre de la empresa|Nombre de la compañía"),
    (Field::Position, "Job Position|function|Puesto de trabajo"),
    (Field::DetectedAt, "Created on|create_date|Creado el|Creation Date"),
    (Field::Status, "Stage|stage_id|Etapa"),
    (Field::Priority, "Priority|priority|Prioridad"),
    (Field::AssignedTo, "Salesperson|user_id|Comercial|Vendedor"),
    (Field::Source, "Source|source_id|Origen|Fuente"),
    (Field::Notes, "Notes|Internal Notes|description|Notas|Notas internas"),
    (
        Field::Custom,
        "External ID|ID externo|Sales Team|Equipo de ventas|team_id|Expected Revenue|Ingreso esperado|expected_revenue|\
        Probability|Probabilidad|Lost Reason|Motivo de pérdida|Medium|Campaign",
    ),
];
