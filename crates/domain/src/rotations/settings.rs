//! How a rotation deals.

use serde::{Deserialize, Serialize};

use crate::{
    Priority, Score, Timestamp,
    dealing::{
        balances::ONE_LEAD,
        choice::{ChoiceRules, Strategy},
    },
    values::named_values,
};

/// The highest value of a priority, in millionths.
pub const PRIORITY_VALUE_MAX: i64 = 1_000_000 * ONE_LEAD;

/// The highest number of leads in a row that can be set.
pub const ROW_MAX: i64 = 1_000;

/// The most minutes of an absence that can be made up for: a year.
pub const MINUTES_MAX: i64 = 366 * 24 * 60;

/// The most days for which a contact goes to its last holder.
pub const STICKY_DAYS_MAX: i64 = 3_650;

named_values! {
    /// By what a lead is valued.
    ValueBy {
        /// By its score.
        Score = 0 "score",
        /// By its priority, each of which has a value.
        Priority = 1 "priority",
        /// All leads are worth the same.
        None = 2 "none",
    }
}

named_values! {
    /// Why somebody gives a lead back.
    ReturnReason {
        /// It is none: a wrong number, a joke.
        Invalid = 0 "invalid",
        /// Somebody else works it already.
        Duplicate = 1 "duplicate",
        /// It needs what the holder cannot do.
        WrongSkill = 2 "wrong_skill",
        /// Nobody answers.
        Unreachable = 3 "unreachable",
        /// Anything else.
        Other = 4 "other",
    }
}

named_values! {
    /// What becomes of a lead whose contact belongs to somebody who cannot have it now.
    StickyOtherwise {
        /// It is dealt like any other.
        Deal = 0 "deal",
        /// It waits.
        Wait = 1 "wait",
    }
}

/// The value of a lead of each priority, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriorityValues {
    /// Of a low one.
    pub low: i64,
    /// Of a medium one.
    pub medium: i64,
    /// Of a high one.
    pub high: i64,
    /// Of an urgent one.
    pub urgent: i64,
}

impl Default for PriorityValues {
    /// On the scale of scores.
    fn default() -> Self {
        let [low, medium, high, urgent] = [25, 50, 75, 100].map(|value| value * ONE_LEAD);
        Self { low, medium, high, urgent }
    }
}

impl PriorityValues {
    /// The value of a lead with this priority.
    pub const fn of(&self, priority: Priority) -> i64 {
        match priority {
            Priority::Low => self.low,
            Priority::Medium => self.medium,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        }
    }
}

/// Which turns of an absence are made up for on the return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// None: nothing is owed for an absence.
    #[default]
    None,
    /// All.
    All,
    /// Those of so many minutes at most.
    Minutes(u32),
}

/// For which reasons a turn comes back with a lead that is given back: each once, in the order of
/// [`ReturnReason::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnReasons(Vec<ReturnReason>);

impl ReturnReasons {
    /// These reasons. Their order and repeated ones do not matter.
    #[must_use]
    pub fn new(mut reasons: Vec<ReturnReason>) -> Self {
        reasons.sort_unstable();
        reasons.dedup();
        Self(reasons)
    }

    /// The reasons.
    #[must_use]
    pub fn as_slice(&self) -> &[ReturnReason] {
        &self.0
    }
}

impl Default for ReturnReasons {
    fn default() -> Self {
        Self(vec![ReturnReason::Invalid, ReturnReason::Duplicate, ReturnReason::WrongSkill])
    }
}

/// Whether a lead goes to whom its contact belongs: the one who is responsible for it, else the last holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sticky {
    /// Whether it does.
    pub enabled: bool,
    /// For how many days after it was last theirs a contact belongs to its last holder.
    pub days: u32,
    /// What becomes of the lead where they cannot have it now.
    pub otherwise: StickyOtherwise,
}

impl Default for Sticky {
    fn default() -> Self {
        Self { enabled: false, days: 180, otherwise: StickyOtherwise::Deal }
    }
}

impl Sticky {
    /// Since when somebody must have held an opportunity for its contact to belong to them.
    #[must_use]
    pub fn since(&self, at: Timestamp) -> Timestamp {
        at.plus_seconds(-24 * 60 * 60 * i64::from(self.days))
    }
}

/// How a rotation deals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RotationSettings {
    /// How it chooses.
    pub strategy: Strategy,
    /// By what a lead is valued.
    pub value_by: ValueBy,
    /// The values of priorities.
    pub priority_values: PriorityValues,
    /// How far below the greatest balance one may be and still be chosen for the sake of values, in millionths of a lead.
    pub slack: i64,
    /// How many leads one may get in a row while others could have had them; 0: any number.
    pub max_in_a_row: u32,
    /// Which turns of an absence are made up for.
    pub catch_up: CatchUp,
    /// Whether leads that were assigned by hand count against the turn.
    pub count_manual: bool,
    /// For which reasons the turn comes back with a lead that is given back.
    pub returned_reasons: ReturnReasons,
    /// Whether a lead goes to whom its contact belongs.
    pub sticky: Sticky,
}

impl Default for RotationSettings {
    fn default() -> Self {
        let ChoiceRules { strategy, slack, max_in_a_row } = ChoiceRules::default();
        Self {
            strategy,
            value_by: ValueBy::Score,
            priority_values: PriorityValues::default(),
            slack,
            max_in_a_row,
            catch_up: CatchUp::None,
            count_manual: false,
            returned_reasons: ReturnReasons::default(),
            sticky: Sticky::default(),
        }
    }
}

impl RotationSettings {
    /// What the choice follows.
    pub const fn choice(&self) -> ChoiceRules {
        ChoiceRules { strategy: self.strategy, slack: self.slack, max_in_a_row: self.max_in_a_row }
    }

    /// The value of a lead, in millionths.
    pub fn value(&self, score: Score, priority: Priority) -> i64 {
        match self.value_by {
            ValueBy::Score => score.get() * ONE_LEAD,
            ValueBy::Priority => self.priority_values.of(priority),
            ValueBy::None => 0,
        }
    }
}

/// Changes to settings of [`Sticky`]; `None` leaves a field unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StickyChanges {
    /// Whether a lead goes to whom its contact belongs.
    pub enabled: Option<bool>,
    /// For how many days.
    pub days: Option<u32>,
    /// What becomes of the lead otherwise.
    pub otherwise: Option<StickyOtherwise>,
}

/// Changes to the settings of a rotation; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChanges {
    /// How it chooses.
    pub strategy: Option<Strategy>,
    /// By what a lead is valued.
    pub value_by: Option<ValueBy>,
    /// The values of some priorities.
    pub priority_values: Vec<(Priority, i64)>,
    /// The slack, in millionths of a lead.
    pub slack: Option<i64>,
    /// How many leads in a row.
    pub max_in_a_row: Option<u32>,
    /// Which turns of an absence are made up for.
    pub catch_up: Option<CatchUp>,
    /// Whether leads that were assigned by hand count.
    pub count_manual: Option<bool>,
    /// For which reasons the turn comes back.
    pub returned_reasons: Option<ReturnReasons>,
    /// Whether a lead goes to whom its contact belongs.
    pub sticky: StickyChanges,
}

impl SettingsChanges {
    /// The settings with these changes.
    #[must_use]
    pub fn apply(&self, before: &RotationSettings) -> RotationSettings {
        let mut values = before.priority_values;
        for (priority, value) in &self.priority_values {
            match priority {
                Priority::Low => values.low = *value,
                Priority::Medium => values.medium = *value,
                Priority::High => values.high = *value,
                Priority::Urgent => values.urgent = *value,
            }
        }
        RotationSettings {
            strategy: self.strategy.unwrap_or(before.strategy),
            value_by: self.value_by.unwrap_or(before.value_by),
            priority_values: values,
            slack: self.slack.unwrap_or(before.slack),
            max_in_a_row: self.max_in_a_row.unwrap_or(before.max_in_a_row),
            catch_up: self.catch_up.unwrap_or(before.catch_up),
            count_manual: self.count_manual.unwrap_or(before.count_manual),
            returned_reasons: self.returned_reasons.clone().unwrap_or_else(|| before.returned_reasons.clone()),
            sticky: Sticky {
                enabled: self.sticky.enabled.unwrap_or(before.sticky.enabled),
                days: self.sticky.days.unwrap_or(before.sticky.days),
                otherwise: self.sticky.otherwise.unwrap_or(before.sticky.otherwise),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_from_stored_settings_is_the_default() {
        assert_eq!(serde_json::from_str::<RotationSettings>("{}").unwrap(), RotationSettings::default());
        let changes = SettingsChanges {
            strategy: Some(Strategy::Value),
            value_by: Some(ValueBy::Priority),
            priority_values: vec![(Priority::Urgent, 7)],
            slack: Some(0),
            max_in_a_row: Some(9),
            catch_up: Some(CatchUp::Minutes(90)),
            count_manual: Some(true),
            returned_reasons: Some(ReturnReasons::new(vec![
                ReturnReason::Other,
                ReturnReason::Invalid,
                ReturnReason::Other,
            ])),
            sticky: StickyChanges { enabled: Some(true), days: None, otherwise: Some(StickyOtherwise::Wait) },
        };
        let after = changes.apply(&RotationSettings::default());
        assert_eq!(after.returned_reasons.as_slice(), [ReturnReason::Invalid, ReturnReason::Other]);
        assert_eq!((after.sticky.days, after.priority_values.high), (180, 75 * ONE_LEAD));
        let text = serde_json::to_string(&after).unwrap();
        assert_eq!(serde_json::from_str::<RotationSettings>(&text).unwrap(), after);
        assert_eq!(SettingsChanges::default().apply(&after), after);
    }

    #[test]
    fn a_lead_is_worth_its_score_or_its_priority_or_nothing() {
        let by = |value_by| RotationSettings { value_by, ..RotationSettings::default() };
        let score = Score::new(83).unwrap();
        assert_eq!(by(ValueBy::Score).value(score, Priority::Low), 83 * ONE_LEAD);
        assert_eq!(by(ValueBy::Priority).value(score, Priority::High), 75 * ONE_LEAD);
        assert_eq!(by(ValueBy::None).value(score, Priority::Urgent), 0);
    }
}
