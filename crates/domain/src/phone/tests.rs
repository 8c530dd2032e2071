use super::*;

fn texts(text: &str) -> Vec<String> {
    read(text, Country::SPAIN).numbers.into_iter().map(|number| number.text).collect()
}

fn keys(text: &str) -> Vec<String> {
    read(text, Country::SPAIN).numbers.into_iter().map(|number| number.key).collect()
}

#[test]
fn one_number_in_many_spellings_is_one() {
    for text in [
        "600 111 222",
        "+34 600-111-222",
        "0034600111222",
        "34600111222",
        "(+34) 600.111.222",
        "(0034) 600 111 222",
        "+34 (0) 600111222",
        "p:+34600111222",
        "tel:+34-600-111-222",
        "Tel.: 600 11 12 22",
        "=\"600111222\"",
        "=+34600111222",
        "'+34600111222",
        "34600111222.0",
        "34600111222,00",
        "3.4600111222E10",
        "3,4600111222E+10",
        "\u{202a}+34 600 111 222\u{202c}",
        "600\u{a0}111\u{a0}222",
        "600‑111‑222",
        "٦٠٠١١١٢٢٢",
        "۶۰۰۱۱۱۲۲۲",
        "６００１１１２２２",
        "＋３４ ６００１１１２２２",
        "https://wa.me/34600111222",
        "600/111/222",
        "600,111,222",
    ] {
        assert_eq!(keys(text), ["600111222"], "{text:?}");
    }
    assert_eq!(keys("+49 (0)30 123456"), keys("0049 30 123456"));
    assert_eq!(keys("+1 (650) 253-0000"), ["16502530000"]);
}

#[test]
fn a_rounded_number_is_none() {
    for text in ["3,46E+10", "3.46E+10", "3,46001E+10", "3.46e10", "3,46 E+10", "3.46×10^10", "٣٫٤٦E+10", "6E8"] {
        let phones = read(text, Country::SPAIN);
        assert!(phones.rounded && phones.numbers.is_empty(), "{text:?}: {phones:?}");
    }
    let both = read("3,46E+10; 600111222", Country::SPAIN);
    assert!(both.rounded && both.more && both.numbers.len() == 1);
}

#[test]
fn the_text_keeps_how_it_was_written() {
    for (text, expected) in [
        ("+34 611 220 331", "+34 611 220 331"),
        (" 600111222 ", "600111222"),
        ("p:+34600111222", "+34600111222"),
        ("34600111222.0", "34600111222"),
        ("+44 (0) 20 7946 0000", "+44 20 7946 0000"),
        ("(91) 234 56 78", "(91) 234 56 78"),
        ("91/2345678", "91/2345678"),
    ] {
        assert_eq!(texts(text), [expected], "{text:?}");
        assert!(!read(text, Country::SPAIN).more, "{text:?}");
    }
}

#[test]
fn several_numbers_in_one_text_are_found() {
    for text in [
        "600111222; 600333444",
        "600111222, 600333444",
        "600111222/600333444",
        "600 111 222 / 600 333 444",
        "600111222\n600333444",
        "600 111 222 y 600 333 444",
        "600111222 ::: 600333444",
        "600111222 - 600333444",
        "600 111 222 600 333 444",
        "casa: 600111222 trabajo: 600333444",
        "600111222 +34600333444",
        "600111222; 600 333 444; +34 600 111 222",
    ] {
        assert_eq!(keys(text), ["600111222", "600333444"], "{text:?}");
        assert!(read(text, Country::SPAIN).more, "{text:?}");
    }
}

#[test]
fn an_extension_is_no_part_of_the_number() {
    for text in [
        "912345678 ext. 12",
        "912345678 x12",
        "912345678x12",
        "912345678 extensión 12",
        "912345678 Ext: 12",
        "912345678 #12",
        "tel:+34912345678;ext=12",
        "912345678, ext 12",
    ] {
        let phones = read(text, Country::SPAIN);
        let number = phones.numbers.first().unwrap();
        assert_eq!((number.key.as_str(), number.extension.as_deref()), ("912345678", Some("12")), "{text:?}");
        assert!(phones.more, "{text:?}");
    }
}

#[test]
fn words_beside_a_number_are_more_than_it() {
    for (text, expected) in [("600111222 (madre)", "600111222"), ("Ana 600 111 222", "600 111 222")] {
        assert_eq!(texts(text), [expected]);
        assert!(read(text, Country::SPAIN).more);
    }
}

#[test]
fn what_is_no_number_is_none() {
    for text in [
        "",
        "-",
        "N/A",
        "no tiene",
        "1234",
        "000000000",
        "999 999 999",
        "+",
        "((",
        "p:",
        "12345678901234567890123",
        "ext 5",
    ] {
        assert_eq!(read(text, Country::SPAIN).numbers, [], "{text:?}");
    }
}

#[test]
fn numbers_without_a_code_are_of_the_country() {
    let france: Country = "fr".parse().unwrap();
    for text in ["06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78"] {
        assert_eq!(read(text, france).numbers[0].key, "33612345678", "{text}");
    }
    assert_eq!(read("+34 600 111 222", france).numbers[0].key, "600111222");
    assert!("xx".parse::<Country>().is_err() && "Spain".parse::<Country>().is_err());
    assert_eq!((france.to_string(), Country::default().to_string()), ("FR".to_owned(), "ES".to_owned()));
}

#[test]
fn reading_what_was_read_changes_nothing() {
    for text in [
        "+34 (0) 600 111 222",
        "(600 111222",
        "600111222 ext. 3",
        "34600111222,00",
        "91/234 56 78",
        "００３４ ６００１１１２２２",
    ] {
        let once = read(text, Country::SPAIN).numbers.remove(0);
        let again = read(&once.text, Country::SPAIN).numbers.remove(0);
        assert_eq!((&again.text, &again.key), (&once.text, &once.key), "{text}");
    }
}

#[test]
fn digits_alone_are_read_as_in_any_text() {
    let groups =
        ["600", "111222", "34", "0034", "1234", "000000", "06", "12 34", "+49", "+34", "+", "", "+ 34", "55555"];
    for first in groups {
        for second in groups {
            for third in ["", "600111222", "222", "98765432", "0", "123456789012"] {
                for text in [format!("{first}{second}{third}"), format!(" {first} {second}  {third} ")] {
                    for country in [Country::SPAIN, "FR".parse().unwrap()] {
                        assert_eq!(read(&text, country), read_any(&text, country), "{text:?}");
                    }
                }
            }
        }
    }
    for (text, is) in [("600 111 222", true), ("+34600111222", true), ("34 +600", false), ("600-111-222", false)] {
        assert_eq!(is_digits(text), is, "{text}");
    }
}
