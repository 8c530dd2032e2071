//! Leads, turns and values: numbers with up to six decimals outside, millionths inside.

use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use crate::http::{
    body::{Faults, kinds::Kind},
    problem::{Fault, Kind as JsonKind},
};

use reparto_domain::dealing::balances::ONE_LEAD as ONE;

/// Millionths as a number.
pub(super) fn amount(millionths: i64) -> f64 {
    let (whole, rest) =
        (millionths.unsigned_abs() / ONE.unsigned_abs(), millionths.unsigned_abs() % ONE.unsigned_abs());
    let sign = if millionths < 0 { "-" } else { "" };
    // The nearest number there is, which is written with the same six decimals.
    format!("{sign}{whole}.{rest:06}").parse().unwrap_or_default()
}

/// A number with up to six decimals, read as millionths.
#[derive(Debug)]
pub(super) struct Amount {
    min: i64,
    max: i64,
    is_zero_allowed: bool,
}

/// A number within these bounds, with up to six decimals.
pub(super) const fn amount_within(min: i64, max: i64) -> Amount {
    Amount { min, max, is_zero_allowed: true }
}

/// Like [`amount_within`], but not 0.
pub(super) const fn amount_but_zero(min: i64, max: i64) -> Amount {
    Amount { min, max, is_zero_allowed: false }
}

impl Kind for Amount {
    type Value = i64;

    fn read(&self, sent: &Value) -> Result<Option<i64>, Faults> {
        let number = sent.as_number().and_then(serde_json::Number::as_f64).ok_or(Fault::Type(JsonKind::Number))?;
        let range = Fault::Range { min: self.min, max: self.max };
        let text = format!("{number:.6}");
        let millionths: i64 = text.replace('.', "").parse().map_err(|_| range.clone())?;
        if !(self.min * ONE..=self.max * ONE).contains(&millionths) {
            return Err(range.into());
        }
        if text.parse() != Ok(number) {
            return Err(Fault::Decimals { max: 6 }.into());
        }
        if millionths == 0 && !self.is_zero_allowed {
            return Err(Fault::Zero.into());
        }
        Ok(Some(millionths))
    }

    fn schema(&self) -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(self.min)).maximum(Some(self.max));
        number.multiple_of(Some(0.000_001)).into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn millionths_have_six_decimals() {
        let written = |millionths| serde_json::to_string(&amount(millionths)).unwrap();
        assert_eq!([0, 1, -1, 333_333, -1_500_000].map(written), ["0.0", "1e-6", "-1e-6", "0.333333", "-1.5"]);
        assert_eq!(written(123_456_789_012_345), "123456789.012345");
    }

    #[test]
    fn numbers_are_read_to_six_decimals() {
        let credit = amount_but_zero(-100, 100);
        let read = |number: Value| credit.read(&number);
        for (number, millionths) in [
            (json!(1), 1_000_000),
            (json!(-100), -100_000_000),
            (json!(100.0), 100_000_000),
            (json!(0.1), 100_000),
            (json!(0.333_333), 333_333),
            (json!(-99.999_999), -99_999_999),
            (json!(1e-6), 1),
        ] {
            assert_eq!(read(number.clone()), Ok(Some(millionths)), "{number}");
        }
        for (number, fault) in [
            (json!("1"), Fault::Type(JsonKind::Number)),
            (json!(100.000_001), Fault::Range { min: -100, max: 100 }),
            (json!(1e300), Fault::Range { min: -100, max: 100 }),
            (json!(0.123_456_7), Fault::Decimals { max: 6 }),
            (json!(0), Fault::Zero),
            (json!(-0.0), Fault::Zero),
        ] {
            assert_eq!(read(number.clone()), Err(fault.into()), "{number}");
        }
        assert_eq!(amount_within(0, 1).read(&json!(0)), Ok(Some(0)));
    }
}
