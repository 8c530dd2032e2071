//! What is told about a row of an import, or about its file: a stable code, and what its sentence names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ImportColumn, RowError};
use crate::{
    headings::{Headings, OPPORTUNITIES},
    values::named_values,
};

named_values! {
    /// What is told. The server has a sentence for each, in each language.
    ToldCode {
        /// The contact was known without an opportunity, which was created.
        ContactKnown = 0 "contact_known",
        /// Both were known, and what is new was added to the contact.
        KnownCompleted = 1 "known_completed",
        /// Both were known, with everything.
        KnownUnchanged = 2 "known_unchanged",
        /// The row has more cells than there are columns.
        TooManyCells = 3 "too_many_cells",
        /// Its quotation marks are malformed.
        QuotesMalformed = 4 "quotes_malformed",
        /// It is the test of a form.
        TestLead = 5 "test_lead",
        /// It has the names of the columns again.
        HeaderAgain = 6 "header_again",
        /// It is about the report that the file is.
        ReportLine = 23 "report_line",
        /// A line is too long.
        LineTooLong = 7 "line_too_long",
        /// The rest of the file could not be read.
        Unreadable = 8 "file_unreadable",
        /// A cell cannot be read as its field, and is kept as a custom field.
        CellKept = 9 "cell_kept",
        /// A cell is too long for its field, and is kept as a custom field.
        CellTooLong = 10 "cell_too_long",
        /// A word is not known here, and is kept as a custom field.
        WordUnknown = 11 "word_unknown",
        /// Some of what would be kept is more than fits.
        FieldsLeftOut = 12 "fields_left_out",
        /// Nobody can get in touch with the person.
        Unreachable = 13 "unreachable",
        /// Neither name, email nor phone.
        NoIdentity = 14 "no_identity",
        /// The person was erased.
        PersonErased = 15 "person_erased",
        /// No user has the holder's address.
        HolderNotFound = 16 "holder_not_found",
        /// The holder is inactive.
        HolderInactive = 17 "holder_inactive",
        /// The holder's role may hold nothing.
        HolderNotAssignable = 18 "holder_not_assignable",
        /// The person does not want to be contacted: the opportunity came in without the holder that the row names.
        DoNotContact = 21 "do_not_contact",
        /// For some fields the row has other values than the known contact, whose values stay.
        ValuesDiffer = 22 "values_differ",
        /// The known opportunity was detected on another day than the row says.
        DetectedStays = 30 "detected_stays",
        /// The known opportunity keeps its score.
        ScoreStays = 31 "score_stays",
        /// The known opportunity keeps its priority.
        PriorityStays = 32 "priority_stays",
        /// The known opportunity keeps its status.
        StatusStays = 33 "status_stays",
        /// The known opportunity keeps its holder.
        HolderStays = 34 "holder_stays",
        /// Lines above the names of the columns are left out.
        LinesAbove = 19 "lines_above",
        /// Letters look as if the file was decoded wrongly.
        LettersOdd = 20 "letters_odd",
        /// Lines have bytes that are no UTF-8, and were read as Windows-1252.
        BytesGuessed = 24 "bytes_guessed",
        /// No row follows the names of the columns.
        NoRows = 25 "no_rows",
        /// A column says who does not want emails, which is no wish not to be contacted.
        EmailOptOut = 29 "email_opt_out",
        /// Other sheets of the workbook were not read.
        SheetsLeftOut = 26 "sheets_left_out",
        /// There is a custom field of the column's name already: the value is kept under another name.
        FieldTaken = 27 "field_taken",
        /// A cell comes in without its control characters.
        ControlsLeftOut = 28 "controls_left_out",
    }
}

impl ToldCode {
    /// Whether it says only that the person was known, as the outcome of the row does already.
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::ContactKnown | Self::KnownCompleted | Self::KnownUnchanged)
    }
}

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it is.
    pub code: ToldCode,
    /// What the sentence names, by the names that it has in it. Values may be from a cell: they go with the cells.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Told {
    /// Without anything to name.
    pub const fn bare(code: ToldCode) -> Self {
        Self { code, values: BTreeMap::new() }
    }

    /// Naming these.
    pub fn new<const N: usize>(code: ToldCode, values: [(&str, String); N]) -> Self {
        Self { code, values: values.map(|(name, value)| (name.to_owned(), value)).into() }
    }
}

/// Names as a sentence has them: each in quotation marks.
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// What fields are called in a file with these columns, each once: as the column that goes to it, else as files that
/// leave call it. Custom fields are called as their columns.
pub fn called(names: &[String], columns: &[ImportColumn], headings: Headings) -> Vec<String> {
    let of = |field: &str| columns.iter().find(|column| column.field.as_deref() == Some(field));
    let mut called: Vec<String> = Vec::new();
    for name in names {
        // Parts of a name may come from one column.
        let is_part = matches!(name.as_str(), "first_name" | "last_name");
        let column = of(name).or_else(|| of("name").filter(|_| is_part)).map(|column| column.name.as_str());
        let heading = || OPPORTUNITIES.iter().find(|heading| heading.name == name);
        let name = column.or_else(|| heading().map(|heading| heading.text(headings))).unwrap_or(name);
        if !called.iter().any(|known| known == name) {
            called.push(name.to_owned());
        }
    }
    called
}

impl From<ToldCode> for Told {
    fn from(code: ToldCode) -> Self {
        Self::bare(code)
    }
}

impl From<&RowError> for Told {
    fn from(error: &RowError) -> Self {
        let named = |code, address: &String| Self::new(code, [("address", address.clone())]);
        match error {
            RowError::NoIdentity => ToldCode::NoIdentity.into(),
            RowError::PersonErased => ToldCode::PersonErased.into(),
            RowError::HolderNotFound(address) => named(ToldCode::HolderNotFound, address),
            RowError::HolderInactive(address) => named(ToldCode::HolderInactive, address),
            RowError::HolderNotAssignable(address) => named(ToldCode::HolderNotAssignable, address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_as_the_columns_that_they_came_from() {
        let column = |name: &str, field: &str| ImportColumn { name: name.into(), field: Some(field.into()) };
        let columns = [column("Contacto", "name"), column("Población", "city")];
        let names = ["first_name", "last_name", "city", "company_name", "Curso"].map(str::to_owned);
        assert_eq!(called(&names, &columns, Headings::Spanish), ["Contacto", "Población", "Empresa", "Curso"]);
        assert_eq!(called(&names[..2], &[], Headings::English), ["First name", "Last name"]);
    }
}
