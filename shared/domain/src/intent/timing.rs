//! From when, to when and at what hour something is to be, as a rule says it.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::{
    intent::{
        clause::Clause,
        record::{About, Question, ask},
        rhythm::{Cadence, last_of},
        sentence::one,
        words::Unit,
    },
    schedule::{rule::Day, zone::Zone},
};

/// The hour where none is said.
const USUAL_HOUR: &str = "09:00";

/// From when, to when, how often and at what hour.
#[derive(Debug)]
pub(super) struct Timing {
    at: String,
    start: Option<Date>,
    end: Option<Date>,
    count: Option<u32>,
    pub(super) assumed: Vec<String>,
}

impl Timing {
    pub(super) fn of(clauses: &[Clause], today: Date, cadence: &Cadence) -> Result<Self, Question> {
        let (mut hours, mut starts, mut ends, mut assumed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for clause in clauses {
            match clause {
                Clause::At(hour) => hours.push(hour.clone()),
                Clause::From(day) => starts.push(*day),
                Clause::Until(_) | Clause::UntilMonth(_) | Clause::Over(..) | Clause::Times(_) => ends.push(clause),
                _ => {}
            }
        }
        let (Ok(hour), Ok(start)) = (one(hours), one(starts)) else {
            return ask(About::Time, "Two hours or two first days are named. Which of them is meant?");
        };
        if ends.len() > 1 {
            return ask(About::Time, "Two ends are named. Which of them is meant?");
        }
        let bounded = start.is_some() || !ends.is_empty();
        match cadence {
            Cadence::Now if bounded => {
                return ask(
                    About::Rhythm,
                    "How often is it to be: every day, on which days of the week, or on which day of the month?",
                );
            }
            Cadence::Now if hour.is_some() => {
                return ask(About::Time, "On which day, or how often, is it to be at that hour?");
            }
            Cadence::Once(_) if bounded => return ask(About::Rhythm, "Is it to be once, or how often until then?"),
            _ => {}
        }
        let first = start.unwrap_or(today);
        let (mut end, mut count) = (None, None);
        match ends.first() {
            Some(Clause::Until(last)) => end = Some(*last),
            Some(Clause::UntilMonth(month)) => {
                end = month.yesterday().ok();
                assumed.extend(end.map(|last| format!("the last day: {last}")));
            }
            Some(Clause::Over(number, unit)) => end = Some(span(first, *number, *unit)?),
            Some(Clause::Times(times)) => count = Some(*times),
            _ => {}
        }
        if start.is_some_and(|start| start < today) || end.is_some_and(|end| end < first) {
            return ask(About::Time, "That time has passed. When is it to be?");
        }
        if count.is_some_and(|count| !(1..=1000).contains(&count)) {
            return ask(About::Count, "A schedule makes 1 to 1000 texts. How many are wanted?");
        }
        if *cadence != Cadence::Now && hour.is_none() {
            assumed.push(format!("the hour: {USUAL_HOUR}"));
        }
        Ok(Self { at: hour.unwrap_or_else(|| USUAL_HOUR.to_owned()), start, end, count, assumed })
    }

    /// A rule each, as a schedule takes it.
    pub(super) fn rules(&self, cadence: &Cadence, zone: &Zone, today: Date) -> Result<Vec<Value>, Question> {
        let each: Vec<Value> = match cadence {
            Cadence::Now => Vec::new(),
            Cadence::Once(date) if *date < today => return ask(About::Time, "That day has passed. When is it to be?"),
            Cadence::Once(date) => vec![json!({"repeat": "once", "date": date.to_string()})],
            Cadence::Daily => vec![json!({"repeat": "daily"})],
            Cadence::Weekly(days) => {
                vec![
                    json!({"repeat": "weekly", "weekdays": days.iter().map(|day: &Day| day.name()).collect::<Vec<_>>()}),
                ]
            }
            Cadence::Monthly(days) => days.iter().map(|day| json!({"repeat": "monthly", "day": day})).collect(),
        };
        if each.len() > 1 && self.count.is_some() {
            return ask(
                About::Rhythm,
                "So many times on several days of the month are several schedules. Until when is it to be instead?",
            );
        }
        let day = |day: Option<Date>| day.map(|day| json!(day.to_string()));
        let more = [
            ("at", Some(json!(self.at))),
            ("zone", Some(json!(zone.name()))),
            ("start", day(self.start)),
            ("end", day(self.end)),
            ("count", self.count.map(|count| json!(count))),
        ];
        let with = |mut rule: Value| {
            if let Value::Object(fields) = &mut rule {
                fields.extend(more.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))));
            }
            rule
        };
        Ok(each.into_iter().map(with).collect())
    }
}

fn span(first: Date, number: u32, unit: Unit) -> Result<Date, Question> {
    let last = last_of(first, number, unit).filter(|last| last.year() < 2199);
    last.ok_or_else(|| {
        Question::new(About::Time, "That is beyond the days that a schedule has. Until when is it to be?")
    })
}
