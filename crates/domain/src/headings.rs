//! What the columns of files that leave are called: by fixed names, for programs, or in the reader's language. An
//! import knows each of them.

/// A column of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The fixed name.
    pub name: &'static str,
    /// In Spanish.
    pub spanish: &'static str,
    /// In English.
    pub english: &'static str,
}

/// In what the columns of a file are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Headings {
    /// Fixed names, the same for everybody.
    #[default]
    Fixed,
    /// Spanish.
    Spanish,
    /// English.
    English,
}

impl Heading {
    const fn new(name: &'static str, spanish: &'static str, english: &'static str) -> Self {
        Self { name, spanish, english }
    }

    /// Whether its cells are whole numbers: in a workbook a text of digits would be marked as a fault.
    pub fn is_number(&self) -> bool {
        matches!(self.name, "opportunity_score" | "first_call_successful_attempt" | "daily_lead_quota")
    }

    /// Whether its cells are times.
    pub fn is_time(&self) -> bool {
        matches!(self.name, "detected_at" | "source_at" | "created_at" | "updated_at" | "last_login")
    }

    /// What the column is called.
    pub const fn text(&self, headings: Headings) -> &'static str {
        match headings {
            Headings::Fixed => self.name,
            Headings::Spanish => self.spanish,
            Headings::English => self.english,
        }
    }
}

/// Of an export of opportunities.
pub const OPPORTUNITIES: [Heading; 47] = [
    Heading::new("id", "Id. de la oportunidad", "Opportunity id"),
    Heading::new("contact_id", "Id. del contacto", "Contact id"),
    Heading::new("name", "Nombre completo", "Full name"),
    Heading::new("first_name", "Nombre", "First name"),
    Heading::new("last_name", "Apellidos", "Last name"),
    Heading::new("email", "Correo electrónico", "Email"),
    Heading::new("phone", "Teléfono", "Phone"),
    Heading::new("mobile", "Móvil", "Mobile"),
    Heading::new("address", "Dirección", "Address"),
    Heading::new("city", "Ciudad", "City"),
    Heading::new("state", "Provincia", "Province"),
    Heading::new("postal_code", "Código postal", "Postal code"),
    Heading::new("country", "País", "Country"),
    Heading::new("company_name", "Empresa", "Company"),
    Heading::new("company_id", "Id. de la empresa", "Company id"),
    Heading::new("position", "Cargo", "Position"),
    Heading::new("nacionalidad", "Nacionalidad", "Nationality"),
    Heading::new("grading_llamada", "Calificación de la llamada", "Grade of the call"),
    Heading::new("grading_situacion", "Calificación de la situación", "Grade of the situation"),
    Heading::new("tiempo_espana", "Tiempo en España", "Time in Spain"),
    Heading::new("empadronado", "Empadronado", "Registered residence"),
    Heading::new("lugar_residencia", "Lugar de residencia", "Place of residence"),
    Heading::new("tiene_ingresos", "Tiene ingresos", "Has income"),
    Heading::new("trabaja_b", "Trabaja sin contrato", "Works off the books"),
    Heading::new("edad", "Edad", "Age"),
    Heading::new("tiene_familiares_espana", "Tiene familiares en España", "Has family in Spain"),
    Heading::new("landing_product", "Producto de la página de entrada", "Landing page product"),
    Heading::new("avatar_url", "URL de la imagen", "Image URL"),
    Heading::new("contact_notes", "Notas del contacto", "Contact notes"),
    Heading::new("source", "Origen", "Source"),
    Heading::new("source_at", "Fecha de origen", "Source date"),
    Heading::new("consent", "Consentimiento", "Consent"),
    Heading::new("do_not_contact", "No contactar", "Do not contact"),
    Heading::new("custom_fields", "Campos propios", "Custom fields"),
    Heading::new("detected_at", "Detectada el", "Detected at"),
    Heading::new("opportunity_score", "Puntuación", "Score"),
    Heading::new("priority", "Prioridad", "Priority"),
    Heading::new("status", "Estado", "Status"),
    Heading::new("assigned_to", "Asignada a (correo)", "Assigned to (email)"),
    Heading::new("assigned_to_name", "Asignada a (nombre)", "Assigned to (name)"),
    Heading::new("detection_reason", "Motivo de la detección", "Detection reason"),
    Heading::new("first_call_attempts", "Intentos de primera llamada", "First call attempts"),
    Heading::new("first_call_completed", "Primera llamada hecha", "First call completed"),
    Heading::new("first_call_successful_attempt", "Intento en que contestó", "Successful attempt"),
    Heading::new("notes", "Notas", "Notes"),
    Heading::new("created_at", "Creada el", "Created at"),
    Heading::new("updated_at", "Cambiada el", "Updated at"),
];

/// Of the items of a job.
pub const JOB_ITEMS: [Heading; 3] = [
    Heading::new("opportunity_id", "Id. de la oportunidad", "Opportunity id"),
    Heading::new("error", "Error", "Error"),
    Heading::new("code", "Código", "Code"),
];

/// Of what stands behind the columns of a file in the rows of its import. The reader knows them, and leaves them out.
pub const IMPORT_ROWS: [Heading; 4] = [
    Heading::new("import_line", "Línea de la importación", "Import line"),
    Heading::new("import_outcome", "Resultado de la importación", "Import outcome"),
    Heading::new("import_code", "Código de la importación", "Import code"),
    Heading::new("import_reason", "Motivo de la importación", "Import reason"),
];

/// Of an export of users.
pub const USERS: [Heading; 16] = [
    Heading::new("id", "Id.", "Id"),
    Heading::new("email", "Correo electrónico", "Email"),
    Heading::new("full_name", "Nombre completo", "Full name"),
    Heading::new("first_name", "Nombre", "First name"),
    Heading::new("last_name", "Apellidos", "Last name"),
    Heading::new("phone_number", "Teléfono", "Phone"),
    Heading::new("avatar_url", "URL de la imagen", "Image URL"),
    Heading::new("is_active", "Activo", "Active"),
    Heading::new("is_verified", "Verificado", "Verified"),
    Heading::new("is_superuser", "Superusuario", "Superuser"),
    Heading::new("role", "Rol", "Role"),
    Heading::new("preferred_language", "Idioma", "Language"),
    Heading::new("daily_lead_quota", "Cupo diario", "Daily quota"),
    Heading::new("last_login", "Último acceso", "Last sign-in"),
    Heading::new("created_at", "Creado el", "Created at"),
    Heading::new("updated_at", "Cambiado el", "Updated at"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_columns_of_a_file_have_one_name() {
        for file in [&OPPORTUNITIES[..], &JOB_ITEMS, &IMPORT_ROWS, &USERS] {
            for headings in [Headings::Fixed, Headings::Spanish, Headings::English] {
                let names: HashSet<_> = file.iter().map(|heading| heading.text(headings)).collect();
                assert_eq!(names.len(), file.len(), "{headings:?}");
            }
        }
    }
}
