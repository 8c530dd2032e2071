//! Roles, and what each may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The role of a user. Written in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything; only superusers create, appoint or change superusers.
    Superuser,
    /// Manages users and assignments and reads the audit log.
    Admin,
    /// Works opportunities.
    Lawyer,
    /// Works opportunities.
    Agent,
    /// Has an account, but no rights under `/crm`.
    User,
}

impl Role {
    /// Every role, most powerful first.
    pub const ALL: [Self; 5] = [Self::Superuser, Self::Admin, Self::Lawyer, Self::Agent, Self::User];

    /// The name used in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Superuser => "superuser",
            Self::Admin => "admin",
            Self::Lawyer => "lawyer",
            Self::Agent => "agent",
            Self::User => "user",
        }
    }

    /// Whether somebody of this role may create, appoint or change a user of the other one, as far as superusers are
    /// concerned: only they do that to each other.
    pub const fn may_manage(self, other: Self) -> bool {
        matches!(self, Self::Superuser) || !matches!(other, Self::Superuser)
    }

    /// Administrators are `admin` and `superuser`.
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::Superuser | Self::Admin)
    }

    /// Staff are agents, lawyers and administrators.
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::User)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a valid value of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known values")]
pub struct UnknownValue;

impl FromStr for Role {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownValue)
    }
}

/// The roles that may hold opportunities, in display order. A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Builds the list; duplicates are dropped.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Self {
        let mut distinct = Vec::new();
        for role in roles {
            if !distinct.contains(&role) {
                distinct.push(role);
            }
        }
        Self(distinct)
    }

    /// Whether it contains the role.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles, in order.
    pub fn as_slice(&self) -> &[Role] {
        &self.0
    }
}

impl Default for Roles {
    /// `agent`, `lawyer`, `admin`.
    fn default() -> Self {
        Self(vec![Role::Agent, Role::Lawyer, Role::Admin])
    }
}

impl fmt::Display for Roles {
    /// `agent, lawyer, admin`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, role) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(role.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Roles {
    type Err = UnknownValue;

    /// Parses a comma-separated list.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        let roles: Vec<Role> =
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        if roles.is_empty() { Err(UnknownValue) } else { Ok(Self::new(roles)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_and_superuser_administer_all_but_user_are_staff() {
        let administrators: Vec<Role> = Role::ALL.into_iter().filter(|role| role.is_administrator()).collect();
        assert_eq!(administrators, [Role::Superuser, Role::Admin]);
        let others: Vec<Role> = Role::ALL.into_iter().filter(|role| !role.is_staff()).collect();
        assert_eq!(others, [Role::User]);
    }

    #[test]
    fn only_superusers_manage_superusers() {
        assert!(Role::Superuser.may_manage(Role::Superuser) && Role::Superuser.may_manage(Role::Agent));
        assert!(Role::Admin.may_manage(Role::Admin) && !Role::Admin.may_manage(Role::Superuser));
    }

    #[test]
    fn a_superuser_is_not_assignable_by_default() {
        assert!(!Roles::default().contains(Role::Superuser));
        assert_eq!(Roles::default().to_string(), "agent, lawyer, admin");
        assert_eq!("agent, lawyer,admin".parse(), Ok(Roles::default()));
    }
}
