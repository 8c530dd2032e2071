//! Splitting of full names.

/// Splits a full name into first and last name. "García López, Ana" has the last name first. Of three words or more,
/// the last two are the family names, as is usual in Spanish; of two, the last one. A single word is a first name.
pub(crate) fn part(name: &str) -> (Option<String>, Option<String>) {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let joined = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
    if let Some((last, first)) = name.split_once(',')
        && !first.trim().is_empty()
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

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn full_names_are_split_the_spanish_way() {
        for (name, first, last) in [
            ("Ana", "Ana", ""),
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
