//! The mapping of a file's columns.

use reparto_domain::{
    imports::{ImportColumn, ImportFile},
    text::without_invisible,
};

use crate::{
    DateOrder, FileNotice, TextEncoding,
    fields::Field,
    headers::{self, Crm, key},
    problems::OpenError,
};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the file; a number if it has none.
    pub header: String,
    /// Its field.
    pub field: Field,
}

/// What was detected about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The detected system.
    pub crm: Option<Crm>,
    /// What the rows are read from.
    pub source: Source,
    /// The order of the numbers in its dates.
    pub date_order: DateOrder,
    /// The number of the header's line, from 1.
    pub header_line: u64,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// How many rows follow, with those that cannot be read.
    pub rows: u64,
    /// What somebody should know about the file as a whole.
    pub notices: Vec<FileNotice>,
}

/// What the rows of a file are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Text.
    Text {
        /// Its encoding.
        encoding: TextEncoding,
        /// What separates its cells.
        separator: char,
    },
    /// A sheet of a workbook.
    Sheet {
        /// Its name.
        name: String,
    },
}

impl Layout {
    /// Maps the columns to fields. The caller's mapping takes precedence over known names; an unknown name is
    /// [`Field::Custom`].
    pub(crate) fn fields_of(
        cells: Vec<String>,
        map: &[(String, Field)],
    ) -> Result<(Option<Crm>, Vec<Column>), OpenError> {
        let (names, headers) = unique(cells);
        let wanted: Vec<(usize, Field)> = map
            .iter()
            .map(|(name, field)| Ok((column_named(&headers, name)?, *field)))
            .collect::<Result<_, OpenError>>()?;
        let crm = Crm::guess(names.iter().map(String::as_str));
        let mut fields: Vec<Field> =
            names.iter().map(|name| headers::field_of(name, crm).unwrap_or(Field::Custom)).collect();
        let reaches = [Field::Email, Field::Phone, Field::Mobile].iter().any(|field| fields.contains(field));
        if !reaches {
            // A form's questions: "What is your email address?"
            for (field, name) in fields.iter_mut().zip(&names).filter(|(field, _)| **field == Field::Custom) {
                *field = headers::worded(name).unwrap_or(Field::Custom);
            }
            let is_asked = |fields: &[Field]| fields.contains(&Field::Email) || fields.contains(&Field::Phone);
            if is_asked(&fields) && !fields.iter().any(|field| field.is_name()) {
                let name = names.iter().position(|name| headers::asks_name(name));
                if let Some(at) = name.filter(|at| fields[*at] == Field::Custom) {
                    fields[at] = Field::Name;
                }
            }
        }
        // "Title" is that of a person ("Sra.") where the position has a column of its own.
        let is_title = |name: &String| matches!(key(name).as_str(), "title" | "titulo");
        let has_position = fields.iter().zip(&names).any(|(field, name)| *field == Field::Position && !is_title(name));
        if has_position {
            for (field, _) in
                fields.iter_mut().zip(&names).filter(|(field, name)| **field == Field::Position && is_title(name))
            {
                *field = Field::Custom;
            }
        }
        for (index, field) in wanted {
            fields[index] = field;
        }
        let has = |fields: &[Field], field| fields.contains(&field);
        // A "Nombre" column next to "Apellidos" holds only the first name, "Nombre completo" all of it.
        if has(&fields, Field::LastName) && !has(&fields, Field::FirstName) {
            for (field, header) in fields.iter_mut().zip(&headers) {
                if *field == Field::Name && !headers::is_full_name(header) {
                    *field = Field::FirstName;
                }
            }
        }
        // Without last names, what a system calls first name is most likely the full name.
        if !has(&fields, Field::LastName) && !has(&fields, Field::Name) && map.is_empty() {
            for (field, header) in fields.iter_mut().zip(&headers) {
                if *field == Field::FirstName && key(header) == "nombre" {
                    *field = Field::Name;
                }
            }
        }
        if !fields.iter().any(|field| field.identifies()) {
            return Err(OpenError::NothingRecognised { columns: headers });
        }
        Ok((crm, headers.into_iter().zip(fields).map(|(header, field)| Column { header, field }).collect()))
    }

    /// How the file was understood, in the words of the domain.
    pub fn file(&self) -> ImportFile {
        let (encoding, separator, sheet) = match &self.source {
            Source::Text { encoding, separator } => (Some(encoding.as_str()), Some(separator.to_string()), None),
            Source::Sheet { name } => (None, None, Some(name.clone())),
        };
        let column = |column: &Column| ImportColumn {
            name: column.header.clone(),
            field: (column.field != Field::Custom).then(|| column.field.as_str().to_owned()),
        };
        ImportFile {
            encoding: encoding.map(str::to_lowercase),
            separator,
            sheet,
            origin: self.crm.map(|crm| crm.as_str().to_owned()),
            date_order: self.date_order.as_str().to_owned(),
            time_zone: None,
            columns: self.columns.iter().map(column).collect(),
            told: self.notices.iter().map(FileNotice::told).collect(),
        }
    }
}

/// The names of the columns as they are, and unique: a second "Email" becomes "Email (2)", an unnamed one "column 7".
fn unique(cells: Vec<String>) -> (Vec<String>, Vec<String>) {
    let mut seen = std::collections::HashSet::new();
    let mut headers = Vec::with_capacity(cells.len());
    let mut names = Vec::with_capacity(cells.len());
    for (index, cell) in cells.into_iter().enumerate() {
        let visible =
            without_invisible(&cell).chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if name.is_empty() { format!("column {}", index + 1) } else { name.clone() };
        let mut header = base.clone();
        let mut copy = 2;
        while !seen.insert(header.clone()) {
            header = format!("{base} ({copy})");
            copy += 1;
        }
        names.push(name);
        headers.push(header);
    }
    (names, headers)
}

/// Finds the column with this name: exactly, else ignoring case, accents and punctuation.
fn column_named(headers: &[String], name: &str) -> Result<usize, OpenError> {
    headers
        .iter()
        .position(|header| header == name.trim())
        .or_else(|| headers.iter().position(|header| !key(name).is_empty() && key(header) == key(name)))
        .ok_or_else(|| OpenError::NoSuchColumn { column: name.to_owned(), columns: headers.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(headers: &[&str], map: &[(&str, Field)]) -> Result<Vec<Field>, OpenError> {
        let cells = headers.iter().map(|header| (*header).to_owned()).collect();
        let map: Vec<(String, Field)> = map.iter().map(|(name, field)| ((*name).to_owned(), *field)).collect();
        Layout::fields_of(cells, &map).map(|(_, columns)| columns.into_iter().map(|column| column.field).collect())
    }

    #[test]
    fn nombre_is_the_full_name_unless_last_names_exist() {
        assert_eq!(fields(&["Nombre", "Correo"], &[]).unwrap(), [Field::Name, Field::Email]);
        assert_eq!(fields(&["Nombre", "Apellidos"], &[]).unwrap(), [Field::FirstName, Field::LastName]);
    }

    #[test]
    fn the_callers_mapping_takes_precedence() {
        assert_eq!(
            fields(&["Quién", "Email"], &[("quien", Field::Name), ("Email", Field::Ignore)]).unwrap(),
            [Field::Name, Field::Ignore]
        );
        assert!(matches!(fields(&["Email"], &[("Correo", Field::Email)]), Err(OpenError::NoSuchColumn { .. })));
    }

    #[test]
    fn a_file_without_identifying_columns_is_refused() {
        assert!(matches!(fields(&["a", "b"], &[]), Err(OpenError::NothingRecognised { .. })));
    }

    #[test]
    fn the_questions_of_a_form_are_understood() {
        use Field::{Custom, DetectedAt, Email, FirstName, Mobile, Name, Phone};
        for (headers, expected) in [
            (
                &[
                    "Marca temporal",
                    "¿Cuál es tu nombre?",
                    "Correo de contacto",
                    "Número de WhatsApp",
                    "¿En qué te ayudamos?",
                ][..],
                &[DetectedAt, Name, Email, Phone, Custom][..],
            ),
            (
                &["#", "What is your full name?", "What is your e-mail address?", "Your phone number"],
                &[Custom, Name, Email, Phone],
            ),
            (
                &["your-name", "your-email", "your-tel", "¿Quieres recibir correos?", "Company name"],
                &[Name, Email, Phone, Custom, Field::CompanyName],
            ),
            (&["Name / First Name", "Emails / Work", "Celular (principal)"], &[FirstName, Email, Mobile]),
            // Where there is a column to reach people by, others are not guessed.
            (&["Correo", "Correo de contacto"], &[Email, Custom]),
        ] {
            assert_eq!(fields(headers, &[]).unwrap(), expected, "{headers:?}");
        }
        assert!(fields(&["Nombre del producto", "Precio"], &[]).is_err());
        // What the caller says of one column changes no other.
        let mapped = fields(&["your-name", "your-email", "your-tel"], &[("your-tel", Custom)]);
        assert_eq!(mapped.unwrap(), [Name, Email, Custom]);
    }

    #[test]
    fn a_title_beside_a_position_is_that_of_a_person() {
        assert_eq!(fields(&["Email", "Title", "Job Title"], &[]).unwrap()[1], Field::Custom);
        assert_eq!(fields(&["Email", "Title"], &[]).unwrap()[1], Field::Position);
    }

    #[test]
    fn duplicate_and_unnamed_columns_get_unique_names() {
        let cells = ["Email", "", "Email", "Nombre\ncompleto"].map(str::to_owned).to_vec();
        assert_eq!(unique(cells).1, ["Email", "column 2", "Email (2)", "Nombre completo"]);
    }

    #[test]
    fn columns_of_one_name_are_of_one_field() {
        let expected = [Field::Email, Field::Name, Field::Email, Field::Phone, Field::Phone, Field::Phone];
        assert_eq!(fields(&["Email", "Name", "Email", "Phone", "Phone", "Phone 3"], &[]).unwrap(), expected);
    }
}
