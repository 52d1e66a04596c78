//! Seven scores. By fixed formulas, `pattern`: no model, no chance, the same text always the same numbers; they measure
//! form, not truth, and what a formula cannot know is left at a neutral base. By a model that judges, `model`. Or by
//! both, `hybrid`.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use crate::content::{clean::CleanHtml, shape::Shape, text};

/// 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 0 to 100")]
pub struct InvalidScore;

impl TryFrom<u8> for Score {
    type Error = InvalidScore;
    fn try_from(value: u8) -> Result<Self, InvalidScore> {
        if value <= Self::MOST { Ok(Self(value)) } else { Err(InvalidScore) }
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> u8 {
        score.0
    }
}

galley_api::schema::scalar!(Score, galley_api::schema::whole().minimum(Some(0)).maximum(Some(Score::MOST)));

impl Score {
    pub const MOST: u8 = 100;

    pub const fn clamped(value: u8) -> Self {
        Self(if value > Self::MOST { Self::MOST } else { value })
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
    fn of(value: f64) -> Self {
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
    pub readability: Score,
    pub engagement: Score,
}

impl Quality {
    /// The mean, completeness and relevance counting twice: a fluent text about something else is no draft.
    pub fn overall(&self) -> Score {
        let once = [self.clarity, self.accuracy, self.seo_quality, self.readability, self.engagement];
        let twice = [self.completeness, self.relevance];
        let sum: f64 = once.iter().map(|score| f64::from(score.0)).sum::<f64>()
            + twice.iter().map(|score| f64::from(score.0) * 2.0).sum::<f64>();
        Score::of(sum / 9.0)
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
            readability: self.readability.mean(judged.readability),
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
    score.map(Some).ok_or_else(|| D::Error::custom(InvalidScore))
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
            readability: self.readability.unwrap_or(formulas.readability),
            engagement: self.engagement.unwrap_or(formulas.engagement),
        }
    }
}

impl Assessment {
    /// With a model's judgement taken in, by `method`.
    #[must_use]
    pub fn judged(self, judgement: &Judgement, method: Method) -> Self {
        let judged = judgement.quality.over(&self.quality);
        let quality = match method {
            Method::Pattern => return self,
            Method::Model => judged,
            Method::Hybrid => self.quality.with_judgement(&judged),
        };
        let suggestions = judgement.critique.iter().cloned().chain(self.suggestions).collect();
        Self { quality, suggestions, method }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct AssessInput<'a> {
    pub html: &'a CleanHtml,
    pub title: &'a str,
    pub topic: &'a str,
    pub keyword: Option<&'a str>,
    pub target_length: u32,
    pub shape: Shape,
}

/// What the formulas read off a text.
struct Measures {
    words: f64,
    sentence_words: f64,
    long_sentences: f64,
    flesch: f64,
    headings: usize,
    lists: usize,
    links: usize,
    questions: usize,
    second_person: usize,
    hedges: usize,
    topic_coverage: f64,
    title_on_topic: bool,
    keyword_density: Option<f64>,
}

pub fn assess(input: &AssessInput<'_>) -> Assessment {
    let m = measure(input);
    let of_target = m.words / f64::from(input.target_length.max(1));
    let faults = input.shape.faults(input.title, input.html);
    // Where the form has headings, each gives the text a part; elsewhere keeping to the form does.
    let has_headings = input.shape.headings.1 > 0;
    let parts = if has_headings { counted(m.headings.min(5)) * 4.0 } else { 20.0 };
    let parts = parts - counted(faults.len()) * 10.0;
    let quality = Quality {
        // 20 words a sentence and fewer read clearly; each one more costs 2.5.
        clarity: Score::of(95.0 - (m.sentence_words - 20.0).max(0.0) * 2.5 - m.long_sentences * 60.0),
        // Form alone: sources add, hedges take away. A model's judgement replaces it where there is one.
        accuracy: Score::of(72.0 + counted(m.links.min(4)) * 4.0 - counted(m.hedges.min(10)) * 2.0),
        // Full at 90 % of the length asked for, with all the parts of its form.
        completeness: Score::of((of_target / 0.9).min(1.0) * 80.0 + parts),
        relevance: Score::of(m.topic_coverage * 85.0 + if m.title_on_topic { 15.0 } else { 0.0 }),
        seo_quality: Score::of(seo_score(&m, input.title, has_headings)),
        readability: Score::of(flesch_score(m.flesch)),
        engagement: Score::of(
            58.0 + counted(m.lists.min(3)) * 6.0
                + counted(m.questions.min(3)) * 4.0
                + counted(m.second_person.min(6)) * 2.0,
        ),
    };
    let suggestions = faults.into_iter().chain(suggestions(&m, of_target, has_headings)).collect();
    Assessment { quality, suggestions, method: Method::Pattern }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words in 200 KiB are far below 2^52")]
const fn counted(count: usize) -> f64 {
    count as f64
}

/// Flesch reading ease (1948): 206.835 − 1.015 words/sentence − 84.6 syllables/word. 60 to 70 is plain English;
/// technical prose at 30 still earns a pass.
fn flesch_score(flesch: f64) -> f64 {
    if flesch >= 60.0 { 95.0 } else { 50.0 + flesch.max(-20.0) * 0.75 }
}

fn seo_score(m: &Measures, title: &str, has_headings: bool) -> f64 {
    let title_fits = (20..=70).contains(&title.chars().count());
    let density = match m.keyword_density {
        None => 12.0,
        Some(density) if (0.003..=0.03).contains(&density) => 20.0,
        Some(density) if density > 0.0 => 8.0,
        Some(_) => 0.0,
    };
    let headings = if has_headings { m.headings.min(4) } else { 4 };
    40.0 + if title_fits { 15.0 } else { 5.0 } + counted(headings) * 6.0 + density
}

fn measure(input: &AssessInput<'_>) -> Measures {
    let html = input.html.as_str();
    let plain = text::plain_text(input.html);
    let lower = plain.to_lowercase();
    let words: Vec<&str> = plain.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    let count = counted(words.len());
    let lengths: Vec<usize> =
        plain.split(['.', '!', '?', '\n']).map(text::word_count).filter(|words| *words > 0).collect();
    let sentences = counted(lengths.len().max(1));
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let topic_words: Vec<String> = input
        .topic
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
        .collect();
    let covered = topic_words.iter().filter(|word| lower.contains(word.as_str())).count();
    let title = input.title.to_lowercase();
    let tags = |names: &[&str]| names.iter().map(|name| html.matches(name).count()).sum();
    let phrase = |phrases: &[&str]| phrases.iter().map(|phrase| lower.matches(phrase).count()).sum();
    Measures {
        words: count,
        sentence_words: count / sentences,
        long_sentences: counted(lengths.iter().filter(|words| **words > 35).count()) / sentences,
        flesch: 206.835 - 1.015 * (count / sentences) - 84.6 * (counted(syllables) / count.max(1.0)),
        headings: tags(&["<h2", "<h3"]),
        lists: tags(&["<ul", "<ol", "<table"]),
        links: tags(&["<a href"]),
        questions: plain.matches('?').count(),
        second_person: phrase(&[" you ", " your "]),
        hedges: phrase(&["it is said", "some say", "arguably", "many believe", "obviously"]),
        topic_coverage: if topic_words.is_empty() { 1.0 } else { counted(covered) / counted(topic_words.len()) },
        title_on_topic: topic_words.is_empty() || topic_words.iter().any(|word| title.contains(word.as_str())),
        keyword_density: input
            .keyword
            .map(|keyword| counted(lower.matches(&keyword.to_lowercase()).count()) / count.max(1.0)),
    }
}

/// Groups of vowels, a silent final e not counted: close enough for a mean over a text.
fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let mut groups = 0;
    let mut in_group = false;
    for c in word.chars() {
        let vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü' | 'é' | 'è' | 'á' | 'ó');
        groups += usize::from(vowel && !in_group);
        in_group = vowel;
    }
    let silent = word.ends_with('e') && !word.ends_with("le") && groups > 1;
    (groups - usize::from(silent)).max(1)
}

fn suggestions(m: &Measures, of_target: f64, has_headings: bool) -> Vec<String> {
    let mut found = Vec::new();
    if of_target < 0.9 {
        found.push(format!("The text has {:.0} % of the length asked for.", of_target * 100.0));
    }
    if m.topic_coverage < 0.7 {
        found.push("Much of the topic's own vocabulary does not appear.".to_owned());
    }
    if m.sentence_words > 22.0 {
        found.push(format!("Sentences have {:.0} words on average; aim for 20 or fewer.", m.sentence_words));
    }
    match m.keyword_density {
        Some(density) if density < 0.003 => found.push("The primary keyword hardly appears.".to_owned()),
        Some(density) if density > 0.03 => found.push("The primary keyword appears too often.".to_owned()),
        _ => {}
    }
    if m.links == 0 && has_headings {
        found.push("No source is linked.".to_owned());
    }
    if m.lists == 0 && has_headings {
        found.push("A list or table would help readers who skim.".to_owned());
    }
    found
}

/// What is under a tenant's bar is not published without an override.
pub const DEFAULT_QUALITY_BAR: u8 = 70;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{clean::clean, kind::TaskType};

    fn assessed(html: &str) -> Assessment {
        assess(&AssessInput {
            html: &clean(html).unwrap(),
            title: "How HTTP caching works",
            topic: "How HTTP caching works",
            keyword: Some("caching"),
            target_length: 200,
            shape: Shape::of(TaskType::BlogPost),
        })
    }

    #[test]
    fn a_stub_scores_far_below_a_structured_text() {
        let section = "<h2>Caching</h2><p>HTTP caching works by keeping a copy. You ask once, and your browser keeps the answer. Why does it help? The second visit needs no wait.</p><ul><li>Fast</li></ul>";
        let (stub, full) = (assessed("<p>Unrelated.</p>"), assessed(&section.repeat(8)));
        assert!(stub.quality.overall() < Score::clamped(60), "{stub:?}");
        assert!(full.quality.overall() >= Score::clamped(70), "{full:?}");
        assert!(stub.suggestions.len() > full.suggestions.len());
    }

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
                readability: s,
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
        let pattern = Assessment { quality: all(80), suggestions: vec!["b".to_owned()], method: Method::Pattern };
        let hybrid = pattern.clone().judged(&judgement, Method::Hybrid);
        assert_eq!((hybrid.quality.accuracy.value(), hybrid.quality.clarity.value()), (40, 60));
        assert_eq!(hybrid.suggestions, ["Say who measured that.", "b"]);
        assert_eq!(pattern.clone().judged(&judgement, Method::Model).quality, all(40));
        assert_eq!(pattern.clone().judged(&judgement, Method::Pattern), pattern);
        let without = Judgement { quality: Judged { clarity: None, ..judged }, critique: Vec::new() };
        let model = pattern.judged(&without, Method::Model).quality;
        assert_eq!((model.clarity.value(), model.accuracy.value()), (80, 40), "the formula's stands");
    }

    #[test]
    fn the_same_text_always_scores_the_same() {
        assert_eq!(assessed("<p>Once upon a time.</p>"), assessed("<p>Once upon a time.</p>"));
    }

    #[test]
    fn an_empty_text_is_measured_without_a_fault() {
        assert_eq!(assessed("").quality.completeness, Score::clamped(0));
    }
}
