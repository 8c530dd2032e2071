//! What people and systems write where there is nothing.

use reparto_domain::fold::fold;

use crate::Field;

/// Stand for nothing in every field, but free text.
const ANYWHERE: [&str; 11] = [
    "n/a",
    "#n/a",
    "#n/d",
    "n/d",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "undefined",
    // What Zoho and Salesforce write where nothing was picked from a list.
    "-none-",
    "--none--",
];

/// What MySQL writes where there is nothing.
const MYSQL_NULL: &str = "\\N";

/// Stand for nothing where a name is not meant: there are people called Nan, Nil and None.
const NOT_IN_NAMES: [&str; 42] = [
    "na",
    "n.a.",
    "n.a",
    "nd",
    "n.d.",
    "nil",
    "nan",
    "none",
    "no",
    "no tiene",
    "no hay",
    "no consta",
    "no aplica",
    "no disponible",
    "no facilitado",
    "no facilita",
    "no procede",
    "no sabe",
    "ns/nc",
    "sin datos",
    "sin dato",
    "sin email",
    "sin correo",
    "sin mail",
    "sin telefono",
    "sin movil",
    "sin fecha",
    "ninguno",
    "ninguna",
    "desconocido",
    "desconocida",
    "vacio",
    "(vacio)",
    "(en blanco)",
    "(blank)",
    "blank",
    "empty",
    "unknown",
    "not available",
    "not provided",
    "not applicable",
    "no email",
];

/// And these in dates, times and numbers.
const NO_DATES: [&str; 6] =
    ["0000-00-00", "0000-00-00 00:00:00", "0000-00-00t00:00:00", "00/00/0000", "0/0/0000", "00-00-0000"];

/// Whether the text of a field stands for nothing.
pub(super) fn is_nothing(field: Field, text: &str) -> bool {
    if text == MYSQL_NULL {
        return true;
    }
    // "#####" is a number for which a spreadsheet's column was too narrow: it was lost, and that is told.
    if text.len() > 24 || text.chars().all(|c| c == '#') {
        return false;
    }
    // "-", "--", ".", "¿?", "—"
    if !matches!(field, Field::Custom | Field::CustomFields)
        && !text.chars().any(|c| c.is_alphanumeric() || c > '\u{2600}')
    {
        return !matches!(field, Field::Notes | Field::ContactNotes) || text.chars().all(|c| c == '-');
    }
    if super::is_free(field) {
        return false;
    }
    let folded = fold(text);
    let word = folded.as_str();
    if ANYWHERE.contains(&word) || NO_DATES.contains(&word) {
        return true;
    }
    let named = matches!(
        field,
        Field::Name
            | Field::FirstName
            | Field::LastName
            | Field::CompanyName
            | Field::City
            | Field::Address
            | Field::Empadronado
            | Field::TieneIngresos
            | Field::TrabajaB
            | Field::TieneFamiliaresEspana
    );
    !named && NOT_IN_NAMES.contains(&word)
}

/// Whether a text is what a spreadsheet shows where it could not calculate a value: `#NAME?`, `#¡REF!`, `#DIV/0!`.
pub(super) fn is_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#').filter(|_| text.len() <= 24) else { return false };
    let Some(word) = rest.strip_suffix(['!', '?']) else { return false };
    let word = word.trim_start_matches(['¡', '¿']);
    !word.is_empty() && word.chars().all(|c| c.is_uppercase() || matches!(c, '/' | '0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_nothing() {
        for text in [
            "N/A",
            "-",
            "--",
            "—",
            "no tiene",
            "No Tiene",
            "sin datos",
            "NULL",
            "(null)",
            "?",
            ".",
            "#N/D",
            "desconocido",
        ] {
            assert!(is_nothing(Field::Email, text), "{text}");
        }
        for text in ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "n/a"] {
            assert!(is_nothing(Field::DetectedAt, text), "{text}");
        }
    }

    #[test]
    fn names_words_and_notes_are_something() {
        for text in ["Nil", "Na", "Nan", "None", "No"] {
            assert!(!is_nothing(Field::FirstName, text), "{text}");
        }
        assert!(is_nothing(Field::Name, "-") && is_nothing(Field::Name, "N/A"));
        for text in ["?", "n/a", "-None-", "no tiene"] {
            assert!(!is_nothing(Field::Notes, text) && !is_nothing(Field::Custom, text), "{text}");
        }
        assert!(!is_nothing(Field::Phone, "#######"));
        assert!(!is_nothing(Field::Empadronado, "no") && !is_nothing(Field::Notes, "👍"));
        assert!(!is_nothing(Field::Custom, "-"));
        assert!(is_nothing(Field::Custom, "\\N") && is_nothing(Field::Notes, "\\N"));
    }

    #[test]
    fn errors_of_spreadsheets_are_known() {
        for text in
            ["#NAME?", "#¿NOMBRE?", "#REF!", "#¡REF!", "#DIV/0!", "#¡DIV/0!", "#VALUE!", "#¡VALOR!", "#NUM!", "#ERROR!"]
        {
            assert!(is_error(text), "{text}");
        }
        for text in ["#1!", "#Ana?", "#!", "#N/A", "#####", "# NAME?", "#VIP"] {
            assert!(!is_error(text), "{text}");
        }
    }
}
