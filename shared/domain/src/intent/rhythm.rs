//! How often something is to be: the phrases, and what they come to together.
//! Invariant: what contradicts itself, or is no rule that a schedule has, becomes a question and no guess.

use std::collections::BTreeSet;

use jiff::{Span, civil::Date};

use crate::{
    intent::{
        dates::coming,
        record::{About, Question},
        text::{Kind, Token, begins, lower},
        words::{Unit, day_of_month, month, number, unit, weekday},
    },
    schedule::rule::Day,
};

const WORKDAYS: [Day; 5] = [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday];
const WEEKEND: [Day; 2] = [Day::Saturday, Day::Sunday];
/// The last day of any month.
const LAST: u8 = 31;

/// One phrase of a rhythm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// `weekly`: of several it does not say whether all come each time.
    Loose(Unit),
    /// `every week`.
    Every(Unit),
    /// `a week`, behind a number.
    Per(Unit),
    /// `twice a week`.
    Times(Unit, u32),
    /// Days of the week; whether it is each of them.
    Days(BTreeSet<Day>, bool),
    /// A day of the month; whether of each month.
    OfMonth(u8, bool),
    /// A rhythm that no schedule has.
    Unknown,
}

impl Beat {
    const fn unit(&self) -> Option<Unit> {
        match self {
            Self::Loose(unit) | Self::Every(unit) | Self::Per(unit) | Self::Times(unit, _) => Some(*unit),
            Self::Days(..) | Self::OfMonth(..) | Self::Unknown => None,
        }
    }
}

/// The phrase that `rest` begins with, and in how many words. `counted`: a number may stand before it.
pub(super) fn beat(rest: &[Token<'_>], counted: bool) -> Option<(Beat, usize)> {
    let word = lower(rest, 0);
    match word {
        "daily" => return Some((Beat::Loose(Unit::Day), 1)),
        "weekly" => return Some((Beat::Loose(Unit::Week), 1)),
        "monthly" => return Some((Beat::Loose(Unit::Month), 1)),
        "weekdays" => return Some((Beat::Days(WORKDAYS.into(), true), 1)),
        "biweekly" | "bi-weekly" | "fortnightly" | "hourly" | "yearly" | "annually" | "quarterly" | "bimonthly" => {
            return Some((Beat::Unknown, 1));
        }
        "every" | "each" => return every(rest.get(1..)?).map(|(beat, used)| (beat, used + 1)),
        "on" => return on(rest.get(1..)?).map(|(beat, used)| (beat, used + 1)),
        "a" | "per" if counted => return unit(lower(rest, 1)).map(|unit| (of_unit(unit, Beat::Per), 2)),
        _ => {}
    }
    if let Some(found) = times(rest) {
        return Some(found);
    }
    let (days, each, used) = weekdays(rest)?;
    each.then_some((Beat::Days(days, true), used))
}

fn of_unit(unit: Unit, beat: impl Fn(Unit) -> Beat) -> Beat {
    if unit == Unit::Year { Beat::Unknown } else { beat(unit) }
}

/// `once a week`, `three times every month`.
fn times(rest: &[Token<'_>]) -> Option<(Beat, usize)> {
    let (times, used) = match lower(rest, 0) {
        "once" => (1, 1),
        "twice" => (2, 1),
        "thrice" => (3, 1),
        word if ["times", "time"].contains(&lower(rest, 1)) => (number(word)?, 2),
        _ => return None,
    };
    if !["a", "per", "every", "each"].contains(&lower(rest, used)) {
        return None;
    }
    unit(lower(rest, used + 1)).map(|unit| (of_unit(unit, |unit| Beat::Times(unit, times)), used + 2))
}

fn every(rest: &[Token<'_>]) -> Option<(Beat, usize)> {
    let word = lower(rest, 0);
    match word {
        "weekday" | "workday" => return Some((Beat::Days(WORKDAYS.into(), true), 1)),
        "weekend" => return Some((Beat::Days(WEEKEND.into(), true), 1)),
        "hour" | "quarter" | "minute" | "morning" | "evening" => return Some((Beat::Unknown, 1)),
        _ => {}
    }
    if let Some((days, _, used)) = weekdays(rest) {
        return Some((Beat::Days(days, true), used));
    }
    if let Some(unit) = unit(word) {
        return Some((of_unit(unit, Beat::Every), 1));
    }
    // `every 15th`, but not `every other week` or `every first Monday`.
    let next = lower(rest, 1);
    let is_of_days = unit(next).is_some() || weekday(next).is_some();
    if ["other", "second", "third", "few"].contains(&word) || is_of_days {
        let is_odd = word == "other" || word == "few" || number(word).is_some() || day_of_month(word).is_some();
        return (is_odd && is_of_days).then_some((Beat::Unknown, 2));
    }
    let day = day_of_month(word).and_then(|day| u8::try_from(day).ok())?;
    Some((Beat::OfMonth(day, true), 1))
}

fn on(rest: &[Token<'_>]) -> Option<(Beat, usize)> {
    match lower(rest, 0) {
        "weekdays" | "workdays" => return Some((Beat::Days(WORKDAYS.into(), true), 1)),
        "weekends" => return Some((Beat::Days(WEEKEND.into(), true), 1)),
        _ => {}
    }
    if let Some((days, each, used)) = weekdays(rest) {
        return Some((Beat::Days(days, each), used));
    }
    let the = usize::from(lower(rest, 0) == "the");
    let inner = rest.get(the..)?;
    let (day, used) = if begins(inner, &["last", "day"]) {
        (LAST, 2)
    } else {
        let named = usize::from(lower(inner, 0) == "day");
        let day = u8::try_from(day_of_month(lower(inner, named))?).ok()?;
        // `the first day of every month`.
        (day, 1 + named + usize::from(named == 0 && lower(inner, 1) == "day"))
    };
    let of = inner.get(used..)?;
    let each = lower(of, 0) == "of" && ["every", "each", "the"].contains(&lower(of, 1)) && lower(of, 2) == "month";
    // `on the 1st of March` is a date.
    if !each && (lower(of, 0) == "of" || month(lower(of, 0)).is_some()) {
        return None;
    }
    Some((Beat::OfMonth(day, each), the + used + if each { 3 } else { 0 }))
}

/// `Monday, Wednesday and Friday`: the days, whether one is said of each, and in how many tokens.
fn weekdays(rest: &[Token<'_>]) -> Option<(BTreeSet<Day>, bool, usize)> {
    let (first, mut each) = weekday(lower(rest, 0))?;
    let (mut days, mut used) = (BTreeSet::from([first]), 1);
    loop {
        let comma = usize::from(rest.get(used).is_some_and(|token| token.kind == Kind::Comma));
        let and = usize::from(["and", "&"].contains(&lower(rest, used + comma)));
        match weekday(lower(rest, used + comma + and)) {
            Some((day, of_each)) if comma + and > 0 => {
                days.insert(day);
                each |= of_each;
                used += comma + and + 1;
            }
            _ => return Some((days, each, used)),
        }
    }
}

/// What the phrases come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cadence {
    /// Nothing is said: at once.
    Now,
    Once(Date),
    Daily,
    Weekly(BTreeSet<Day>),
    /// On each of these days, of which there is a rule each.
    Monthly(BTreeSet<u8>),
}

/// A cadence, and whether its days are ours and nobody's who asks.
pub(super) type Chosen = (Cadence, bool);

fn ask(text: &str) -> Question {
    Question::new(About::Rhythm, text)
}

const CONTRADICTORY: &str = "The sentence has two rhythms that do not fit together. Which of them is meant?";

/// What the phrases and the days come to, for so many texts.
///
/// # Errors
/// The question, where they do not fit together or no schedule can do it.
pub(super) fn cadence(
    beats: &[Beat],
    dates: &[Date],
    count: Option<u32>,
    plural: bool,
    today: Date,
) -> Result<Chosen, Question> {
    if beats.contains(&Beat::Unknown) {
        return Err(ask(
            "A schedule is daily, weekly on days of the week, or monthly on days of the month. Which is it to be?",
        ));
    }
    let unit = beats.iter().find_map(Beat::unit);
    let mixed = beats.iter().filter_map(Beat::unit).any(|other| Some(other) != unit);
    let days: BTreeSet<Day> = beats.iter().flat_map(days_of).collect();
    let of_month: BTreeSet<u8> = beats.iter().filter_map(day_of).collect();
    let each = beats.iter().any(|beat| matches!(beat, Beat::Days(_, true) | Beat::OfMonth(_, true)));
    let named = usize::from(!dates.is_empty());
    let fixed = [!days.is_empty(), !of_month.is_empty()].into_iter().filter(|is_said| *is_said).count();
    if mixed || dates.len() > 1 || fixed > 1 || named + fixed > 1 || (named > 0 && unit.is_some()) {
        return Err(ask(CONTRADICTORY));
    }
    if let Some(date) = dates.first() {
        return Ok((Cadence::Once(*date), false));
    }
    let per = per(beats, count, plural)?;
    match unit {
        None if days.is_empty() && of_month.is_empty() => Ok((Cadence::Now, false)),
        None if !each => once(&days, &of_month, today),
        None if count.is_some_and(|count| count > 1) => Err(Question::new(
            About::Count,
            "A schedule makes one text at a time. How many are wanted a week or a month, and on which days?",
        )),
        None if days.is_empty() => Ok((Cadence::Monthly(of_month), false)),
        None => Ok((Cadence::Weekly(days), false)),
        Some(Unit::Day) if fixed == 0 => match per {
            1 => Ok((Cadence::Daily, false)),
            _ => Err(ask("A schedule makes at most one text a day. At which hours, each by a sentence of its own?")),
        },
        Some(Unit::Week) if of_month.is_empty() => weekly(days, per),
        Some(Unit::Month) if days.is_empty() => monthly(of_month, per),
        Some(_) => Err(ask(CONTRADICTORY)),
    }
}

fn days_of(beat: &Beat) -> BTreeSet<Day> {
    match beat {
        Beat::Days(days, _) => days.clone(),
        _ => BTreeSet::new(),
    }
}

const fn day_of(beat: &Beat) -> Option<u8> {
    match beat {
        Beat::OfMonth(day, _) => Some(*day),
        _ => None,
    }
}

/// How many come in each unit; 0: as many as there are days.
fn per(beats: &[Beat], count: Option<u32>, plural: bool) -> Result<u32, Question> {
    let times: BTreeSet<u32> =
        beats.iter().filter_map(|beat| if let Beat::Times(_, times) = beat { Some(*times) } else { None }).collect();
    let several = count.filter(|count| *count != 1);
    match (times.len(), times.first(), several) {
        (0, _, None) if count.is_none() && plural && beats.iter().any(|beat| matches!(beat, Beat::Per(_))) => {
            Err(Question::new(About::Count, "How many texts are wanted each time?"))
        }
        (0, _, Some(0)) | (1, Some(0), _) => {
            Err(Question::new(About::Count, "How many texts are wanted? None is nothing to make."))
        }
        (0, _, Some(_)) if beats.iter().any(|beat| matches!(beat, Beat::Loose(_))) => {
            Err(Question::new(About::Count, "Is that number how many there are in all, or how many come each time?"))
        }
        (0, _, Some(count)) => Ok(count),
        (0, _, None) => Ok(u32::from(count.is_some() || beats.iter().any(|beat| beat.unit().is_some()))),
        (1, Some(times), None) => Ok(*times),
        (1, Some(times), Some(count)) if *times == count => Ok(*times),
        _ => Err(ask(CONTRADICTORY)),
    }
}

fn once(days: &BTreeSet<Day>, of_month: &BTreeSet<u8>, today: Date) -> Result<Chosen, Question> {
    let ahead = || std::iter::successors(today.tomorrow().ok(), |day| day.tomorrow().ok()).take(62);
    let found = match (days.len(), days.first(), of_month.len(), of_month.first()) {
        (1, Some(day), 0, _) => coming(*day, today),
        (0, _, 1, Some(of)) => ahead().find(|day| u8::try_from(day.day()) == Ok(*of)),
        _ => None,
    };
    let question = "Is that every week or month, or once? Say “every” before the day, or name a date.";
    found.map(|day| (Cadence::Once(day), false)).ok_or_else(|| ask(question))
}

fn weekly(days: BTreeSet<Day>, per: u32) -> Result<Chosen, Question> {
    use Day::{Friday, Monday, Saturday, Thursday, Tuesday, Wednesday};
    let said = u32::try_from(days.len()).unwrap_or(0);
    if said > 0 {
        // `weekly on Mondays and Thursdays`, `two posts a week on Monday and Thursday`.
        return if per <= 1 || per == said { Ok((Cadence::Weekly(days), false)) } else { Err(ask(CONTRADICTORY)) };
    }
    let chosen: &[Day] = match per {
        0 | 1 => &[Monday],
        2 => &[Monday, Thursday],
        3 => &[Monday, Wednesday, Friday],
        4 => &[Monday, Tuesday, Thursday, Friday],
        5 => &WORKDAYS,
        6 => &[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday],
        7 => return Ok((Cadence::Daily, false)),
        _ => return Err(ask("A schedule makes at most one text a day, so seven a week. How many are wanted a week?")),
    };
    Ok((Cadence::Weekly(chosen.iter().copied().collect()), true))
}

fn monthly(of_month: BTreeSet<u8>, per: u32) -> Result<Chosen, Question> {
    let said = u32::try_from(of_month.len()).unwrap_or(0);
    if said > 0 {
        return if per <= 1 || per == said { Ok((Cadence::Monthly(of_month), false)) } else { Err(ask(CONTRADICTORY)) };
    }
    let chosen: &[u8] = match per {
        0 | 1 => &[1],
        2 => &[1, 15],
        3 => &[1, 11, 21],
        _ => return Err(ask("More than three a month is a weekly schedule. How many are wanted a week?")),
    };
    Ok((Cadence::Monthly(chosen.iter().copied().collect()), true))
}

/// The last day of so many units from a day on. `None`: it is beyond all days.
pub(super) fn last_of(start: Date, number: u32, unit: Unit) -> Option<Date> {
    let (span, number) = (Span::new(), i64::from(number));
    let span = match unit {
        Unit::Day => span.try_days(number),
        Unit::Week => span.try_weeks(number),
        Unit::Month => span.try_months(number),
        Unit::Year => span.try_years(number),
    };
    start.checked_add(span.ok()?).ok()?.yesterday().ok()
}
