//! What each type of content goes through, as data: what is searched for, whether it is planned first, how it is judged
//! and how often it may be refined.

use crate::{
    content::{kind::TaskType, quality::Method, shape::Shape},
    models::phase::QualityPreference,
    tenancy::settings::Policy,
};

/// What a search looks through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Search {
    Web,
    News,
}

impl Search {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "search",
            Self::News => "news",
        }
    }
}

/// Who does a step that a formula can do too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Model,
    Formula,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub searches: &'static [Search],
    /// A model plans the text before one writes it; there is no formula for that.
    pub plan: bool,
    pub method: Method,
    pub refinements: u8,
    /// Title, description, keywords and excerpt.
    pub display: By,
    pub shape: Shape,
}

impl Recipe {
    /// `fast` is one call where the draft is good at once; `quality` spares none.
    pub const fn of(task_type: TaskType, preference: QualityPreference) -> Self {
        let (searches, is_long): (&'static [Search], bool) = match task_type {
            TaskType::BlogPost => (&[Search::Web, Search::News], true),
            TaskType::Newsletter => (&[Search::News, Search::Web], true),
            TaskType::SocialMedia => (&[Search::News], false),
            TaskType::Email => (&[], false),
        };
        let shape = Shape::of(task_type);
        match preference {
            QualityPreference::Fast => {
                Self { searches, plan: false, method: Method::Pattern, refinements: 1, display: By::Formula, shape }
            }
            QualityPreference::Balanced | QualityPreference::Quality => Self {
                searches,
                plan: is_long,
                method: Method::Hybrid,
                refinements: if matches!(preference, QualityPreference::Quality) { 3 } else { 2 },
                display: if is_long { By::Model } else { By::Formula },
                shape,
            },
        }
    }
}

impl Recipe {
    /// Who is to judge a draft: a tenant's own word counts more than what is usual.
    pub fn judged_by(&self, policy: Policy) -> Method {
        policy.assessment.unwrap_or(self.method)
    }
}

/// What a model is told of a type's form.
pub(super) const fn prompt(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::BlogPost => include_str!("../../prompts/blog_post.1.md"),
        TaskType::SocialMedia => include_str!("../../prompts/social_media.1.md"),
        TaskType::Email => include_str!("../../prompts/email.1.md"),
        TaskType::Newsletter => include_str!("../../prompts/newsletter.1.md"),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// As in `prompts`: checkpoints are kept under the version of the words. A new type changes the hash alone.
    #[test]
    fn other_words_of_a_type_have_another_version() {
        let all: String = TaskType::ALL.iter().map(|one| prompt(*one)).collect();
        assert_eq!(
            (super::super::prompts::VERSION, hex::encode(&Sha256::digest(all)[..4])),
            (2, "07ef8e85".to_owned())
        );
    }
}
