//! A rotation with its members, as it is shown.

use reparto_domain::{
    Timestamp, UserId,
    dealing::ledger::Account,
    rotations::{RotationMember, RotationReading},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{amounts::amount, present::RotationView};
use crate::http::{Language, dealing::ReasonView, samples};

/// What a rotation knows of a member. Numbers are leads, with up to six decimals; `due` = `got` + `owed`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationMember)]
pub struct RotationMemberView {
    /// Id of the user.
    #[schema(value_type = Uuid)]
    pub user_id: UserId,
    /// Name of the user; "Persona borrada" or "Erased person" where the user was erased.
    #[schema(example = "Ana García")]
    pub name: String,
    /// How much of the work the member gets, compared with the others.
    #[schema(minimum = 1, maximum = 10000, example = 100)]
    pub weight: u16,
    /// How many leads the member is owed; negative: has had more than the share. Those of all members add up to 0.
    #[schema(example = 0.25)]
    pub owed: f64,
    /// How many leads were due to the member.
    #[schema(example = 12.25)]
    pub due: f64,
    /// How many leads the rotation dealt to the member.
    #[schema(example = 12.0)]
    pub got: f64,
    /// What value was due to the member.
    #[schema(example = 640.5)]
    pub value_due: f64,
    /// What value the rotation dealt to the member.
    #[schema(example = 655.0)]
    pub value_got: f64,
    /// How many leads the member received on the local day, in whichever way.
    pub received_today: u64,
    /// How many more the daily quota allows; null: any number.
    pub quota_left: Option<u32>,
    /// How many open opportunities the member holds: `assigned` or `contacted`.
    pub open: u64,
    /// Whether the member could be given a lead now.
    pub eligible: bool,
    /// Everything that stands against it.
    pub reasons: Vec<ReasonView>,
    /// When all of that has ended by itself; null: nothing stands against it, or something does not end by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
}

impl RotationMemberView {
    fn new(member: &RotationMember, language: Language) -> Self {
        let Account { balance, value_balance, dealt, dealt_value, .. } = member.account;
        let got = dealt.saturating_mul(1_000_000);
        Self {
            user_id: member.user,
            name: language.name(member.name.clone()),
            weight: member.weight.get(),
            owed: amount(balance),
            due: amount(got.saturating_add(balance)),
            got: amount(got),
            value_due: amount(dealt_value.saturating_add(value_balance)),
            value_got: amount(dealt_value),
            received_today: member.received_today,
            quota_left: member.quota_left,
            open: member.open,
            eligible: member.is_eligible(),
            reasons: ReasonView::against(&member.obstacles, language),
            next_at: member.next_at(),
        }
    }

    fn sample() -> Self {
        Self {
            user_id: UserId::from_uuid(samples::id(samples::AGENT)),
            name: "Ana García".into(),
            weight: 100,
            owed: 0.25,
            due: 12.25,
            got: 12.0,
            value_due: 640.5,
            value_got: 655.0,
            received_today: 10,
            quota_left: Some(0),
            open: 31,
            eligible: false,
            reasons: ReasonView::samples(),
            next_at: Some(samples::AT),
        }
    }
}

/// A rotation with its members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationDetail)]
pub struct RotationDetail {
    /// The rotation itself.
    #[serde(flatten)]
    pub rotation: RotationView,
    /// The members by their places; for those who are no administrators, their own line alone.
    pub members: Vec<RotationMemberView>,
}

impl RotationDetail {
    /// A rotation, as it was read.
    pub fn new(reading: &RotationReading, language: Language) -> Self {
        let members = reading.members.iter().map(|member| RotationMemberView::new(member, language)).collect();
        Self { rotation: RotationView::from(&reading.rotation), members }
    }

    /// One to show in the API document.
    pub fn sample() -> Self {
        Self { rotation: RotationView::sample(), members: vec![RotationMemberView::sample()] }
    }
}
