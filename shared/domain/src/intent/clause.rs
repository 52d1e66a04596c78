//! Phrases that say when, how long, in what language and in what manner.

use galley_api::task::{Style, Tone};
use jiff::civil::Date;

use crate::intent::{
    dates::{When, end_of, when},
    record::About,
    rhythm::{Beat, beat},
    text::{Kind, Token, begins, between, lower},
    words::{Unit, is_like_a_number, is_vague, language, number, style, tone, unit},
};

/// What is read, and on which day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) text: &'a str,
    pub(super) today: Date,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    Beat(Beat),
    /// A time of day, as a rule has it.
    At(String),
    On(Date),
    /// The last day.
    Until(Date),
    /// The month that it is to be until: the last day is that before it.
    UntilMonth(Date),
    Over(u32, Unit),
    Times(u32),
    From(Date),
    Language(&'static str),
    Words(u32),
    Tone(Tone),
    Style(Style),
    Audience(String),
    /// What was begun in a way that is read, and goes on in one that is not.
    Unclear(About, String),
}

/// Where in a sentence a phrase is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the subject, where a number may stand before `a week`.
    Head,
    /// Behind the subject.
    Tail,
}

/// The phrase that `rest` begins with, and in how many tokens.
pub(super) fn clause(rest: &[Token<'_>], place: Place, seen: Seen<'_>) -> Option<(Clause, usize)> {
    phrase(rest, place, seen).or_else(|| audience(rest, place, seen))
}

/// As `clause`, but no audience: what names one is looked through phrase by phrase, and none of them may be such a look again.
fn phrase(rest: &[Token<'_>], place: Place, seen: Seen<'_>) -> Option<(Clause, usize)> {
    if let Some((found, used)) = until(rest, seen).or_else(|| length(rest)).or_else(|| over(rest, seen)) {
        return Some((found, used));
    }
    if let Some((beat, used)) = beat(rest, place == Place::Head) {
        return Some((Clause::Beat(beat), used));
    }
    at(rest)
        .or_else(|| day(rest, seen.today))
        .or_else(|| from(rest, seen.today))
        .or_else(|| times(rest))
        .or_else(|| in_language(rest, place))
        .or_else(|| manner(rest, seen))
}

/// To the end of the sentence.
fn unclear(about: About, rest: &[Token<'_>], seen: Seen<'_>) -> (Clause, usize) {
    let used = rest.iter().position(|token| token.kind == Kind::Stop).unwrap_or(rest.len());
    (Clause::Unclear(about, between(seen.text, rest.get(..used).unwrap_or_default()).to_owned()), used)
}

fn until(rest: &[Token<'_>], seen: Seen<'_>) -> Option<(Clause, usize)> {
    let word = lower(rest, 0);
    let behind = rest.get(1..)?;
    let includes = ["through", "thru"].contains(&word);
    if !includes && !["until", "till", "before"].contains(&word) {
        return None;
    }
    if let Some((last, used)) = end_of(behind, seen.today).filter(|_| word != "before") {
        return Some((Clause::Until(last), used + 1));
    }
    match (when(behind, seen.today), word) {
        (Some((found, used)), "before") => Some((Clause::Until(found.first().yesterday().ok()?), used + 1)),
        (Some((When::Day(day), used)), _) => Some((Clause::Until(day), used + 1)),
        (Some((When::Month(first), used)), _) if includes => Some((Clause::Until(first.last_of_month()), used + 1)),
        (Some((When::Month(first), used)), _) => Some((Clause::UntilMonth(first), used + 1)),
        (None, "until" | "till") if !behind.is_empty() => Some(unclear(About::Time, rest, seen)),
        (None, _) => None,
    }
}

/// `for six weeks`, `over the next month`.
fn over(rest: &[Token<'_>], seen: Seen<'_>) -> Option<(Clause, usize)> {
    if !["for", "over", "during"].contains(&lower(rest, 0)) {
        return None;
    }
    let next = [&["the", "next"][..], &["the", "coming"], &["a"], &["one"]];
    let skipped =
        next.iter().find(|words| begins(rest.get(1..).unwrap_or_default(), words)).map_or(0, |words| words.len());
    let at = 1 + skipped;
    let word = lower(rest, at);
    if let Some(unit) = unit(word).filter(|_| skipped > 0) {
        return Some((Clause::Over(1, unit), at + 1));
    }
    let of = unit(lower(rest, at + 1))?;
    match number(word) {
        Some(number) if number > 0 => Some((Clause::Over(number, of), at + 2)),
        None if !is_vague(word) && !is_like_a_number(word) => None,
        _ => Some(unclear(About::Time, rest, seen)),
    }
}

/// `800 words`, `an 800-word`, `of about 800 words`.
fn length(rest: &[Token<'_>]) -> Option<(Clause, usize)> {
    const BEFORE: [&str; 9] = ["of", "with", "about", "around", "roughly", "some", "each", "at", "in"];
    let skipped = rest.iter().take(3).take_while(|token| BEFORE.contains(&token.lower.as_str())).count();
    let word = lower(rest, skipped);
    let hyphened = word.strip_suffix("-words").or_else(|| word.strip_suffix("-word"));
    if let Some(number) = hyphened.and_then(number) {
        return Some((Clause::Words(number), skipped + 1));
    }
    let number = number(word)?;
    if !["words", "word"].contains(&lower(rest, skipped + 1)) {
        return None;
    }
    let used = skipped + 2;
    let more = [&["long"][..], &["each"], &["in", "length"]];
    let more = more.iter().find(|words| begins(rest.get(used..).unwrap_or_default(), words));
    Some((Clause::Words(number), used + more.map_or(0, |words| words.len())))
}

fn at(rest: &[Token<'_>]) -> Option<(Clause, usize)> {
    if lower(rest, 0) != "at" {
        return None;
    }
    let word = lower(rest, 1);
    match word {
        "noon" => return Some((Clause::At("12:00".to_owned()), 2)),
        "midnight" => return Some((Clause::At("00:00".to_owned()), 2)),
        _ if !is_like_a_number(word) => return None,
        _ => {}
    }
    let bare = word.strip_suffix("am").or_else(|| word.strip_suffix("pm")).unwrap_or(word);
    let apart = ["am", "pm", "a.m", "p.m"].contains(&lower(rest, 2));
    let half = if apart { lower(rest, 2) } else { word.get(bare.len()..).unwrap_or_default() };
    let clock = usize::from(["o'clock", "h", "uhr"].contains(&lower(rest, 2)));
    let (hour, minute) = bare.split_once([':', '.']).unwrap_or((bare, "00"));
    let read = hour_of(hour, minute, half);
    let used = 2 + usize::from(apart) + clock;
    Some((read.map_or_else(|| Clause::Unclear(About::Time, format!("at {word}")), Clause::At), used))
}

fn hour_of(hour: &str, minute: &str, half: &str) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half.as_bytes().first() {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(b'p') => hour % 12 + 12,
        Some(_) => hour % 12,
    };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// `tomorrow`, `on 24 December`, `today at 17:00`.
fn day(rest: &[Token<'_>], today: Date) -> Option<(Clause, usize)> {
    let on = usize::from(lower(rest, 0) == "on");
    // What people do today is a subject.
    let is_said = on == 1 || lower(rest, 0) == "tomorrow" || begins(rest, &["today", "at"]);
    let (When::Day(day), used) = when(rest.get(on..)?, today).filter(|_| is_said)? else { return None };
    Some((Clause::On(day), on + used))
}

fn from(rest: &[Token<'_>], today: Date) -> Option<(Clause, usize)> {
    if !["starting", "beginning", "from", "since", "start", "begin"].contains(&lower(rest, 0)) {
        return None;
    }
    let skipped = 1 + usize::from(["on", "from", "with"].contains(&lower(rest, 1)));
    let (found, used) = when(rest.get(skipped..)?, today)?;
    Some((Clause::From(found.first()), skipped + used))
}

/// `ten times`, `10 times in all`.
fn times(rest: &[Token<'_>]) -> Option<(Clause, usize)> {
    let times = number(lower(rest, 0)).filter(|_| lower(rest, 1) == "times")?;
    let more = [&["in", "all"][..], &["in", "total"], &["altogether"]];
    let more = more.iter().find(|words| begins(rest.get(2..).unwrap_or_default(), words));
    Some((Clause::Times(times), 2 + more.map_or(0, |words| words.len())))
}

/// `in German`, `in the German language`.
fn in_language(rest: &[Token<'_>], place: Place) -> Option<(Clause, usize)> {
    if lower(rest, 0) != "in" {
        return None;
    }
    let skipped = 1 + usize::from(lower(rest, 1) == "the");
    let named = lower(rest, skipped) == "language";
    let skipped = skipped + usize::from(named);
    let word = lower(rest, skipped);
    let used = skipped + 1 + usize::from(!named && lower(rest, skipped + 1) == "language");
    if let Some(tag) = language(word) {
        return Some((Clause::Language(tag), used));
    }
    let said = rest.get(skipped).filter(|token| token.kind == Kind::Word)?.text;
    let is_name = place == Place::Head && said.chars().next().is_some_and(char::is_uppercase);
    let is_one = named || used > skipped + 1 || is_name;
    is_one.then(|| (Clause::Unclear(About::Language, said.to_owned()), used))
}

/// `in a casual tone`, `casual style`.
fn manner(rest: &[Token<'_>], seen: Seen<'_>) -> Option<(Clause, usize)> {
    let within = usize::from(["in", "with"].contains(&lower(rest, 0)));
    let skipped = within + usize::from(["a", "an", "the"].contains(&lower(rest, within)));
    let word = lower(rest, skipped);
    if !["tone", "style", "voice"].contains(&lower(rest, skipped + 1)) {
        return None;
    }
    let used = skipped + 2;
    match (tone(word), style(word)) {
        (Some(tone), _) => Some((Clause::Tone(tone), used)),
        (None, Some(style)) => Some((Clause::Style(style), used)),
        (None, None) if within == 1 && skipped == 2 && !word.is_empty() => {
            let words = between(seen.text, rest.get(..used)?).to_owned();
            Some((Clause::Unclear(About::Tone, words), used))
        }
        (None, None) => None,
    }
}

/// `aimed at beginners`, `for an audience of engineers`.
fn audience(rest: &[Token<'_>], place: Place, seen: Seen<'_>) -> Option<(Clause, usize)> {
    let lead = [
        &["aimed", "at"][..],
        &["written", "for"],
        &["for", "an", "audience", "of"],
        &["for", "the", "audience", "of"],
    ];
    let skipped = lead.iter().find(|words| begins(rest, words))?.len();
    let named = rest.get(skipped..)?;
    let used = people(named, place, seen);
    (used > 0).then(|| {
        (Clause::Audience(between(seen.text, named.get(..used).unwrap_or_default()).to_owned()), skipped + used)
    })
}

/// How many words name an audience: to the next mark, phrase or subject.
pub(super) fn people(rest: &[Token<'_>], place: Place, seen: Seen<'_>) -> usize {
    let ends = |nth: &usize| {
        let behind = rest.get(*nth..).unwrap_or_default();
        behind.first().is_none_or(|token| token.kind != Kind::Word)
            || crate::intent::words::leads_to_a_subject(lower(behind, 0))
            || lower(behind, 0) == "on"
            || phrase(behind, place, seen).is_some()
    };
    (0..=rest.len()).find(ends).unwrap_or(rest.len())
}
