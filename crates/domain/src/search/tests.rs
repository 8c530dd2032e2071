use super::*;
use crate::fold;

/// What is stored of each, and one field of it is a number.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("José Ángel Núñez Peña", "jan@example.org", "+34 600-701-001", "Cádiz"),
    ("Begoña Ibáñez", "bego_ib@example.org", "600701002", ""),
    ("Sinéad O’Brien", "sob@example.org", "(600) 701 003", "L'Hospitalet de Llobregat"),
    ("Niamh O'Neill", "nio@example.org", "0034600701004", ""),
    ("Jean‑Luc Saint-Just", "jl@example.org", "600.701.005", "Saint Denis"),
    ("Işıl Yıldız", "i1@example.org", "600701006", "Łódź"),
    ("Jürgen Groß", "jg@example.org", "+49 (0)30 701007", ""),
    ("Montserrat Vila Col·lell", "100%_real@example.org", "600701012", "Sant Cugat"),
];

fn text_of((name, email, phone, city): (&str, &str, &str, &str)) -> String {
    search_text([name, email, city], [phone], Country::SPAIN)
}

fn found(text: &str) -> Vec<usize> {
    let search = Search::of_country(text, Country::SPAIN).unwrap();
    (0..PEOPLE.len()).filter(|index| search.matches(&text_of(PEOPLE[*index]))).collect()
}

fn finds(index: usize, texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [index], "{text:?}");
    }
}

fn spellings(text: &str) -> Vec<Vec<String>> {
    let search = Search::of_country(text, Country::SPAIN);
    search.map_or_else(Vec::new, |search| search.words.into_iter().map(|word| word.spellings).collect())
}

#[test]
fn a_number_is_found_in_any_spelling() {
    finds(0, &["600701001", "600 701 001", "+34600701001", "+34 600 70 10 01", "0034600701001", "600-701-001"]);
    finds(
        0,
        &["0034 600-701-001", "٦٠٠٧٠١٠٠١", "６００ ７０１ ００１", "tel:+34600701001", "600\u{200b}701001", "701001"],
    );
    finds(0, &["600/701/001", "(0034) 600 701 001", "+34 (600) 701 001", "núñez 600 701 001", "34 600 701 001"]);
    finds(2, &["(600)701003", "+34 600 701 003"]);
    finds(6, &["0049 30 701007", "+4930701007", "+49 (0) 30 701007", "030 701007", "30-701007"]);
}

#[test]
fn a_part_of_a_number_is_found() {
    finds(0, &["701 001", "+34 600 701 00 1", "0034 600 701001", "01 001", "34600701001", "34 600 701 001"]);
    for text in ["600 701", "+34 600 701", "0034 600 7010", "+34 6007", "600-70"] {
        assert!(found(text).contains(&0) && !found(text).contains(&6), "{text}");
    }
    let spanish = [0, 1, 2, 3, 4, 5, 7];
    for text in ["34600", "346007", "+34", "+3", "0034 6", "+34 600"] {
        assert_eq!(found(text), spanish, "{text}");
    }
    assert_eq!((found("+49"), found("+49 30"), found("0049 30 70"), found("34")), (vec![6], vec![6], vec![6], vec![]));
}

#[test]
fn a_number_with_a_code_is_of_that_country() {
    let text = |number: &str| search_text([], [number], Country::SPAIN);
    let (spanish, french) = (text("+34 612 345 678"), text("+33 6 12 34 56 78"));
    let finds = |query: &str| {
        let search = Search::of_country(query, Country::SPAIN).unwrap();
        (search.matches(&spanish), search.matches(&french))
    };
    for query in ["+34 612", "34612", "0034612", "+34612345678", "34 612 345 678", "(+34) 612"] {
        assert_eq!(finds(query), (true, false), "{query}");
    }
    for query in ["+33 6", "+33612", "0033 612345678", "33612"] {
        assert_eq!(finds(query), (false, true), "{query}");
    }
    for query in ["612345678", "612 34", "345678"] {
        assert_eq!(finds(query), (true, true), "{query}");
    }
    assert_eq!((finds("+34 345"), finds("+33 345")), ((false, false), (false, false)));
}

#[test]
fn words_are_found_in_any_order_and_field() {
    finds(0, &["núñez jose", "peña josé", "Núñez Peña, José Ángel", "cadiz nunez", "jose peña", "jan@example cádiz"]);
    finds(
        0,
        &["NÚÑEZ,JOSÉ", "ez sé ña", "nunez/pena", "\"jose\" (nunez)", "jose\u{301} NUN\u{303}EZ", "cádiz 701001 jan"],
    );
    finds(1, &["ibanez begona", "bego_ib", "BEGO_IB@EXAMPLE.ORG", "ibáñez   BEGOÑA"]);
    assert_eq!(found("example.org").len(), PEOPLE.len());
    assert_eq!(found("núñez begoña"), [0_usize; 0]);
}

#[test]
fn punctuation_makes_no_difference() {
    finds(2, &["obrien", "o'brien", "O’Brien", "o´brien", "o`brien", "o brien", "o-brien sinead", "l'hospitalet"]);
    finds(3, &["oneill", "o’neill", "O′NEILL"]);
    finds(4, &["jean-luc", "jean‑luc", "jeanluc", "jean luc", "Jean–Luc", "saint just", "saintjust", "saint-denis"]);
    finds(7, &["collell", "col·lell", "col.lell", "col lell", "col-lell", "COL•LELL", "coŀlell"]);
    assert_eq!(spellings("S.L."), [["sl", "s l"]]);
    assert_eq!(words(folded_chars("García, S.L.U. (J.R.) Mª. 3.5")), "garcia slu jr ma 3 5");
}

#[test]
fn letters_without_decomposition_are_found() {
    finds(5, &["isil", "ışıl", "YILDIZ", "yıldız", "lodz", "ŁÓDŹ", "i\u{307}sil"]);
    finds(6, &["gross", "GROSS", "groß", "GROẞ", "jurgen", "JU\u{308}RGEN"]);
    let text = search_text(["Þór Ðevad Sørensen Æbeltoft"], [], Country::SPAIN);
    for text_of in ["thor", "devad", "SORENSEN", "aebel", "þÓR", "sø"] {
        assert!(Search::new(text_of).unwrap().matches(&text), "{text_of}");
    }
}

#[test]
fn signs_are_letters_like_others() {
    finds(7, &["100%", "%", "100%_real", "0%_r", "_real"]);
    for text in ["begoXib", "%zz", "a*", "%%", "__", "jan@xample", "\\"] {
        assert_eq!(found(text), [0_usize; 0], "{text}");
    }
}

#[test]
fn digits_of_other_kinds_are_no_number() {
    let text = search_text(["Calle Mayor 12", "ana12.rojo7@example.org", "3º B"], ["600 333 444"], Country::SPAIN);
    for (query, expected) in [
        ("mayor 12", true),
        ("12 calle", true),
        ("ana12.rojo7@example.org", true),
        ("ana12", true),
        ("rojo7 ana", true),
        ("3o b", true),
        // Not the digits of several fields, or of what has letters in it.
        ("127", false),
        ("12 600333444", true),
        ("600333444 12", true),
        ("126003", false),
        ("7 12 99", false),
        ("x600333444", false),
        ("ana600333444", false),
    ] {
        assert_eq!(Search::of_country(query, Country::SPAIN).unwrap().matches(&text), expected, "{query}");
    }
    // The home country's code is in no stored number: it would be found in all of them.
    assert!(!Search::new("34").unwrap().matches(&search_text([], ["+34 600 111 222"], Country::SPAIN)));
}

#[test]
fn nothing_to_search_for_is_no_search() {
    for text in ["", " ", "\u{200b}", "-", "’", "...", "( )", ", ;", "\u{301}", "\u{feff} \u{ad}", "?"] {
        assert_eq!(Search::new(text), None, "{text:?}");
    }
    assert_eq!(spellings("ana ANA Ána"), [["ana"]]);
}

#[test]
fn numbers_without_a_code_are_of_the_country() {
    let france: Country = "FR".parse().unwrap();
    let text = search_text([], ["06 12 34 56 78", "+34 600 111 222"], france);
    assert_eq!(text, "=612345678\n+34600111222");
    for query in ["0612345678", "+33 6 12 34 56 78", "0033612345678", "06 12 34", "600 111 222", "+34600111222"] {
        assert!(Search::of_country(query, france).unwrap().matches(&text), "{query}");
    }
    assert!(mark(france) != mark(Country::SPAIN) && mark(france) > 0);
    assert_eq!((france.code(), Country::SPAIN.code()), (Some(33), Some(34)));
}

#[test]
fn what_is_no_number_is_kept_as_it_was_written() {
    let text = search_text([], ["600111222 (madre)", "12 34", "ext. 5"], Country::SPAIN);
    assert_eq!(text, "=600111222\n600111222 madre\n12 34\n1234\next 5\n5");
}

/// A generator without a state of the process: the same sequence each time.
fn numbers(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    }
}

/// The same word as somebody else would type it.
fn respelt(word: &str, pick: &mut impl FnMut(usize) -> usize) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let word = match pick(3) {
        0 => word.to_uppercase(),
        1 => word.to_lowercase(),
        _ => word.to_owned(),
    };
    let word: String = match pick(4) {
        0 => word.nfd().collect(),
        1 => word.nfkc().collect(),
        2 => fold::fold(&word),
        _ => word,
    };
    let mut typed = String::new();
    for c in word.chars() {
        typed.push(match c {
            '\'' | '’' => ['\'', '’', '´', '`', 'ʼ'][pick(5)],
            '-' | '‑' => ['-', '‑', '–', '\u{2010}'][pick(4)],
            '0'..='9' if pick(3) == 0 => char::from_u32(0x660 + c as u32 - 0x30).unwrap(),
            c => c,
        });
        if pick(5) == 0 {
            typed.push(['\u{200b}', '\u{ad}', '\u{200e}', '\u{2060}'][pick(4)]);
        }
    }
    typed
}

#[test]
fn what_is_stored_is_found_by_its_words() {
    let alphabet: Vec<char> = "aáàbcçdeéfgğhiıíjklłmnñoóøpqrsştuúüvwxyzžßæœþđ0123456789'’-‑._%@жώن".chars().collect();
    let mut pick = numbers(7);
    for _ in 0..3_000 {
        let fields: Vec<String> = (0..=pick(3))
            .map(|_| {
                let words = (0..=pick(4)).map(|_| (0..=pick(9)).map(|_| alphabet[pick(alphabet.len())]).collect());
                words.collect::<Vec<String>>().join([" ", ", ", "  "][pick(3)])
            })
            .collect();
        let number = format!("6{:08}", pick(100_000_000));
        let text = search_text(fields.iter().map(String::as_str), [number.as_str()], Country::SPAIN);
        let mut typed: Vec<String> = fields
            .iter()
            .flat_map(|field| field.split_whitespace())
            .filter(|_| pick(2) == 0)
            .map(str::to_owned)
            .collect();
        typed.sort_by_key(|_| pick(100));
        let typed: Vec<String> = typed.iter().map(|word| respelt(word, &mut pick)).collect();
        for query in [typed.join(" "), typed.first().cloned().unwrap_or_default()] {
            if let Some(search) = Search::of_country(&query, Country::SPAIN) {
                assert!(search.matches(&text), "{query:?} in {fields:?}: {search:?} in {text:?}");
            }
        }
        let digits = |from: usize, to: usize| &number[from..to];
        let (prefix, gap) = (["", "+34", "0034 ", "+34 ", "(+34)"][pick(5)], ["", " ", "-", ".", "\u{a0}"][pick(5)]);
        let query = [digits(0, 3), gap, digits(3, 6), gap, digits(6, 9)].concat();
        let query = respelt(&format!("{prefix}{query}"), &mut pick);
        assert!(Search::new(&query).unwrap().matches(&text), "{query:?} in {text:?}");
    }
}
