//! What is reported about rows and files, in Spanish and English: one table.

use reparto_domain::{
    headings::Headings,
    imports::{ImportColumn, ImportOutcome, RowUndo, Told, ToldCode, called},
};

use crate::http::Language;

/// The sentence of a code; `{…}` stands for what it names.
#[expect(clippy::too_many_lines, reason = "one table")]
const fn template(code: ToldCode) -> (&'static str, &'static str) {
    match code {
        ToldCode::ContactKnown => (
            "el contacto ya existía sin oportunidad, y se le ha añadido una",
            "the contact was known without an opportunity, which was added",
        ),
        ToldCode::KnownCompleted => (
            "ya existía con una oportunidad; lo nuevo se ha añadido al contacto",
            "known already, with an opportunity; what is new was added to the contact",
        ),
        ToldCode::KnownUnchanged => (
            "ya existía con una oportunidad; no se ha añadido nada",
            "known already, with an opportunity; nothing was added",
        ),
        ToldCode::TooManyCells => (
            "tiene {found} celdas donde la cabecera tiene {columns}: ¿hay un texto con un separador sin comillas?",
            "has {found} cells where the header has {columns}: is there a text with an unquoted separator?",
        ),
        ToldCode::QuotesMalformed => (
            "unas comillas no se cierran, o hay texto tras unas que se cierran; esta fila se omite{last}",
            "a quotation mark is not closed, or there is text after a closing one; this row is left out{last}",
        ),
        ToldCode::TestLead => {
            ("es un contacto de prueba de un formulario: se omite", "is a form's test lead: left out")
        }
        ToldCode::HeaderAgain => {
            ("repite los nombres de las columnas: se omite", "has the names of the columns again: left out")
        }
        ToldCode::ReportLine => {
            ("habla del informe, no de un contacto: se omite", "is about the report, not about a lead: left out")
        }
        ToldCode::LineTooLong => ("ocupa más de {max} bytes: se omite", "is longer than {max} bytes: left out"),
        ToldCode::Unreadable => ("no se ha podido leer el resto del archivo", "the rest of the file could not be read"),
        ToldCode::CellKept => (
            "columna «{column}»: «{value}» no es {expected}; se guarda como campo personalizado",
            "column \"{column}\": \"{value}\" is not a valid {expected}; kept as a custom field",
        ),
        ToldCode::CellTooLong => (
            "columna «{column}»: {found} caracteres son demasiados, se admiten {max}; se guarda como campo personalizado",
            "column \"{column}\": {found} characters are too many, at most {max} are allowed; kept as a custom field",
        ),
        ToldCode::WordUnknown => (
            "columna «{column}»: «{value}» no es {expected}; {instead}, y la palabra se guarda como campo personalizado",
            "column \"{column}\": \"{value}\" is no known {expected}; {instead}, and the word is kept as a custom field",
        ),
        ToldCode::FieldsLeftOut => {
            ("entra sin {fields}: no caben en {object}", "comes in without {fields}: no room for them in {object}")
        }
        ToldCode::Unreachable => (
            "no tiene correo electrónico ni teléfono: nadie puede contactar con esta persona",
            "has no email address and no phone number: nobody can reach this lead",
        ),
        ToldCode::NoIdentity => ("no tiene nombre, correo electrónico ni teléfono", "no name, no email and no phone"),
        ToldCode::PersonErased => ("esta persona fue borrada", "this person was erased"),
        ToldCode::HolderNotFound => {
            ("ningún usuario tiene la dirección {address}", "no user has the address {address}")
        }
        ToldCode::HolderInactive => ("el usuario {address} está inactivo", "the user {address} is inactive"),
        ToldCode::HolderNotAssignable => (
            "el rol del usuario {address} no puede tener oportunidades",
            "the role of the user {address} may hold no opportunity",
        ),
        ToldCode::DoNotContact => (
            "la persona no quiere que se la contacte; entra sin titular",
            "the person does not want to be contacted; comes in without a holder",
        ),
        ToldCode::ValuesDiffer => (
            "trae otros valores que los guardados, que se conservan: {fields}",
            "has other values than those stored, which stay: {fields}",
        ),
        ToldCode::DetectedStays => (
            "se conserva la fecha de detección; el archivo dice {said}",
            "its date of detection stays; the file says {said}",
        ),
        ToldCode::ScoreStays => (
            "se conserva la puntuación ({kept}); el archivo dice {said}",
            "its score stays ({kept}); the file says {said}",
        ),
        ToldCode::PriorityStays => (
            "se conserva la prioridad ({kept}); el archivo dice {said}",
            "its priority stays ({kept}); the file says {said}",
        ),
        ToldCode::StatusStays => (
            "se conserva el estado ({kept}); el archivo dice {said}",
            "its status stays ({kept}); the file says {said}",
        ),
        ToldCode::HolderStays => (
            "se conserva el titular ({kept}); el archivo dice {said}",
            "its holder stays ({kept}); the file says {said}",
        ),
        ToldCode::LinesAbove => (
            "se omiten las líneas encima de los nombres de las columnas: {lines}",
            "the lines above the names of the columns are left out: {lines}",
        ),
        ToldCode::LettersOdd => (
            "la línea {line} parece tener letras mal leídas (se ha leído como {encoding}); si es así, elija otra codificación o exporte el archivo de nuevo",
            "line {line} looks like letters in the wrong encoding (read as {encoding}); if it is, choose another encoding, or export the file again",
        ),
        ToldCode::BytesGuessed => (
            "algunos bytes no son UTF-8 y se han leído como Windows-1252; revise las letras de estas líneas: {lines}",
            "some bytes are not UTF-8 and were read as Windows-1252; check the letters of these lines: {lines}",
        ),
        ToldCode::NoRows => (
            "el archivo no tiene ninguna fila debajo de los nombres de las columnas",
            "the file has no row below the names of the columns",
        ),
        ToldCode::EmailOptOut => (
            "{columns} trata solo de correos electrónicos y se guarda como campo personalizado; si no se debe contactar de ningún modo con quienes dijeron que sí, asígnela a «No contactar»",
            "{columns} is about emails alone and is kept as a custom field; if nobody who said yes there is to be contacted at all, map it to \"Do not contact\"",
        ),
        ToldCode::SheetsLeftOut => {
            ("solo se lee esta hoja; se omiten: {sheets}", "only this sheet is read; left out: {sheets}")
        }
        ToldCode::FieldTaken => (
            "columna «{column}»: ya hay un campo personalizado con ese nombre; se guarda como «{kept}»",
            "column \"{column}\": there is a custom field of this name already; kept as \"{kept}\"",
        ),
        ToldCode::ControlsLeftOut => (
            "columna «{column}»: entra sin caracteres de control",
            "column \"{column}\": comes in without control characters",
        ),
    }
}

/// What was expected of a cell, in Spanish. In English it is as the reader names it.
fn expected(what: &str) -> &str {
    match what {
        "email address" => "una dirección de correo electrónico válida",
        "phone number" => "un número de teléfono válido",
        "phone number (a spreadsheet has rounded it)" => {
            "un número de teléfono válido (una hoja de cálculo lo ha redondeado)"
        }
        "date" => "una fecha válida",
        "score from 0 to 100" => "una puntuación de 0 a 100",
        "active user who may hold leads" => "un usuario activo que pueda tener oportunidades",
        "consent as a JSON object" => "un consentimiento en forma de objeto JSON",
        "contact id" => "un id. de contacto válido",
        "map of attempts" => "un mapa de intentos de llamada",
        "grade (A, B+, B-, C or D)" => "una calificación (A, B+, B-, C o D)",
        "yes or no" => "sí o no",
        "age" => "una edad válida",
        "value (a spreadsheet has an error there)" => "un valor (la hoja de cálculo tiene ahí un error)",
        "value (a formula that was never calculated: open the file in a spreadsheet and save it)" => {
            "un valor (una fórmula que nunca se calculó: abra el archivo en una hoja de cálculo y guárdelo)"
        }
        "status" => "un estado conocido",
        "priority" => "una prioridad conocida",
        other => other,
    }
}

/// What a lead has instead of a word that is not known.
fn instead(expected: &str, language: Language) -> &'static str {
    match (expected, language) {
        (expected, Language::English) => reparto_leads::problems::instead(expected),
        ("priority", Language::Spanish) => "el contacto entra con prioridad media",
        (_, Language::Spanish) => "el contacto entra como pendiente de contactar",
    }
}

/// What had no room for something, as somebody who has not read the API document calls it.
fn object(name: &str, language: Language) -> &str {
    match name {
        "custom_fields" => language.pick("los campos personalizados", "the custom fields"),
        "detection_reason" => language.pick("los detalles de la detección", "the details of the detection"),
        other => other,
    }
}

/// The word for a priority or a status, as the reader knows it.
fn word(name: &str, language: Language) -> Option<&'static str> {
    let (spanish, english) = match name {
        "low" => ("baja", "low"),
        "medium" => ("media", "medium"),
        "high" => ("alta", "high"),
        "urgent" => ("urgente", "urgent"),
        "pending" => ("pendiente", "pending"),
        "assigned" => ("asignada", "assigned"),
        "contacted" => ("contactada", "contacted"),
        "converted" => ("convertida", "converted"),
        "expired" => ("caducada", "expired"),
        "lost" => ("perdida", "lost"),
        _ => return None,
    };
    Some(language.pick(spanish, english))
}

/// What stays or was said, in words.
fn stays(code: ToldCode, value: &str, language: Language) -> String {
    match code {
        ToldCode::HolderStays if value.is_empty() => language.pick("nadie", "nobody").to_owned(),
        ToldCode::PriorityStays | ToldCode::StatusStays => word(value, language).unwrap_or(value).to_owned(),
        _ => value.to_owned(),
    }
}

/// Names of fields, which are listed as the domain quotes them, as a reader of the file knows them.
fn fields(listed: &str, columns: &[ImportColumn], language: Language) -> String {
    let Ok(names) = serde_json::from_str::<Vec<String>>(&format!("[{listed}]")) else { return listed.to_owned() };
    let headings = match language {
        Language::Spanish => Headings::Spanish,
        Language::English => Headings::English,
    };
    let quote = |name: &String| match language {
        Language::Spanish => format!("«{name}»"),
        Language::English => format!("\"{name}\""),
    };
    called(&names, columns, headings).iter().map(quote).collect::<Vec<_>>().join(", ")
}

/// What is said where the value that a sentence names is not kept any more.
const GONE: &str = "…";

/// The sentence for something that is told, of a file with these columns.
pub(super) fn text(told: &Told, columns: &[ImportColumn], language: Language) -> String {
    let (spanish, english) = template(told.code);
    let mut rest = language.pick(spanish, english);
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        let value = told.values.get(name).map(String::as_str);
        match (name, value, language) {
            ("expected", Some(what), Language::Spanish) => text.push_str(expected(what)),
            ("instead", _, language) => {
                let expected = told.values.get("expected").map_or(GONE, String::as_str);
                text.push_str(instead(expected, language));
            }
            ("object", Some(name), language) => text.push_str(object(name, language)),
            ("last", Some(line), _) => {
                text.push_str(language.pick(", hasta la línea ", ", up to line "));
                text.push_str(line);
            }
            ("last", None, _) => {}
            ("fields", Some(listed), _) => text.push_str(&fields(listed, columns, language)),
            ("kept" | "said", Some(value), _) => text.push_str(&stays(told.code, value, language)),
            (_, value, _) => text.push_str(value.unwrap_or(GONE)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What became of a row: the fixed name, or a word.
pub(super) const fn outcome(outcome: ImportOutcome, headings: Headings) -> &'static str {
    match (headings, outcome) {
        (Headings::Spanish, ImportOutcome::Created) => "nueva",
        (Headings::Spanish, ImportOutcome::Completed) => "completada",
        (Headings::Spanish, ImportOutcome::Unchanged) => "sin cambios",
        (Headings::Spanish, ImportOutcome::Skipped) => "omitida",
        (Headings::English, ImportOutcome::Created) => "new",
        (_, outcome) => outcome.as_str(),
    }
}

/// Why something of a row stays after its import was undone.
pub(super) fn kept(undo: RowUndo, language: Language) -> String {
    let text = match undo {
        RowUndo::Deleted => ("se ha eliminado lo que creó", "what it created was deleted"),
        RowUndo::Touched => {
            ("alguien ha cambiado después lo que creó: se conserva", "what it created was changed since: it stays")
        }
        RowUndo::AdditionStays => {
            ("lo que añadió a un contacto que ya existía se conserva", "what it added to a known contact stays")
        }
        RowUndo::Gone => ("ya no quedaba nada de ella", "there was nothing left of it"),
    };
    language.pick(text.0, text.1).to_owned()
}

#[cfg(test)]
mod tests {
    use reparto_leads::{Notice, Problem};

    use super::*;

    #[test]
    fn each_code_has_two_sentences_without_a_gap() {
        let names = [
            "found", "columns", "max", "column", "value", "expected", "fields", "object", "address", "lines", "line",
            "encoding", "last", "sheets", "kept", "said",
        ];
        for code in ToldCode::ALL {
            let values = names.map(|name| (name, "7".to_owned()));
            let told = Told::new(*code, values);
            for language in [Language::Spanish, Language::English] {
                let text = text(&told, &[], language);
                assert!(!text.is_empty() && !text.contains('{') && !text.contains(GONE), "{code}: {text}");
            }
            let (spanish, english) = template(*code);
            assert_ne!(spanish, english);
        }
    }

    #[test]
    fn the_command_line_tells_the_same() {
        let (column, value) = ("Teléfono".to_owned(), "no".to_owned());
        let kept = Notice::Kept { column: column.clone(), value: value.clone(), expected: "phone number" };
        let word = Notice::UnknownWord { column: column.clone(), value, expected: "status" };
        for notice in [kept, word, Notice::TooLong { column, found: 2_000, max: 1_000 }, Notice::Unreachable] {
            assert_eq!(text(&notice.told(), &[], Language::English), notice.to_string());
        }
        for problem in [
            Problem::TooManyCells { found: 9, columns: 3 },
            Problem::Malformed { last: 0 },
            Problem::Malformed { last: 12 },
            Problem::TestLead,
            Problem::HeaderAgain,
            Problem::ReportLine,
            Problem::LineTooLong { max: 10 },
        ] {
            assert_eq!(text(&problem.told(), &[], Language::English), problem.to_string());
        }
    }

    #[test]
    fn no_sentence_names_a_parameter_or_a_field_of_the_api() {
        for code in ToldCode::ALL {
            for object in ["custom_fields", "detection_reason"] {
                let told = Told::new(*code, [("object", object.to_owned())]);
                for language in [Language::Spanish, Language::English] {
                    let text = text(&told, &[], language);
                    assert!(
                        !text.contains('_') && !text.contains("parám") && !text.contains("param"),
                        "{code}: {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_kept_any_more_leaves_a_mark() {
        let told = Told::bare(ToldCode::CellKept);
        assert_eq!(text(&told, &[], Language::English), "column \"…\": \"…\" is not a valid …; kept as a custom field");
    }
}
