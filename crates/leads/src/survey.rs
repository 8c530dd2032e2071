//! Looks at all records of a file before any of them is taken: what one date leaves open, another may tell.

use crate::{
    DateOrder, Field, FileNotice, OpenError, TextEncoding, dates::OrderEvidence, headers, layout::Column,
    records::Record, rows, words,
};

/// What the records of a file show.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    dates: OrderEvidence,
    odd: Option<(u64, String)>,
    /// The places of columns about emails alone, and those in which somebody said yes.
    about_emails: Option<Vec<usize>>,
    opt_outs: Vec<String>,
    /// How many rows there are, with those that cannot be read.
    pub rows: u64,
}

impl Survey {
    /// Looks at a record; `own`: the file is our own export.
    pub fn see(&mut self, columns: &[Column], record: &Record, own: bool) {
        self.rows += u64::from(!rows::is_blank(columns, record, own));
        let about_emails = self.about_emails.get_or_insert_with(|| {
            let is_one = |column: &Column| column.field == Field::Custom && headers::is_email_opt_out(&column.header);
            columns.iter().enumerate().filter(|(_, column)| is_one(column)).map(|(at, _)| at).collect()
        });
        for at in about_emails.iter().copied() {
            let (header, cell) = (&columns[at].header, record.cells.get(at));
            let said_yes = cell.is_some_and(|cell| words::yes_or_no(cell) == Some(true));
            if said_yes && !self.opt_outs.contains(header) {
                self.opt_outs.push(header.clone());
            }
        }
        for (column, cell) in columns.iter().zip(&record.cells) {
            if matches!(column.field, Field::DetectedAt | Field::SourceAt) {
                self.dates.see(record.line, cell.trim());
            }
            if self.odd.is_none()
                && let Some(word) = odd_word(cell)
            {
                self.odd = Some((record.line, word.to_owned()));
            }
        }
    }

    pub fn date_order(&mut self, given: Option<DateOrder>) -> Result<DateOrder, OpenError> {
        match given {
            Some(order) => Ok(order),
            None => Ok(std::mem::take(&mut self.dates).order()?),
        }
    }

    /// What is told of the file, of which the encoding is known if it is text.
    pub fn notices(self, encoding: Option<TextEncoding>) -> Vec<FileNotice> {
        let odd = self.odd.zip(encoding);
        let odd =
            odd.map(|((line, text), encoding)| FileNotice::OddLetters { line, text, encoding: encoding.as_str() });
        let opt_outs = (!self.opt_outs.is_empty()).then_some(FileNotice::EmailOptOut(self.opt_outs));
        odd.into_iter().chain(opt_outs).collect()
    }
}

/// A word in which letters are improbable: with a sign between letters that no language has there, with what UTF-8 looks
/// like when read as Windows-1252 (`Ã±`), or with what stands for an unreadable byte.
fn odd_word(text: &str) -> Option<&str> {
    if text.is_ascii() {
        return None;
    }
    text.split(|c: char| c.is_whitespace() && c != '\u{a0}').find(|word| !word.is_ascii() && is_odd(word))
}

fn is_odd(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    let high = |c: char| {
        matches!(
            c,
            '\u{80}'
                ..='\u{bf}'
                    | '€'
                    | '‚'
                    | 'ƒ'
                    | '„'
                    | '…'
                    | '†'
                    | '‡'
                    | 'ˆ'
                    | '‰'
                    | '‹'
                    | '‘'
                    | '’'
                    | '“'
                    | '”'
                    | '•'
                    | '–'
                    | '—'
                    | '˜'
                    | '™'
                    | '›'
                    | 'œ'
                    | 'ž'
                    | 'š'
                    | 'Š'
                    | 'Œ'
                    | 'Ž'
                    | 'Ÿ'
        )
    };
    let sign = |c: char| {
        !c.is_ascii()
            && !c.is_alphanumeric()
            && !matches!(c, '’' | '‘' | '´' | '`' | '·' | '‧' | '-' | '‐' | '‑' | '–' | '—' | '…' | '\u{ad}')
            && !('\u{300}'..='\u{36f}').contains(&c)
            && (c < '\u{300}' || matches!(c, '\u{2018}'..='\u{2122}'))
    };
    chars.contains(&'\u{fffd}')
        || chars.windows(2).any(|pair| {
            (matches!(pair[0], 'Ã' | 'Â' | 'Ð' | 'Ñ') && pair[0] != 'Ñ' && high(pair[1]))
                || (pair[0] == 'â' && pair[1] == '€')
        })
        || chars
            .windows(3)
            .any(|three| three[0].is_ascii_alphabetic() && sign(three[1]) && three[2].is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn improbable_letters_are_noticed() {
        for text in ["MarÃ\u{ad}a", "NuÃ±ez", "Begoï¿½a \u{fffd}", "Mu¤oz", "Garc¡a", "P‚rez", "â€™", "Âº"]
        {
            assert!(odd_word(&format!("Ana {text}")).is_some(), "{text}");
        }
        for text in [
            "María Ñuñez",
            "D’Angelo",
            "L·lull",
            "José–Luis",
            "Łukasz Żak",
            "São João",
            "Ångström",
            "Ana–Eva",
            "5 €",
            "«Ana»",
            "1.º",
            "Ana & Eva",
            "👍",
            "Анна",
            "İpek",
            "100€/mes",
            "¿Qué?",
            "10:30…",
            "Mª José",
            "CHÂTEAU",
            "JOÃO",
            "Nguyễn",
        ] {
            assert_eq!(odd_word(text), None, "{text}");
        }
    }
}
