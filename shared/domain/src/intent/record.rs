//! What somebody has asked for in a sentence, and what is proposed for it.
//! Invariant: a proposal is a body that a client could have sent, and nothing more. It has no owner, no role and no cap; whoever takes it is
//! checked as any client is.

pub use galley_api::intent::IntentText;
use galley_api::{
    read::{Null, read},
    rule::{Hidden, choice},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use crate::{
    kernel::ids::{IntentId, Subject, TenantId},
    schedule::{
        record::{NewSchedule, Topic},
        rule::Rule,
        template::Values,
        zone::Zone,
    },
    task::request::TaskRequest,
};

/// How long it may be confirmed. What is made of it is replayed as long, counted from then: at no moment is it made twice.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How many things are proposed at once, and on how many subjects.
pub const MOST_PROPOSED: usize = 10;
/// So many occurrences of a schedule are counted and priced: as many as a rule may have by its `count`.
const MOST_COUNTED: usize = 1000;

choice!(
    /// What is proposed.
    ProposalKind {
        /// A body of `POST /api/content/tasks`.
        Task => "task",
        /// A body of `POST /api/schedules`.
        Schedule => "schedule",
    }
);

choice!(
    /// What a question back is about.
    About as "QuestionAbout", {
        /// Nothing was read: the question says which forms are.
        Form => "form",
        /// A sentence that says what not to do.
        Negation => "negation",
        Subject => "subject",
        Type => "type",
        Count => "count",
        Rhythm => "rhythm",
        Time => "time",
        Zone => "zone",
        Language => "language",
        Length => "length",
        Tone => "tone",
    }
);

/// What has to be said before anything is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = IntentQuestion))]
pub struct Question {
    pub about: About,
    pub text: String,
}

impl Question {
    pub(super) fn new(about: About, text: impl Into<String>) -> Self {
        Self { about, text: text.into() }
    }
}

/// A question in the place of what was wanted.
pub(super) fn ask<T>(about: About, text: impl Into<String>) -> Result<T, Question> {
    Err(Question::new(about, text))
}

/// A body as a client sends one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(pub Map<String, Value>);

galley_api::schema::scalar!(Body as "ProposalBody", schema::object());

/// One thing that is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub kind: ProposalKind,
    pub body: Body,
    /// What its texts are about.
    pub subjects: Vec<Topic>,
}

impl Proposal {
    /// The first task that it would make, with a language where it names none.
    pub fn first_task(&self, now: Timestamp) -> Option<TaskRequest> {
        let body = Value::Object(self.body.0.clone());
        match self.kind {
            ProposalKind::Task => read(body, Null::IsAbsent).ok(),
            ProposalKind::Schedule => {
                let asked: NewSchedule = read(body, Null::IsAbsent).ok()?;
                let date = asked.rule.next_after(now).map_or_else(|| asked.rule.day_of(now), |next| next.local.date());
                let topic = asked.topics.first().map(Topic::as_str);
                asked.request.filled(Values { date, part: 1, topic }).ok()
            }
        }
    }

    /// When it is due. `None`: at once, because it is no schedule.
    pub fn rule(&self) -> Option<Rule> {
        let body = self.body.0.get("rule").filter(|_| self.kind == ProposalKind::Schedule)?;
        read(body.clone(), Null::IsAbsent).ok()
    }

    /// How many tasks it makes. `None`: it has no end.
    pub fn tasks(&self, now: Timestamp) -> Option<u32> {
        let Some(rule) = self.rule() else { return Some(1) };
        let topics = self.body.0.get("topics").and_then(Value::as_array).map_or(usize::MAX, Vec::len);
        let due = rule.all_after(now).take(topics.min(MOST_COUNTED + 1)).count();
        u32::try_from(due).ok().filter(|_| due <= MOST_COUNTED)
    }
}

/// What has read the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReadBy {
    /// A grammar of plain forms: the same sentence on the same day comes to the same.
    Grammar {
        /// Rises when a sentence may come to something else.
        version: u32,
    },
}

/// What a sentence comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub read_by: ReadBy,
    /// Empty where there is a question.
    pub proposals: Vec<Proposal>,
    pub question: Option<Question>,
    /// The words that say nothing here.
    pub unread: Vec<String>,
    /// What the sentence does not say, and was chosen.
    pub assumed: Vec<String>,
}

/// A sentence that somebody wrote, and what was read in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: IntentId,
    pub tenant: TenantId,
    /// Who wrote it. Nobody else sees or confirms it.
    pub subject: Subject,
    pub text: IntentText,
    pub zone: Option<Zone>,
    pub reading: Reading,
    pub created_at: Timestamp,
}

impl Intent {
    pub fn expires_at(&self) -> Timestamp {
        self.created_at + KEPT
    }

    pub fn lasts(&self, now: Timestamp) -> bool {
        now < self.expires_at()
    }
}

/// What somebody asks for in a sentence.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewIntent {
    /// One sentence or a few, in English.
    #[cfg_attr(feature = "schema", schema(value_type = String, min_length = 1, max_length = 500))]
    pub text: IntentText,
    /// Whose days and hours are meant. Needed where the sentence says when.
    #[serde(default)]
    pub zone: Option<Zone>,
}

impl NewIntent {
    /// The fields with hidden characters.
    pub fn hides(&self) -> Vec<Hidden> {
        self.text.hides().map(|rule| Hidden { field: "text".to_owned(), rule }).into_iter().collect()
    }
}

/// One proposal that somebody takes.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Which, by its place, from 0.
    #[cfg_attr(feature = "schema", schema(maximum = 9))]
    pub proposal: usize,
    /// Another body in its place, of the same kind: it is checked as any client's. Without it: as proposed.
    #[serde(default)]
    pub body: Option<Body>,
}

/// Which proposals somebody takes.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// Each proposal at most once.
    #[serde(deserialize_with = "some_of_few")]
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 10))]
    pub take: Vec<Taken>,
}

fn some_of_few<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Taken>, D::Error> {
    let taken: Vec<Taken> = Vec::deserialize(value)?;
    let is_twice = |nth: usize, one: &Taken| taken.iter().take(nth).any(|before| before.proposal == one.proposal);
    if taken.is_empty() || taken.len() > MOST_PROPOSED {
        return Err(D::Error::custom("must have 1 to 10 entries"));
    }
    if taken.iter().enumerate().any(|(nth, one)| is_twice(nth, one)) {
        return Err(D::Error::custom("must name each proposal once"));
    }
    Ok(taken)
}

/// Its fields are those of one of two requests; what stands in them is read when it is taken.
#[cfg(feature = "schema")]
mod schema {
    use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, Type};

    pub(super) fn object() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .description(Some(
                "A body of `POST /api/content/tasks`, or of `POST /api/schedules`, by the proposal's kind.",
            ))
            .build()
    }
}
