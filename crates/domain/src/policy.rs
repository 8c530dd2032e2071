//! The settings of a deployment that decide what people may do.

use std::str::FromStr;

use crate::{Refusal, Roles, contacts::AgentsSee, roles::UnknownValue};

/// What happens when agents or lawyers take more opportunities in a day than their daily quota: a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SelfAssign {
    /// They get them, and are told.
    #[default]
    Tell,
    /// They are refused.
    Refuse,
}

impl SelfAssign {
    /// Decides on an opportunity that somebody takes, which is one of those that they received that day. Returns the
    /// quota if it is exceeded and they are to be told.
    pub fn decide(self, received: i64, quota: i64) -> Result<Option<i64>, Refusal> {
        match self {
            _ if received <= quota => Ok(None),
            Self::Tell => Ok(Some(quota)),
            Self::Refuse => Err(Refusal::DailyQuotaReached { quota }),
        }
    }
}

impl FromStr for SelfAssign {
    type Err = UnknownValue;

    /// Parses `tell` or `refuse`.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "tell" => Ok(Self::Tell),
            "refuse" => Ok(Self::Refuse),
            _ => Err(UnknownValue),
        }
    }
}

/// The settings of a deployment that decide what people may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The roles that may hold opportunities.
    pub assignable: Roles,
    /// Which contacts agents and lawyers may read.
    pub agents_see: AgentsSee,
    /// What happens when they take more than their daily quota.
    pub self_assign: SelfAssign,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_itself_may_be_taken() {
        for setting in [SelfAssign::Tell, SelfAssign::Refuse] {
            assert_eq!((setting.decide(9, 10), setting.decide(10, 10)), (Ok(None), Ok(None)));
        }
        assert_eq!(SelfAssign::Tell.decide(11, 10), Ok(Some(10)));
        assert_eq!(SelfAssign::Refuse.decide(1, 0), Err(Refusal::DailyQuotaReached { quota: 0 }));
        assert_eq!(("tell".parse(), "refuse".parse()), (Ok(SelfAssign::Tell), Ok(SelfAssign::Refuse)));
        assert_eq!("".parse::<SelfAssign>(), Err(UnknownValue));
    }
}
