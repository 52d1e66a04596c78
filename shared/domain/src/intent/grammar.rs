//! Reads plain forms without a model. Pure: the moment and the zone are arguments, and the same sentence comes to the same.
//! Invariant: it proposes what, when and in which manner, and never a cap, a role, an owner, a tenant, a model or a way to publish. Whatever a
//! sentence says of these is unread, and told so.

use galley_api::{
    kind::TaskType,
    read::{Null, read as parse},
};
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value, json};

use crate::{
    intent::{
        clause::{Clause, Seen},
        record::{About, Body, MOST_PROPOSED, Proposal, ProposalKind, Question, ReadBy, Reading, ask},
        rhythm::{Beat, Cadence, cadence},
        sentence::{Count, Said, Subject, manners, one},
        text::{Kind, Token, between, tokens},
        timing::Timing,
    },
    schedule::{record::Topic, rule::Rule, zone::Zone},
};

/// Rises when a sentence may come to something else than before.
pub const VERSION: u32 = 1;

/// A subject leaves room in a topic for which part it is.
const MOST_SUBJECT: usize = 180;
const MOST_NAME: usize = 80;
const FORMS: &str = "I read plain requests such as “three blog posts about HTTP caching”, “a newsletter every Monday at 9 about our releases, in German” \
                     or “two posts a week about bread, butter and jam until June”. What is wanted?";

/// What a sentence comes to at `now`.
pub fn read(text: &str, zone: Option<&Zone>, now: Timestamp) -> Reading {
    let today = zone.map_or_else(|| utc(now), |zone| zone.day_of(now));
    let seen = Seen { text, today };
    let tokens = tokens(text);
    let said = Said::of(&tokens, seen);
    let mut assumed = Vec::new();
    let proposed = Form::of(&said, seen).and_then(|form| form.proposed(&said, (zone, now, today), &mut assumed));
    let (proposals, question) = match proposed {
        Ok(proposals) => (proposals, None),
        Err(question) => (Vec::new(), Some(question)),
    };
    if question.is_some() {
        assumed.clear();
    }
    Reading { read_by: ReadBy::Grammar { version: VERSION }, proposals, question, unread: said.unread, assumed }
}

fn utc(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// What the texts are, whenever they are made.
struct Form {
    kind: TaskType,
    plural: bool,
    typed: bool,
    /// What each text has in common with the others.
    common: Map<String, Value>,
    /// The subject in one, and in its parts where it is a list.
    whole: Topic,
    parts: Vec<Topic>,
    /// Whether it is a list for certain, by commas or quotation marks.
    listed: bool,
    count: Option<u32>,
}

impl Form {
    fn of(said: &Said<'_, '_>, seen: Seen<'_>) -> Result<Self, Question> {
        if let Some(word) = &said.negated {
            return ask(
                About::Negation,
                format!("“{word}” says what not to do, and only new work is proposed here. What is to be made?"),
            );
        }
        if said.nouns.is_empty() && said.subject.is_none() {
            return ask(About::Form, FORMS);
        }
        let kind = one(said.nouns.iter().map(|noun| noun.kind).collect());
        let stranger = said.stranger.as_ref();
        let (Ok(kind), None) = (kind, stranger) else {
            let what = stranger.map_or_else(
                || "Several types are named.".to_owned(),
                |word| format!("“{word}” is no type of content."),
            );
            return ask(
                About::Type,
                format!("{what} Which one: blog posts, social media threads, emails or newsletters?"),
            );
        };
        let Some(subject) = &said.subject else {
            return ask(About::Subject, "What is it to be about? Say it behind “about”.");
        };
        if let Some(words) = &said.buried {
            let text = format!(
                "“{words}” stands in the middle of the subject. Say it at the end, or put the subject in quotation marks."
            );
            return ask(About::Rhythm, text);
        }
        let (whole, parts, listed) = topics(subject, seen)?;
        let count = count(&said.count)?;
        let plural = said.nouns.iter().any(|noun| noun.plural) || count.is_some_and(|count| count > 1);
        let typed = kind.is_some();
        let kind = kind.unwrap_or_default();
        let common = common(kind, &said.clauses)?;
        Ok(Self { kind, plural, typed, common, whole, parts, listed, count })
    }

    fn proposed(
        &self,
        said: &Said<'_, '_>,
        (zone, now, today): (Option<&Zone>, Timestamp, Date),
        assumed: &mut Vec<String>,
    ) -> Result<Vec<Proposal>, Question> {
        if !self.typed {
            assumed.push(format!("the type: {}", self.kind.name()));
        }
        let beats: Vec<Beat> = said
            .clauses
            .iter()
            .filter_map(|clause| if let Clause::Beat(beat) = clause { Some(beat.clone()) } else { None })
            .collect();
        let dates: Vec<Date> = said
            .clauses
            .iter()
            .filter_map(|clause| if let Clause::On(date) = clause { Some(*date) } else { None })
            .collect();
        let (cadence, chosen) = cadence(&beats, &dates, self.count, self.plural, today)?;
        let timing = Timing::of(&said.clauses, today, &cadence)?;
        if cadence == Cadence::Now {
            return self.at_once();
        }
        let Some(zone) = zone else {
            return ask(About::Zone, "Whose days and hours are meant? Send a `zone`, such as Europe/Berlin.");
        };
        if chosen {
            assumed.push(format!("the days: {}", days(&cadence)));
        }
        assumed.extend(timing.assumed.clone());
        self.scheduled(&cadence, &timing, zone, (now, today))
    }

    /// Tasks, without a schedule.
    fn at_once(&self) -> Result<Vec<Proposal>, Question> {
        let subjects = match (self.count, self.parts.len()) {
            (Some(0), _) => return ask(About::Count, "How many texts are wanted? None is nothing to make."),
            (None, 2..) if self.plural && self.listed => self.parts.clone(),
            (None, _) if self.plural => {
                return ask(About::Count, format!("How many texts about “{}” are wanted?", self.whole.as_str()));
            }
            (None | Some(1), _) => vec![self.whole.clone()],
            (Some(count), parts) if usize::try_from(count) == Ok(parts) => self.parts.clone(),
            (Some(count), 2..) if self.listed => {
                let text =
                    format!("{count} texts are wanted, and {} subjects are named. How many of each?", self.parts.len());
                return ask(About::Count, text);
            }
            (Some(count), _) if usize::try_from(count).is_ok_and(|count| count <= MOST_PROPOSED) => {
                let part = |nth: u32| topic(&format!("{}, part {nth}", self.whole.as_str()));
                (1..=count).map(part).collect::<Result<_, _>>()?
            }
            (Some(_), _) => {
                return ask(
                    About::Count,
                    format!(
                        "At most {MOST_PROPOSED} texts are proposed at once. How many are wanted, or how many a week?"
                    ),
                );
            }
        };
        if subjects.len() > MOST_PROPOSED {
            return ask(
                About::Count,
                format!("At most {MOST_PROPOSED} texts are proposed at once. Which of the subjects come first?"),
            );
        }
        Ok(subjects.into_iter().map(|subject| self.task(&subject)).collect())
    }

    fn task(&self, subject: &Topic) -> Proposal {
        let mut body = self.common.clone();
        body.insert("topic".to_owned(), json!(subject.as_str()));
        Proposal { kind: ProposalKind::Task, body: Body(body), subjects: vec![subject.clone()] }
    }

    fn scheduled(
        &self,
        cadence: &Cadence,
        timing: &Timing,
        zone: &Zone,
        (now, today): (Timestamp, Date),
    ) -> Result<Vec<Proposal>, Question> {
        let rules = timing.rules(cadence, zone, today)?;
        let once = matches!(cadence, Cadence::Once(_));
        if once && self.plural {
            return ask(
                About::Rhythm,
                "Several texts at one moment are no schedule. How many a week are wanted, or is it one?",
            );
        }
        let list = self.plural && self.listed && self.parts.len() > 1;
        if list && self.parts.len() > MOST_PROPOSED {
            return ask(
                About::Subject,
                format!("At most {MOST_PROPOSED} subjects are taken at once. Which come first?"),
            );
        }
        if list && rules.len() > 1 {
            return ask(
                About::Rhythm,
                "A list of subjects goes with one schedule: weekly, or on one day of the month. Which is it to be?",
            );
        }
        if !list && self.whole.as_str().contains("{{") {
            return ask(About::Subject, "A subject of a schedule must have no “{{”. What is it to be about?");
        }
        let several = rules.len() > 1;
        let mut proposals = Vec::new();
        for rule in rules {
            let read: Option<Rule> = parse(rule.clone(), Null::IsAbsent).ok();
            if read.and_then(|rule| rule.next_after(now)).is_none() {
                return ask(About::Time, "That time has passed, or leaves no day for a text. When is it to be?");
            }
            let topic = match (once, list, several) {
                (true, ..) => self.whole.as_str().to_owned(),
                (_, true, _) => "{{topic}}".to_owned(),
                // Each of several counts its own parts.
                (_, _, true) => format!("{}, {{{{date}}}}", self.whole.as_str()),
                (_, _, false) => format!("{}, part {{{{part}}}}", self.whole.as_str()),
            };
            let mut request = self.common.clone();
            request.insert("topic".to_owned(), json!(topic));
            let mut body = Map::new();
            body.insert(
                "name".to_owned(),
                json!(self.whole.as_str().chars().take(MOST_NAME).collect::<String>().trim()),
            );
            body.insert("rule".to_owned(), rule);
            body.insert("request".to_owned(), Value::Object(request));
            let subjects = if list { self.parts.clone() } else { vec![self.whole.clone()] };
            if list {
                body.insert("topics".to_owned(), json!(subjects.iter().map(Topic::as_str).collect::<Vec<_>>()));
            }
            proposals.push(Proposal { kind: ProposalKind::Schedule, body: Body(body), subjects });
        }
        Ok(proposals)
    }
}

/// What a task of a type is asked for with, but its topic.
fn common(kind: TaskType, clauses: &[Clause]) -> Result<Map<String, Value>, Question> {
    let mut body = Map::from_iter([("task_type".to_owned(), json!(kind.name()))]);
    let (mut languages, mut lengths, mut people) = (Vec::new(), Vec::new(), Vec::new());
    for clause in clauses {
        match clause {
            Clause::Language(tag) => languages.push(*tag),
            Clause::Words(words) => lengths.push(*words),
            Clause::Audience(who) => people.push(who.as_str()),
            Clause::Unclear(about, words) => return Err(unclear(*about, words)),
            _ => {}
        }
    }
    let Ok(language) = one(languages) else {
        return ask(About::Language, "Two languages are named. Which of them is meant?");
    };
    let Ok(length) = one(lengths) else {
        return ask(About::Length, "Two lengths are named. Which of them is meant?");
    };
    let (tones, styles) = manners(clauses);
    let (Ok(tone), Ok(style), Ok(people)) = (one(tones), one(styles), one(people)) else {
        return ask(About::Tone, "Two tones, styles or audiences are named. Which of them is meant?");
    };
    if length.is_some_and(|words| !(200..=5000).contains(&words)) {
        return ask(About::Length, "A text has 200 to 5000 words. How long is it to be?");
    }
    if people.is_some_and(|people| people.chars().count() > 100) {
        return ask(About::Tone, "An audience is named in at most 100 characters. Who is it?");
    }
    let said = [
        ("language", language.map(|tag| json!(tag))),
        ("target_length", length.map(|words| json!(words))),
        ("tone", tone.map(|tone| json!(tone.name()))),
        ("style", style.map(|style| json!(style.name()))),
        ("target_audience", people.map(|people| json!(people))),
    ];
    body.extend(said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(body)
}

fn unclear(about: About, words: &str) -> Question {
    let text = match about {
        About::Language => format!("“{words}” is no language that I know by its English name. Which language is it?"),
        About::Tone => format!(
            "“{words}” is none of the tones and styles. Is it to be professional, casual, academic or inspirational?"
        ),
        _ => format!(
            "“{words}” is no time that I read. Say a date such as 2027-03-01, “for six weeks” or “at 09:00”; a subject with such words stands in quotation marks."
        ),
    };
    Question::new(about, text)
}

fn count(said: &Count) -> Result<Option<u32>, Question> {
    match said {
        Count::Unsaid => Ok(None),
        Count::Of(count) => Ok(Some(*count)),
        Count::Unclear(words) => {
            ask(About::Count, format!("“{words}” is no number that I read. How many texts are wanted?"))
        }
    }
}

fn topic(text: &str) -> Result<Topic, Question> {
    let topic = Topic::try_from(text.to_owned()).ok().filter(|topic| topic.hides().is_none());
    topic.ok_or_else(|| Question::new(About::Subject, "A subject has 3 to 180 characters. What is it to be about?"))
}

/// The subject as a whole and in its parts, and whether it is a list for certain.
fn topics(subject: &Subject<'_, '_>, seen: Seen<'_>) -> Result<(Topic, Vec<Topic>, bool), Question> {
    let Subject { tokens, quoted } = subject;
    let written = match tokens {
        [only] if *quoted => only.text,
        _ => between(seen.text, tokens),
    };
    if written.chars().count() > MOST_SUBJECT {
        return ask(About::Subject, format!("A subject has 3 to {MOST_SUBJECT} characters. What is it to be about?"));
    }
    let whole = topic(written)?;
    let commas = tokens.iter().any(|token| token.kind == Kind::Comma);
    let parts = split(tokens);
    let listed = parts.len() > 1 && (*quoted || commas);
    let told = |part: &[Token<'_>]| match part {
        [only] => only.text.to_owned(),
        _ => between(seen.text, part).to_owned(),
    };
    let parts: Result<Vec<Topic>, Question> = parts.into_iter().map(|part| topic(&told(part))).collect();
    match parts {
        Ok(parts) => Ok((whole, parts, listed)),
        // `bread, or not` is one subject.
        Err(question) if listed => Err(question),
        Err(_) => Ok((whole.clone(), vec![whole], false)),
    }
}

/// What stands between commas, and before and behind the last “and”.
fn split<'a, 't>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let is_and = |token: &Token<'_>| token.kind == Kind::Word && ["and", "&"].contains(&token.lower.as_str());
    let mut parts: Vec<&[Token<'_>]> =
        tokens.split(|token| token.kind == Kind::Comma).filter(|part| !part.is_empty()).collect();
    if let Some(last) = parts.pop() {
        let last = if last.first().is_some_and(is_and) { last.get(1..).unwrap_or_default() } else { last };
        match last.iter().rposition(is_and) {
            Some(at) if at > 0 && at + 1 < last.len() => {
                parts.extend([last.get(..at).unwrap_or_default(), last.get(at + 1..).unwrap_or_default()]);
            }
            _ => parts.push(last),
        }
    }
    parts
}

fn days(cadence: &Cadence) -> String {
    match cadence {
        Cadence::Weekly(days) => days.iter().map(|day| day.name()).collect::<Vec<_>>().join(", "),
        Cadence::Monthly(days) => days.iter().map(u8::to_string).collect::<Vec<_>>().join(", "),
        Cadence::Now | Cadence::Once(_) | Cadence::Daily => "every day".to_owned(),
    }
}

#[cfg(test)]
mod tests;
