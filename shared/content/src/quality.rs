//! Seven scores: by fixed formulas, `pattern` (`formulas`); by a model that judges, `model`; or by both, `hybrid`.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

galley_api::rule::bounded_number! {
    Score: u8, 0..=100, "must be 0 to 100"
}

impl Score {
    pub const fn clamped(value: u8) -> Self {
        Self(if value > Self::MAX { Self::MAX } else { value })
    }

    pub const fn value(self) -> u8 {
        self.0
    }

    /// The whole number nearest to `value`, if that is a score.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0..=100")]
    pub fn rounded(value: f64) -> Option<Self> {
        (0.0..=100.0).contains(&value).then(|| Self(value.round() as u8))
    }

    /// The mean of two, rounded up.
    const fn mean(self, other: Self) -> Self {
        Self((self.0 + other.0).div_ceil(2))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100 before")]
    pub(super) fn of(value: f64) -> Self {
        Self(value.clamp(0.0, 100.0).round() as u8)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Quality {
    pub clarity: Score,
    pub accuracy: Score,
    pub completeness: Score,
    pub relevance: Score,
    pub seo_quality: Score,
    /// Null: no formula holds for the language, and no model judged it. Then it does not count.
    pub readability: Option<Score>,
    pub engagement: Score,
}

/// People's texts have a clarity of 63 and more, by the formulas.
const MOST_OVER_CLARITY: f64 = 30.0;

impl Quality {
    /// The mean, completeness and relevance counting twice: a fluent text about something else is no draft. What nobody can follow is
    /// none either, however complete: the score is at most so far over that for clarity.
    pub fn overall(&self) -> Score {
        let once = [self.clarity, self.accuracy, self.seo_quality, self.engagement];
        let once = once.into_iter().chain(self.readability).map(|score| (score, 1.0));
        let twice = [self.completeness, self.relevance].map(|score| (score, 2.0));
        let (sum, weight) = once
            .chain(twice)
            .fold((0.0, 0.0), |(sum, all), (score, weight)| (sum + f64::from(score.0) * weight, all + weight));
        Score::of((sum / weight).min(f64::from(self.clarity.0) + MOST_OVER_CLARITY))
    }

    /// What formulas and a model say together: the mean of both, but whether something is true no formula knows.
    #[must_use]
    pub const fn with_judgement(&self, judged: &Self) -> Self {
        Self {
            clarity: self.clarity.mean(judged.clarity),
            accuracy: judged.accuracy,
            completeness: self.completeness.mean(judged.completeness),
            relevance: self.relevance.mean(judged.relevance),
            seo_quality: self.seo_quality.mean(judged.seo_quality),
            readability: match (self.readability, judged.readability) {
                (Some(own), Some(judged)) => Some(own.mean(judged)),
                (own, None) => own,
                (None, judged) => judged,
            },
            engagement: self.engagement.mean(judged.engagement),
        }
    }
}

/// How scores came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    #[default]
    Pattern,
    Model,
    Hybrid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub quality: Quality,
    /// What an editor could mend, the weightiest first.
    pub suggestions: Vec<String>,
    #[serde(default)]
    pub method: Method,
    /// The model that judged, and what it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
}

/// A model's scores, before formulas were taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judge {
    pub model: String,
    pub scores: Judged,
}

/// What a model said of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    #[serde(flatten)]
    pub quality: Judged,
    #[serde(deserialize_with = "points")]
    pub critique: Vec<String>,
}

/// The scores that a model gave. One that it did not give, or that is no number, is left to the formulas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Judged {
    #[serde(deserialize_with = "given")]
    pub clarity: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub accuracy: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub completeness: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub relevance: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub seo_quality: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub readability: Option<Score>,
    #[serde(deserialize_with = "given")]
    pub engagement: Option<Score>,
}

/// A model writes a score as a number with or without a fraction, or as a string. One beyond the scale is of another scale.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Score>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    let score = number.filter(|score| (0.0..=100.0).contains(score)).map(Score::of);
    score.map(Some).ok_or_else(|| D::Error::custom(Score::RULE))
}

/// The words of a list; what else is in it says nothing.
fn points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let list = Vec::<Value>::deserialize(deserializer)?;
    Ok(list.into_iter().filter_map(|point| point.as_str().map(str::to_owned)).collect())
}

impl Judged {
    /// Whether more scores are given than are left out.
    pub fn is_most(&self) -> bool {
        let all = [self.clarity, self.accuracy, self.completeness, self.relevance, self.seo_quality];
        let all = all.into_iter().chain([self.readability, self.engagement]);
        all.flatten().count() >= 4
    }

    fn over(&self, formulas: &Quality) -> Quality {
        Quality {
            clarity: self.clarity.unwrap_or(formulas.clarity),
            accuracy: self.accuracy.unwrap_or(formulas.accuracy),
            completeness: self.completeness.unwrap_or(formulas.completeness),
            relevance: self.relevance.unwrap_or(formulas.relevance),
            seo_quality: self.seo_quality.unwrap_or(formulas.seo_quality),
            readability: self.readability.or(formulas.readability),
            engagement: self.engagement.unwrap_or(formulas.engagement),
        }
    }
}

impl Assessment {
    /// With the judgement of `model` taken in, by `method`.
    #[must_use]
    pub fn judged(self, model: &str, judgement: &Judgement, method: Method) -> Self {
        let judged = judgement.quality.over(&self.quality);
        let quality = match method {
            Method::Pattern => return self,
            Method::Model => judged,
            Method::Hybrid => self.quality.with_judgement(&judged),
        };
        let suggestions = judgement.critique.iter().cloned().chain(self.suggestions).collect();
        let judge = Some(Judge { model: model.to_owned(), scores: judgement.quality.clone() });
        Self { quality, suggestions, method, judge }
    }
}

/// What is under a tenant's bar is not published without an override.
pub const DEFAULT_QUALITY_BAR: u8 = 70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_alone_knows_what_is_true_and_the_rest_is_the_mean() {
        let all = |score| {
            let s = Score::clamped(score);
            Quality {
                clarity: s,
                accuracy: s,
                completeness: s,
                relevance: s,
                seo_quality: s,
                readability: Some(s),
                engagement: s,
            }
        };
        let s = Some(Score::clamped(40));
        let judged = Judged {
            clarity: s,
            accuracy: s,
            completeness: s,
            relevance: s,
            seo_quality: s,
            readability: s,
            engagement: s,
        };
        let judgement = Judgement { quality: judged.clone(), critique: vec!["Say who measured that.".to_owned()] };
        let pattern =
            Assessment { quality: all(80), suggestions: vec!["b".to_owned()], method: Method::Pattern, judge: None };
        let hybrid = pattern.clone().judged("a/judge", &judgement, Method::Hybrid);
        assert_eq!((hybrid.quality.accuracy.value(), hybrid.quality.clarity.value()), (40, 60));
        assert_eq!(hybrid.suggestions, ["Say who measured that.", "b"]);
        assert_eq!(pattern.clone().judged("a/judge", &judgement, Method::Model).quality, all(40));
        assert_eq!(pattern.clone().judged("a/judge", &judgement, Method::Pattern), pattern);
        let without = Judgement { quality: Judged { clarity: None, ..judged }, critique: Vec::new() };
        let model = pattern.judged("a/judge", &without, Method::Model).quality;
        assert_eq!((model.clarity.value(), model.accuracy.value()), (80, 40), "the formula's stands");
    }

    #[test]
    fn a_score_that_nothing_gave_does_not_count() {
        let score = Score::clamped;
        let without = Quality {
            clarity: score(80),
            accuracy: score(80),
            completeness: score(80),
            relevance: score(80),
            seo_quality: score(80),
            readability: None,
            engagement: score(80),
        };
        assert_eq!(without.overall(), score(80));
        assert_eq!(Quality { readability: Some(score(0)), ..without.clone() }.overall(), score(71));
        let judged = Quality { readability: Some(score(60)), ..without.clone() };
        assert_eq!(without.with_judgement(&judged).readability, Some(score(60)), "the model's alone");
        let old: Quality = serde_json::from_value(serde_json::json!({"clarity": 1, "accuracy": 1, "completeness": 1,
            "relevance": 1, "seo_quality": 1, "readability": 50, "engagement": 1}))
        .unwrap();
        assert_eq!(old.readability, Some(score(50)));
    }
}
