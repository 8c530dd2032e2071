//! The mapping of a file's columns.

use serde_json::{Value, json};

use crate::{
    TextEncoding,
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
    /// The encoding, judging by what was read so far.
    pub encoding: TextEncoding,
    /// The cell separator.
    pub separator: char,
    /// The number of the header's line, from 1.
    pub header_line: u64,
    /// The columns, in order.
    pub columns: Vec<Column>,
}

impl Layout {
    /// Maps the columns to fields. The caller's mapping takes precedence over known names; an unknown name is
    /// [`Field::Custom`].
    pub(crate) fn new(
        cells: Vec<String>,
        map: &[(String, Field)],
        encoding: TextEncoding,
        separator: u8,
        header_line: u64,
    ) -> Result<Self, OpenError> {
        let headers = unique(cells);
        let wanted: Vec<(usize, Field)> = map
            .iter()
            .map(|(name, field)| Ok((column_named(&headers, name)?, *field)))
            .collect::<Result<_, OpenError>>()?;
        let crm = Crm::guess(headers.iter().map(String::as_str));
        let mut fields: Vec<Field> =
            headers.iter().map(|header| headers::field_of(header, crm).unwrap_or(Field::Custom)).collect();
        for (index, field) in wanted {
            fields[index] = field;
        }
        let has = |fields: &[Field], field| fields.contains(&field);
        // A "Nombre" column next to "Apellidos" holds only the first name.
        if has(&fields, Field::LastName) && !has(&fields, Field::FirstName) {
            for field in fields.iter_mut().filter(|field| **field == Field::Name) {
                *field = Field::FirstName;
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
        let columns = headers.into_iter().zip(fields).map(|(header, field)| Column { header, field }).collect();
        Ok(Self { crm, encoding, separator: char::from(separator), header_line, columns })
    }

    /// As JSON for the page or a log.
    pub fn to_json(&self) -> Value {
        json!({
            "crm": self.crm.map(Crm::as_str),
            "encoding": self.encoding.as_str(),
            "separator": self.separator.to_string(),
            "columns": self.columns.iter()
                .map(|column| json!({ "header": column.header, "field": column.field.as_str() }))
                .collect::<Vec<_>>(),
        })
    }
}

/// Makes the headers unique: a second "Email" becomes "Email (2)", an unnamed one "column 7".
fn unique(cells: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut headers = Vec::with_capacity(cells.len());
    for (index, cell) in cells.into_iter().enumerate() {
        let cell = cell.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let name = if cell.is_empty() { format!("column {}", index + 1) } else { cell };
        let mut header = name.clone();
        let mut copy = 2;
        while !seen.insert(header.clone()) {
            header = format!("{name} ({copy})");
            copy += 1;
        }
        headers.push(header);
    }
    headers
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
        Layout::new(cells, &map, TextEncoding::Utf8, b',', 1)
            .map(|layout| layout.columns.into_iter().map(|column| column.field).collect())
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
    fn duplicate_and_unnamed_columns_get_unique_names() {
        assert_eq!(unique(["Email", "", "Email"].map(str::to_owned).to_vec()), ["Email", "column 2", "Email (2)"]);
    }
}
