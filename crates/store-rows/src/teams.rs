//! How fields of teams and members are stored: time zones by name, hours, days and skills as JSON.

use reparto_domain::{
    RotationId, TeamId, Timestamp,
    dealing::hours::{Hours, Zone},
    teams::{ClosedDays, MemberSettings, NewTeam, Skills, Team, Weight, name_key},
};
use reparto_store::StoreResult;

use crate::{
    json::{from_text, meaningless, to_text},
    kept::Fault,
};

/// The columns of [`TEAM_WRITTEN`](crate::columns::TEAM_WRITTEN) but for the time.
#[derive(Debug)]
pub struct StoredTeam {
    /// The name.
    pub name: String,
    /// The key by which names are unique.
    pub name_key: String,
    /// The name of the time zone.
    pub time_zone: String,
    /// The hours.
    pub hours: Option<String>,
    /// The closed days.
    pub closed_days: String,
    /// Whether it has self-service.
    pub self_service: bool,
    /// How often it was changed.
    pub revision: i64,
}

impl StoredTeam {
    /// Of a team.
    pub fn of(team: &Team) -> StoreResult<Self> {
        Ok(Self {
            name: team.name.clone(),
            name_key: name_key(&team.name),
            time_zone: team.time_zone.name().to_owned(),
            hours: team.hours.as_ref().map(to_text).transpose()?,
            closed_days: to_text(&team.closed_days)?,
            self_service: team.self_service,
            revision: team.revision,
        })
    }
}

/// The team that a command makes.
#[must_use]
pub fn made(new: &NewTeam, at: Timestamp) -> Team {
    Team {
        id: TeamId::new(),
        name: new.name.clone(),
        time_zone: new.time_zone.clone(),
        hours: new.hours.clone(),
        closed_days: new.closed_days.clone(),
        self_service: new.self_service,
        rotation: RotationId::new(),
        members: 0,
        revision: 0,
        created_at: at,
        updated_at: at,
    }
}

/// The columns of a member's settings that are stored as texts.
#[derive(Debug)]
pub struct StoredSettings {
    /// The weight.
    pub weight: i64,
    /// The skills.
    pub skills: String,
    /// The name of the time zone.
    pub time_zone: Option<String>,
    /// The hours.
    pub hours: Option<String>,
}

impl StoredSettings {
    /// Of a member's settings.
    pub fn of(settings: &MemberSettings) -> StoreResult<Self> {
        Ok(Self {
            weight: settings.weight.into(),
            skills: to_text(&settings.skills)?,
            time_zone: settings.time_zone.as_ref().map(|zone| zone.name().to_owned()),
            hours: settings.hours.as_ref().map(to_text).transpose()?,
        })
    }
}

/// A stored time zone.
pub fn zone(name: &str) -> StoreResult<Zone> {
    name.parse().map_err(|_| meaningless("time zone"))
}

/// Stored hours.
pub fn hours(text: &str) -> StoreResult<Hours> {
    from_text(text, "text of hours")
}

/// Stored closed days.
pub fn closed_days(text: &str) -> StoreResult<ClosedDays> {
    from_text(text, "list of days")
}

/// Stored skills.
pub fn skills(text: &str) -> StoreResult<Skills> {
    from_text(text, "list of skills")
}

/// A stored weight.
pub fn weight(number: i64) -> StoreResult<Weight> {
    Weight::try_from(number).map_err(|_| meaningless("weight"))
}

/// The invariant that what is stored of teams and members can be read.
const READABLE: &str = "team_readable";

/// What cannot be read of a team: its time zone, hours and closed days.
pub fn team_fault(id: TeamId, zone: &str, hours: Option<&str>, days: &str) -> Fault {
    let read = self::zone(zone).map(drop);
    let read = read.and(hours.map_or(Ok(()), |text| self::hours(text).map(drop)));
    let read = read.and(closed_days(days).map(drop));
    read.err().map(|error| (READABLE, format!("team {id}: {error}")))
}

/// What cannot be read of a member: skills, time zone and hours.
pub fn member_fault((team, user): (i64, i64), skills: &str, zone: Option<&str>, hours: Option<&str>) -> Fault {
    let read = self::skills(skills).map(drop);
    let read = read.and(zone.map_or(Ok(()), |name| self::zone(name).map(drop)));
    let read = read.and(hours.map_or(Ok(()), |text| self::hours(text).map(drop)));
    read.err().map(|error| (READABLE, format!("user {user} as member of team {team}: {error}")))
}

#[cfg(test)]
mod tests {
    use reparto_domain::dealing::hours::Shift;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let shift = Shift::new(vec![1, 5], "22:00".parse().unwrap(), "06:00".parse().unwrap()).unwrap();
        let new = NewTeam {
            name: "Málaga".into(),
            time_zone: "Europe/Madrid".parse().unwrap(),
            hours: Some(Hours::new(vec![shift]).unwrap()),
            closed_days: ClosedDays::new(vec![ClosedDays::parse("2026-12-25").unwrap()]).unwrap(),
            self_service: true,
        };
        let team = made(&new, Timestamp::default());
        let stored = StoredTeam::of(&team).unwrap();
        assert_eq!((stored.name_key.as_str(), stored.time_zone.as_str()), ("malaga", "Europe/Madrid"));
        assert_eq!(stored.hours.as_deref(), Some(r#"[{"days":[1,5],"from":"22:00","to":"06:00"}]"#));
        assert_eq!(hours(stored.hours.as_deref().unwrap()).ok(), team.hours);
        assert_eq!(closed_days(&stored.closed_days).ok(), Some(team.closed_days));
        assert_eq!(zone(&stored.time_zone).ok(), Some(team.time_zone));
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        assert!(zone("Europe/Atlantis").is_err() && hours("[").is_err() && closed_days(r#"["x"]"#).is_err());
        assert!(skills("{}").is_err() && weight(0).is_err());
    }
}
