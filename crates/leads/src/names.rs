//! Splitting of full names.

use reparto_domain::fold::fold;

/// Splits a full name into first and last name. "García López, Ana" has the last name first. Of three words or more,
/// the last two are the family names, as is usual in Spanish; of two, the last one. A single word is a first name.
pub(crate) fn part(name: &str) -> (Option<String>, Option<String>) {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let joined = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
    if let Some((last, first)) = name.split_once(',')
        && !first.trim().is_empty()
        && !is_company(first)
    {
        return (joined(&words(first)), joined(&words(last)));
    }
    let words = words(name.trim_end_matches(','));
    let mut from = match words.len() {
        0 | 1 => words.len(),
        2 => 1,
        n => n - 2,
    };
    // "Ana de la Fuente", "María del Mar Ruiz": particles belong to the family name that follows them.
    while from > 1
        && matches!(
            words[from - 1].to_lowercase().as_str(),
            "de" | "del" | "la" | "las" | "los" | "y" | "da" | "van" | "von"
        )
    {
        from -= 1;
    }
    (joined(&words[..from]), joined(&words[from..]))
}

/// The first name of a full one of which the last name is known.
pub(crate) fn first_of(name: &str, last: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = |from: usize| words.get(from..).is_some_and(|end| fold(&end.join(" ")) == fold(last));
    match (1..words.len()).find(|from| ends(*from)) {
        Some(from) => Some(words[..from].join(" ")),
        None => part(name).0.filter(|first| fold(first) != fold(last)),
    }
}

/// Whether what follows a comma is what a company is: "Pérez y Asociados, S.L."
fn is_company(text: &str) -> bool {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    matches!(
        letters.as_str(),
        "sl" | "slu"
            | "sll"
            | "sa"
            | "sau"
            | "sc"
            | "scp"
            | "cb"
            | "scoop"
            | "inc"
            | "ltd"
            | "llc"
            | "gmbh"
            | "lda"
            | "srl"
    )
}

#[cfg(test)]
mod tests {
    use super::{first_of, part};

    #[test]
    fn a_full_name_beside_its_last_name_gives_the_first_name() {
        for (name, last, first) in [
            ("Lola Sanz Gil", "Sanz Gil", "Lola"),
            ("Juan Carlos Pérez", "PEREZ", "Juan Carlos"),
            ("Gil, Lola", "Sanz", "Lola"),
            ("Lola", "Sanz", "Lola"),
        ] {
            assert_eq!(first_of(name, last).as_deref(), Some(first), "{name}");
        }
        assert_eq!(first_of("Sanz", "Sanz"), None);
    }

    #[test]
    fn full_names_are_split_the_spanish_way() {
        for (name, first, last) in [
            ("Ana", "Ana", ""),
            ("Pérez, S.L.", "Pérez,", "S.L."),
            ("Ana García", "Ana", "García"),
            ("Ana García López", "Ana", "García López"),
            ("José Luis Pérez Gil", "José Luis", "Pérez Gil"),
            ("García López, Ana", "Ana", "García López"),
            ("Ana de la Fuente", "Ana", "de la Fuente"),
            ("  Ana   García ", "Ana", "García"),
            ("", "", ""),
            (",", "", ""),
        ] {
            let (f, l) = part(name);
            assert_eq!((f.as_deref().unwrap_or(""), l.as_deref().unwrap_or("")), (first, last), "{name:?}");
        }
    }
}
