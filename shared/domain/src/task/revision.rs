//! A revision: one finished text of a task, with all that a reader of the article gets to see. Immutable.
//! Invariant: its HTML was cleaned by the code that made it.

use std::collections::BTreeMap;

use galley_api::{agent::AgentUsed, review::Edit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    content::{
        blockers::{Blocker, Finish},
        clean::{CleanHtml, Removal, TooMuch},
        excerpt::{self, InvalidExcerpt},
        formulas::{self, AssessInput},
        gate::{self, BlockerInput, Finding},
        quality::{Assessment, Method, Quality, Score},
        references::Reference,
        removed::Removed,
        seo::{self, Seo},
        shape::Shape,
        text,
    },
    kernel::{ids::Subject, printable},
    models::{
        id::{ModelName, ProviderId},
        phase::Phase,
    },
    task::request::{Keyword, TaskRequest},
};

const EXCERPT_CHARS: usize = 300;
/// An item of DynamoDB holds 400 KB, and a revision's has more than its text.
const SOURCE_AND_HTML_BYTES: usize = 320 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Image {
    pub url: String,
    pub alt: String,
    pub photographer: Option<String>,
    pub licence: Option<String>,
    /// The page that it was found on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What wrote a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    /// The built-in outline generator.
    Outline,
    Model {
        model: ModelName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<ProviderId>,
    },
    Person {
        subject: Subject,
    },
    /// Content that came by webhook.
    External {
        subject: Subject,
    },
    /// Galley itself, cleaning again what an older version of it had stored.
    Cleaner {
        /// The revision that it cleaned. `None`: the one before, as far as an older version told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    },
}

impl Author {
    /// The revision whose text the one with this `number` was made of, where nobody wrote it anew: what was cleaned, and what a model
    /// was given to write again. It is always an earlier one, whatever is stored.
    pub const fn made_of(&self, number: u32) -> Option<u32> {
        match self {
            Self::Person { .. } | Self::External { .. } => None,
            Self::Cleaner { revision: Some(cleaned) } => {
                if *cleaned < number {
                    Some(*cleaned)
                } else {
                    None
                }
            }
            Self::Outline | Self::Model { .. } | Self::Cleaner { revision: None } => match number {
                0 | 1 => None,
                later => Some(later - 1),
            },
        }
    }

    /// The subject of whoever it was, where it was somebody.
    pub const fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Person { subject } | Self::External { subject } => Some(subject),
            Self::Outline | Self::Model { .. } | Self::Cleaner { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub number: u32,
    pub title: String,
    pub html: String,
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    pub quality: Quality,
    pub quality_score: Score,
    pub suggestions: Vec<String>,
    pub blockers: Vec<Blocker>,
    /// What the gate found, with the places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    pub word_count: u32,
    pub author: Author,
    /// What was found on the topic, in the order in which the writer was told.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Every draft that was written on the way to this text, with its scores.
    #[serde(default)]
    pub drafts: Vec<DraftScore>,
    /// What of the model's answer was no part of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// The Markdown of which the HTML was made, where somebody wrote Markdown: what is edited next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// What cleaning took out of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleaned: Vec<Removal>,
    /// The agents that did its phases, and by which versions of their prompts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<Phase, AgentUsed>,
    pub created_at: Timestamp,
}

/// How one draft was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DraftScore {
    /// 0 for the first draft, then one for each refinement.
    pub refinement: u8,
    pub model: String,
    /// The model that judged it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    pub method: Method,
    pub score: Score,
    /// Each 0 to 100.
    pub quality: Quality,
    pub finish: Finish,
    /// Whether it became the revision.
    pub chosen: bool,
}

/// A text that wants to become a revision.
#[derive(Clone, Debug)]
pub struct Manuscript {
    pub title: String,
    pub html: CleanHtml,
    pub excerpt: Option<String>,
    pub seo: Option<Seo>,
    pub featured_image: Option<Image>,
    pub finish: Finish,
    pub author: Author,
    pub work: Work,
}

/// What was done on the way to a text.
#[derive(Clone, Debug, Default)]
pub struct Work {
    pub references: Vec<Reference>,
    /// Links that led to nothing.
    pub dead_references: Vec<String>,
    /// Pictures of a model's that were left out because nobody had placed them.
    pub pictures_left_out: usize,
    pub drafts: Vec<DraftScore>,
    /// What of the model's answer was no part of the text.
    pub removed: Vec<Removed>,
    /// The text as it was written, if that is Markdown.
    pub markdown: Option<String>,
    /// What cleaning took out.
    pub cleaned: Vec<Removal>,
    /// The agents that did its phases.
    pub agents: BTreeMap<Phase, AgentUsed>,
}

impl Manuscript {
    pub fn assess(&self, request: &TaskRequest) -> Assessment {
        formulas::assess(&AssessInput {
            html: &self.html,
            title: &self.title,
            topic: request.topic.as_str(),
            keyword: request.primary_keyword.as_ref().map(Keyword::as_str),
            target_length: Shape::of(request.task_type).words(request.target_length),
            shape: Shape::of(request.task_type),
            language: request.language(),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManuscript {
    #[error("the title must be 3 to 200 characters, none of them a control or hidden")]
    Title,
    #[error("the excerpt must have no control and no hidden characters")]
    Excerpt,
    #[error("the excerpt {0}")]
    LongExcerpt(TooMuch),
    #[error("the content must not be empty")]
    Empty,
}

impl From<InvalidExcerpt> for InvalidManuscript {
    fn from(error: InvalidExcerpt) -> Self {
        match error {
            InvalidExcerpt::Hidden => Self::Excerpt,
            InvalidExcerpt::TooMuch(bound) => Self::LongExcerpt(bound),
        }
    }
}

/// The title of a revision, if `title` and `html` can be one.
///
/// # Errors
/// The rule that is broken.
pub fn admit(title: &str, html: &CleanHtml) -> Result<String, InvalidManuscript> {
    let title = title.trim();
    let fits = printable::seen_chars(title) >= Edit::TITLE_MIN_CHARS && title.chars().count() <= Edit::TITLE_MAX_CHARS;
    if !fits || !printable::is_printable(title) {
        return Err(InvalidManuscript::Title);
    }
    if !printable::shows(&text::plain_text(html)) {
        return Err(InvalidManuscript::Empty);
    }
    Ok(title.to_owned())
}

impl Revision {
    /// The overall score, where there is one to show: a text that something else than its score holds back has none, for a number
    /// beside it would say that it is nearly good.
    pub fn shown_score(&self) -> Option<Score> {
        self.blockers.iter().all(|blocker| *blocker == Blocker::BelowQualityBar).then_some(self.quality_score)
    }

    /// Finishes an assessed `manuscript`.
    ///
    /// # Errors
    /// When it cannot be a revision at all. What merely keeps it from publication stands in `blockers`.
    pub fn finish(
        number: u32,
        manuscript: Manuscript,
        assessment: Assessment,
        request: &TaskRequest,
        bar: Score,
        now: Timestamp,
    ) -> Result<Self, InvalidManuscript> {
        let html = manuscript.html;
        let title = admit(&manuscript.title, &html)?;
        let plain = text::plain_text(&html);
        let keyword = request.primary_keyword.as_ref().map(Keyword::as_str);
        let target_length = Shape::of(request.task_type).words(request.target_length);
        let overall = assessment.quality.overall();
        let (blockers, findings) = gate::blockers(&BlockerInput {
            html: &html,
            title: &title,
            topic: request.topic.as_str(),
            language: request.language(),
            sources: &manuscript.work.references,
            target_length,
            shape: Shape::of(request.task_type),
            overall,
            quality_bar: bar,
            finish: manuscript.finish,
            dead_references: manuscript.work.dead_references.len(),
            pictures_left_out: manuscript.work.pictures_left_out,
            removed: &manuscript.work.cleaned,
            judge: assessment.judge.as_ref(),
        });
        // An excerpt that shows nothing is none.
        let excerpt =
            manuscript.excerpt.as_deref().map(excerpt::plain).transpose()?.filter(|text| printable::shows(text));
        let excerpt = excerpt.unwrap_or_else(|| text::prose(&html));
        let (markdown, mut cleaned) = (manuscript.work.markdown, manuscript.work.cleaned);
        let fits = |source: &String| source.len() + html.as_str().len() <= SOURCE_AND_HTML_BYTES;
        if markdown.as_ref().is_some_and(|source| !fits(source)) {
            cleaned.push(Removal::source());
        }
        let markdown = markdown.filter(fits);
        let dead = manuscript.work.dead_references.iter().map(|url| format!("Replace or remove the dead link {url}."));
        let tags: Vec<String> = request.tags.iter().map(str::to_owned).collect();
        Ok(Self {
            number,
            excerpt: text::excerpt(&excerpt, EXCERPT_CHARS),
            seo: manuscript
                .seo
                .unwrap_or_else(|| seo::derive(&title, &excerpt, &plain, keyword, &tags, request.language())),
            word_count: u32::try_from(text::word_count(&plain)).unwrap_or(u32::MAX),
            title,
            html: html.into_string(),
            featured_image: manuscript.featured_image,
            quality: assessment.quality,
            quality_score: overall,
            suggestions: dead.chain(assessment.suggestions).collect(),
            blockers,
            findings,
            author: manuscript.author,
            references: manuscript.work.references,
            drafts: manuscript.work.drafts,
            removed: manuscript.work.removed,
            markdown,
            cleaned,
            agents: manuscript.work.agents,
            created_at: now,
        })
    }

    /// Assesses and finishes in one step, where no checkpoint lies between.
    ///
    /// # Errors
    /// As `finish`.
    pub fn assessed(
        number: u32,
        manuscript: Manuscript,
        request: &TaskRequest,
        bar: Score,
        now: Timestamp,
    ) -> Result<Self, InvalidManuscript> {
        let assessment = manuscript.assess(request);
        Self::finish(number, manuscript, assessment, request, bar, now)
    }

    /// Holds it back for what the text alone does not show.
    pub fn hold(&mut self, blocker: Blocker) {
        self.blockers.push(blocker);
        self.findings.push(Finding { blocker, quote: String::new(), place: String::new(), judge: None });
    }

    /// Names exactly these bytes: what was approved is what goes live.
    pub fn content_hash(&self) -> String {
        let image = self.featured_image.as_ref().map_or("", |image| image.url.as_str());
        let mut hash = Sha256::new();
        for part in [&self.title, &self.html, &self.excerpt, &self.seo.title, &self.seo.description, image] {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}
