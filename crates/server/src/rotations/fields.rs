//! Fields of the bodies that make and change rotations.

use reparto_domain::{
    Priority,
    rotations::{
        CatchUp, MINUTES_MAX, PRIORITY_VALUE_MAX, ReturnReason, ReturnReasons, STICKY_DAYS_MAX, StickyChanges,
        StickyOtherwise,
    },
};
use serde_json::Value;
use utoipa::{
    ToSchema as _,
    openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, schema::Type},
};

use super::amounts::amount_within;
use crate::http::{
    body::{
        Faults, Schemas, boolean, integer,
        kinds::{Kind, whole},
        one_of, optional, request_body,
    },
    names::{RETURN_REASONS, ReturnReasonName},
    problem::{Fault, Kind as JsonKind},
};

/// The names of catching up with an absence that are no number.
const CATCH_UPS: [&str; 2] = ["none", "all"];

/// Which turns of an absence are made up for: a name, or a number of minutes.
pub(super) struct CatchUpWith;

impl Kind for CatchUpWith {
    type Value = CatchUp;

    fn read(&self, sent: &Value) -> Result<Option<CatchUp>, Faults> {
        match sent {
            Value::String(name) if name == CATCH_UPS[0] => Ok(Some(CatchUp::None)),
            Value::String(name) if name == CATCH_UPS[1] => Ok(Some(CatchUp::All)),
            Value::String(_) => Err(Fault::NotOneOf(CATCH_UPS.to_vec()).into()),
            _ => {
                let minutes = sent.as_number().and_then(whole).ok_or(Fault::Type(JsonKind::StringOrInteger))?;
                let minutes =
                    u32::try_from(minutes).ok().filter(|minutes| (1..=MINUTES_MAX).contains(&(*minutes).into()));
                let minutes = minutes.ok_or(Fault::Range { min: 1, max: MINUTES_MAX })?;
                Ok(Some(CatchUp::Minutes(minutes)))
            }
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(CATCH_UPS));
        let minutes = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MINUTES_MAX));
        OneOfBuilder::new().item(name).item(minutes).into()
    }
}

/// For which reasons a turn comes back.
pub(super) struct Reasons;

impl Kind for Reasons {
    type Value = ReturnReasons;

    fn read(&self, sent: &Value) -> Result<Option<ReturnReasons>, Faults> {
        let items = sent.as_array().ok_or(Fault::Type(JsonKind::ListOfStrings))?;
        let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        let names = names.ok_or(Fault::Type(JsonKind::ListOfStrings))?;
        let reasons: Result<Vec<ReturnReason>, _> = names.into_iter().map(str::parse).collect();
        let reasons = reasons.map_err(|_| Fault::NotOneOf(RETURN_REASONS.to_vec()))?;
        Ok(Some(ReturnReasons::new(reasons)))
    }

    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(ReturnReasonName::name())).into()
    }

    fn refer(&self, schemas: &mut Schemas) {
        one_of::<ReturnReason>().refer(schemas);
    }
}

/// The highest value of a priority, as a whole number.
const VALUE_MAX: i64 = PRIORITY_VALUE_MAX / 1_000_000;

request_body! {
    /// Values of leads by priority. One that is absent stays as it is.
    pub struct PriorityValuesBody {
        /// Value of a lead of low priority.
        low: Option<i64> = optional(amount_within(0, VALUE_MAX)),
        /// Value of a lead of medium priority.
        medium: Option<i64> = optional(amount_within(0, VALUE_MAX)),
        /// Value of a lead of high priority.
        high: Option<i64> = optional(amount_within(0, VALUE_MAX)),
        /// Value of an urgent lead.
        urgent: Option<i64> = optional(amount_within(0, VALUE_MAX)),
    }
}

impl PriorityValuesBody {
    pub(super) fn changes(&self) -> Vec<(Priority, i64)> {
        let values = [
            (Priority::Low, self.low),
            (Priority::Medium, self.medium),
            (Priority::High, self.high),
            (Priority::Urgent, self.urgent),
        ];
        values.into_iter().filter_map(|(priority, value)| Some((priority, value?))).collect()
    }
}

request_body! {
    /// Whether a lead goes to whom its contact belongs. A field that is absent stays as it is.
    pub struct StickyBody {
        /// Whether a lead goes to who is responsible for its contact, else to its last holder.
        enabled: Option<bool> = optional(boolean()),
        /// For how many days after it was last theirs a contact belongs to its last holder.
        days: Option<u32> = optional(integer(1..=STICKY_DAYS_MAX)),
        /// What becomes of the lead where they cannot have it now.
        otherwise: Option<StickyOtherwise> = optional(one_of()),
    }
}

impl StickyBody {
    pub(super) const fn changes(&self) -> StickyChanges {
        StickyChanges { enabled: self.enabled, days: self.days, otherwise: self.otherwise }
    }
}

/// Declares a body with the settings of a rotation, after fields of its own.
macro_rules! with_settings {
    (
        $(#[doc = $about:literal])+
        #[example($example:expr)]
        pub struct $name:ident { $($own:tt)* }
    ) => {
        $crate::http::body::request_body! {
            $(#[doc = $about])+
            #[example($example)]
            pub struct $name {
                $($own)*
                /// How it chooses: `turns` by what members are owed (the default), `value` by the value they are owed, `open`
                /// who has the fewest open opportunities, `random` by lot.
                strategy: Option<Strategy> = optional(one_of()),
                /// By what a lead is valued; `score` by default.
                value_by: Option<ValueBy> = optional(one_of()),
                /// Values of priorities, where leads are valued by them; 25, 50, 75 and 100 by default.
                priority_values: Option<PriorityValuesBody> = optional(nested()),
                /// How far below the greatest balance one may be, in leads, and still be chosen for the sake of values; 0.5 by
                /// default.
                slack: Option<i64> = optional(amount_within(0, 1)),
                /// How many leads one may get in a row while others could have had them; 0: any number; 3 by default.
                max_in_a_row: Option<u32> = optional(integer(0..=ROW_MAX)),
                /// Which turns of an absence are made up for: `none` (the default), `all`, or those of so many minutes.
                catch_up: Option<CatchUp> = optional(CatchUpWith),
                /// Whether leads that are assigned by hand count against the turn; false by default.
                count_manual: Option<bool> = optional(boolean()),
                /// For which reasons the turn comes back with a lead that is given back; `invalid`, `duplicate` and
                /// `wrong_skill` by default.
                returned_reasons: Option<ReturnReasons> = optional(Reasons),
                /// Whether a lead goes to whom its contact belongs.
                sticky: Option<StickyBody> = optional(nested()),
            }
        }

        impl $name {
            /// The changes to settings.
            fn settings(&self) -> SettingsChanges {
                SettingsChanges {
                    strategy: self.strategy,
                    value_by: self.value_by,
                    priority_values: self.priority_values.as_ref().map(PriorityValuesBody::changes).unwrap_or_default(),
                    slack: self.slack,
                    max_in_a_row: self.max_in_a_row,
                    catch_up: self.catch_up,
                    count_manual: self.count_manual,
                    returned_reasons: self.returned_reasons.clone(),
                    sticky: self.sticky.as_ref().map(StickyBody::changes).unwrap_or_default(),
                }
            }
        }
    };
}
pub(super) use with_settings;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn catching_up_is_a_name_or_minutes() {
        for (sent, read) in
            [(json!("none"), CatchUp::None), (json!("all"), CatchUp::All), (json!(90), CatchUp::Minutes(90))]
        {
            assert_eq!(CatchUpWith.read(&sent), Ok(Some(read)));
        }
        let range = Fault::Range { min: 1, max: MINUTES_MAX };
        for (sent, fault) in [
            (json!("some"), Fault::NotOneOf(CATCH_UPS.to_vec())),
            (json!(0), range.clone()),
            (json!(MINUTES_MAX + 1), range),
            (json!(1.5), Fault::Type(JsonKind::StringOrInteger)),
            (json!(true), Fault::Type(JsonKind::StringOrInteger)),
        ] {
            assert_eq!(CatchUpWith.read(&sent), Err(fault.into()), "{sent}");
        }
    }

    #[test]
    fn reasons_are_named() {
        assert_eq!(Reasons.read(&json!([])), Ok(Some(ReturnReasons::new(vec![]))));
        let read = Reasons.read(&json!(["other", "invalid"]));
        assert_eq!(read, Ok(Some(ReturnReasons::new(vec![ReturnReason::Invalid, ReturnReason::Other]))));
        assert_eq!(Reasons.read(&json!(["x"])), Err(Fault::NotOneOf(RETURN_REASONS.to_vec()).into()));
        for sent in [json!([1]), json!("invalid")] {
            assert_eq!(Reasons.read(&sent), Err(Fault::Type(JsonKind::ListOfStrings).into()), "{sent}");
        }
    }
}
