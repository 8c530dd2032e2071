//! What members can do that not all can.

use serde::{Deserialize, Serialize};

use crate::text::tidy;

/// A skill, such as `lang:ar`: any short text, in lower case, so that it is the same in any spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skill(String);

impl Skill {
    /// The longest skill, in characters.
    pub const MAX: usize = 100;

    /// Tidies a text; `None` if there is nothing to see in it, or it is too long.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = tidy(text)?.to_lowercase();
        (text.chars().count() <= Self::MAX && !text.contains('\0')).then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The skills of a member, each once, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skills(Vec<Skill>);

impl Skills {
    /// The maximum number of skills.
    pub const MAX: usize = 50;

    /// These skills; one that is given twice counts once. `None` if there are more than [`Skills::MAX`].
    #[must_use]
    pub fn new(skills: impl IntoIterator<Item = Skill>) -> Option<Self> {
        let mut distinct = Vec::new();
        for skill in skills {
            if !distinct.contains(&skill) {
                distinct.push(skill);
            }
        }
        (distinct.len() <= Self::MAX).then_some(Self(distinct))
    }

    /// The skills.
    #[must_use]
    pub fn as_slice(&self) -> &[Skill] {
        &self.0
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn include(&self, needed: &[Skill]) -> bool {
        needed.iter().all(|skill| self.0.contains(skill))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skills(texts: &[&str]) -> Skills {
        Skills::new(texts.iter().filter_map(|text| Skill::new(text))).unwrap()
    }

    #[test]
    fn a_skill_is_the_same_in_any_case() {
        assert_eq!(skills(&[" Lang:AR ", "civil", "lang:ar"]), skills(&["lang:ar", "civil"]));
        assert_eq!(Skill::new(" \u{200b}"), None);
        assert_eq!(Skill::new(&"x".repeat(Skill::MAX + 1)), None);
    }

    #[test]
    fn all_needed_skills_must_be_there() {
        let own = skills(&["lang:ar", "civil"]);
        assert!(own.include(&[]) && own.include(skills(&["CIVIL"]).as_slice()));
        assert!(!own.include(skills(&["civil", "lang:en"]).as_slice()));
    }

    #[test]
    fn the_number_of_skills_is_limited() {
        let many = |count: usize| Skills::new((0..count).filter_map(|number| Skill::new(&number.to_string())));
        assert!(many(Skills::MAX).is_some() && many(Skills::MAX + 1).is_none());
    }
}
