//! When a schedule is due: once, daily, weekly or monthly, at a time of day in a time zone. Pure: it reads no clock.
//! Invariant: an occurrence is a local date and time, and each has exactly one instant; later occurrences have later instants.
//!
//! A local time that does not exist, because clocks go forward over it, is taken as if they had not yet: 02:30 in a night that goes from
//! 02:00 to 03:00 is 03:30. One that exists twice is the first of the two. Both as RFC 5545 (3.3.5) has it. A whole day that a zone leaves
//! out (Apia had no 30 December 2011) is the same gap, only longer: its occurrence falls on the day after; where the rule has one at that
//! instant anyway, the two are one, and bear the name of the one that the clocks show.

use std::{collections::BTreeSet, iter};

use galley_api::{
    read::Refused,
    rule::{RuleBroken, bounded_number, choice},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time, Weekday, date},
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::schedule::zone::Zone;

/// A gap is shorter than this many days: an occurrence before it may be due after it.
const LONGEST_GAP_DAYS: i64 = 2;

choice!(
    /// How often.
    Repeat {
        Once => "once",
        Daily => "daily",
        Weekly => "weekly",
        Monthly => "monthly",
    }
);

choice!(
    /// A day of the week.
    Day as "DayOfWeek", {
        Monday => "mon",
        Tuesday => "tue",
        Wednesday => "wed",
        Thursday => "thu",
        Friday => "fri",
        Saturday => "sat",
        Sunday => "sun",
    }
);

bounded_number! {
    /// The last day of a month that has fewer.
    DayOfMonth: u8, 1..=31, "must be 1 to 31"
}

bounded_number! {
    /// After so many occurrences it is over.
    Count as "OccurrenceCount": u16, 1..=1000, "must be 1 to 1000"
}

/// A time of day, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(Time);

impl TryFrom<String> for TimeOfDay {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        const RULE: RuleBroken = RuleBroken("must be a time of day from 00:00 to 23:59");
        let (hour, minute) = text.split_once(':').ok_or(RULE)?;
        let number = |text: &str| match text.as_bytes() {
            [tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => text.parse::<i8>().map_err(|_| RULE),
            _ => Err(RULE),
        };
        Time::new(number(hour)?, number(minute)?, 0, 0).map(Self).map_err(|_| RULE)
    }
}

impl From<TimeOfDay> for String {
    fn from(TimeOfDay(time): TimeOfDay) -> Self {
        time.strftime("%H:%M").to_string()
    }
}

galley_api::schema::scalar!(
    TimeOfDay,
    galley_api::schema::text()
        .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
        .description(Some("A time of day, to the minute."))
        .examples(["09:00"])
);

/// The last day that a rule can name, and the last on which it is due.
const LAST_DAY: Date = date(2199, 12, 31);

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalDate(Date);

impl LocalDate {
    pub const fn date(self) -> Date {
        self.0
    }
}

impl From<Date> for LocalDate {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl TryFrom<String> for LocalDate {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        const RULE: RuleBroken = RuleBroken("must be a date from 2000-01-01 to 2199-12-31");
        let date: Date = text.parse().map_err(|_| RULE)?;
        // The parser takes other forms, and with a time.
        if (2000..=LAST_DAY.year()).contains(&date.year()) && date.to_string() == text {
            Ok(Self(date))
        } else {
            Err(RULE)
        }
    }
}

impl From<LocalDate> for String {
    fn from(LocalDate(date): LocalDate) -> Self {
        date.to_string()
    }
}

galley_api::schema::scalar!(
    LocalDate,
    galley_api::schema::text()
        .pattern(Some("^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"))
        .description(Some("A day in the time zone of the schedule."))
        .examples(["2026-12-01"])
);

/// An occurrence's local date and time: what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalMoment(DateTime);

impl LocalMoment {
    pub const PATTERN: &'static str = "^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$";

    pub fn date(self) -> Date {
        self.0.date()
    }
}

impl std::str::FromStr for LocalMoment {
    type Err = RuleBroken;
    fn from_str(text: &str) -> Result<Self, RuleBroken> {
        const RULE: RuleBroken = RuleBroken("must be a local date and time such as 2026-12-01T09:00");
        let (date, time) = text.split_once('T').ok_or(RULE)?;
        let date = LocalDate::try_from(date.to_owned()).map_err(|_| RULE)?;
        let TimeOfDay(time) = TimeOfDay::try_from(time.to_owned()).map_err(|_| RULE)?;
        Ok(Self(date.date().to_datetime(time)))
    }
}

impl TryFrom<String> for LocalMoment {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        text.parse()
    }
}

impl std::fmt::Display for LocalMoment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M"))
    }
}

impl From<LocalMoment> for String {
    fn from(moment: LocalMoment) -> Self {
        moment.to_string()
    }
}

galley_api::schema::scalar!(
    LocalMoment,
    galley_api::schema::text()
        .pattern(Some(LocalMoment::PATTERN))
        .description(Some("A date and a time of day in the time zone of the schedule."))
        .examples(["2026-12-01T09:00"])
);

/// When something is due, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ScheduleRule))]
#[serde(deny_unknown_fields)]
struct Written {
    repeat: Repeat,
    /// Where it repeats `once`: the day. Required there, and not allowed elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<LocalDate>,
    /// Where it repeats `weekly`: the days of the week, at least one. Required there, and not allowed elsewhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    weekdays: BTreeSet<Day>,
    /// Where it repeats `monthly`: the day of the month; in a month that has fewer days, its last. Required there, and not allowed elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<DayOfMonth>,
    at: TimeOfDay,
    zone: Zone,
    /// The first day on which it may be due. Without it: the day on which the rule is set, as the zone has it. Not with `once`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<LocalDate>,
    /// The last day on which it may be due. Not with `once`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<LocalDate>,
    /// It is over after so many occurrences from `start` on; those on excepted days count. Not with `once`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<Count>,
    /// Days on which it is not due, at most 100. Not with `once`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    except: BTreeSet<LocalDate>,
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub struct Rule(Written);

impl From<Rule> for Written {
    fn from(Rule(written): Rule) -> Self {
        written
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        match written.broken() {
            Some((field, rule)) => Err(Refused::at(field, rule).passed_on()),
            None => Ok(Self(written)),
        }
    }
}

impl Written {
    /// The first field that does not fit the others, and why.
    fn broken(&self) -> Option<(&'static str, &'static str)> {
        const ELSEWHERE: &str = "must not be there with this repeat";
        const NEEDED: &str = "must be there with this repeat";
        let repeats = self.repeat != Repeat::Once;
        let (once, weekly, monthly) = (!repeats, self.repeat == Repeat::Weekly, self.repeat == Repeat::Monthly);
        let parts = [
            ("date", self.date.is_some(), once),
            ("weekdays", !self.weekdays.is_empty(), weekly),
            ("day", self.day.is_some(), monthly),
        ];
        let parts = parts.into_iter().filter(|(_, is_there, needed)| is_there != needed);
        let parts = parts.map(|(field, _, needed)| (field, if needed { NEEDED } else { ELSEWHERE }));
        let bounds = [
            ("start", self.start.is_some()),
            ("end", self.end.is_some()),
            ("count", self.count.is_some()),
            ("except", !self.except.is_empty()),
        ];
        let bounds = bounds.into_iter().filter(|(_, is_there)| *is_there && once).map(|(field, _)| (field, ELSEWHERE));
        let ends_early = self.start.zip(self.end).is_some_and(|(start, end)| end < start);
        let range = ends_early.then_some(("end", "must not be before start"));
        let full = (self.except.len() > Rule::MOST_EXCEPTIONS).then_some(("except", "must have at most 100 entries"));
        parts.chain(bounds).chain(range).chain(full).next()
    }
}

/// One of the times at which a rule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// What it is called: unique in its rule, whatever clocks do.
    pub local: LocalMoment,
    pub at: Timestamp,
}

impl Rule {
    pub const MOST_EXCEPTIONS: usize = 100;

    pub const fn zone(&self) -> &Zone {
        &self.0.zone
    }

    /// The day that it is in the rule's zone.
    pub fn day_of(&self, at: Timestamp) -> Date {
        self.zone().day_of(at)
    }

    /// The rule as it is set at `now`: it begins on this day where it does not say when.
    #[must_use]
    pub fn set_at(mut self, now: Timestamp) -> Self {
        if self.0.repeat != Repeat::Once && self.0.start.is_none() {
            self.0.start = Some(self.day_of(now).into());
        }
        self
    }

    /// Whether it is due more often than once.
    pub fn repeats(&self) -> bool {
        self.0.repeat != Repeat::Once
    }

    /// The first occurrence after an instant.
    pub fn next_after(&self, after: Timestamp) -> Option<Occurrence> {
        self.all_after(after).next()
    }

    /// The occurrences after an instant, in their order.
    pub fn all_after(&self, after: Timestamp) -> impl Iterator<Item = Occurrence> {
        let from = self.day_of(after).saturating_sub(LONGEST_GAP_DAYS.days());
        let mut due = self.days_from(from).filter_map(|day| self.on(day)).peekable();
        let distinct = iter::from_fn(move || {
            let mut occurrence = due.next()?;
            while let Some(same) = due.next_if(|next| next.at == occurrence.at) {
                occurrence = same;
            }
            Some(occurrence)
        });
        distinct.skip_while(move |occurrence| occurrence.at <= after)
    }

    /// The days from `from` on on which it is due. Of a rule without an end there are as many as the calendar has.
    fn days_from(&self, from: Date) -> Box<dyn Iterator<Item = Date> + '_> {
        let Written { start, end, count, except, .. } = &self.0;
        if let Some(LocalDate(date)) = self.0.date {
            return Box::new(iter::once(date).filter(move |date| *date >= from));
        }
        let start = start.map_or(from, LocalDate::date);
        // What is counted is counted from the start.
        let first = if count.is_some() { start } else { start.max(from) };
        let days = iter::successors(Some(first), |day| day.tomorrow().ok()).filter(|day| self.falls_on(*day));
        let counted = days.take(count.map_or(usize::MAX, |count| u16::from(count).into()));
        let last = end.map_or(LAST_DAY, LocalDate::date);
        let within = counted.take_while(move |day| *day <= last).skip_while(move |day| *day < from);
        Box::new(within.filter(|day| !except.contains(&LocalDate(*day))))
    }

    fn falls_on(&self, date: Date) -> bool {
        match self.0.repeat {
            Repeat::Once => self.0.date == Some(LocalDate(date)),
            Repeat::Daily => true,
            Repeat::Weekly => self.0.weekdays.contains(&Day::of(date.weekday())),
            Repeat::Monthly => {
                let day = self.0.day.and_then(|day| i8::try_from(u8::from(day)).ok());
                day.is_some_and(|day| date.day() == day.min(date.days_in_month()))
            }
        }
    }

    fn on(&self, day: Date) -> Option<Occurrence> {
        let TimeOfDay(time) = self.0.at;
        let local = day.to_datetime(time);
        // Before the gap's offset, or the first of two: jiff's "compatible", and RFC 5545's.
        let at = self.zone().time_zone().to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Occurrence { local: LocalMoment(local), at })
    }
}

impl Day {
    pub(crate) const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

#[cfg(feature = "schema")]
mod schema {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, Schema},
    };

    use super::{Rule, Written};

    impl PartialSchema for Rule {
        fn schema() -> RefOr<Schema> {
            Written::schema()
        }
    }

    impl ToSchema for Rule {
        fn name() -> std::borrow::Cow<'static, str> {
            Written::name()
        }

        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            Written::schemas(schemas);
        }
    }
}

#[cfg(test)]
mod tests {
    use galley_api::read::{Null, read};
    use serde_json::{Value, json};

    use super::*;

    fn rule(written: Value) -> Rule {
        read(written, Null::IsAbsent).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Names and instants of the occurrences after `after`.
    fn due(rule: &Rule, after: &str, most: usize) -> Vec<String> {
        rule.all_after(at(after)).take(most).map(|one| format!("{} {}", one.local, one.at)).collect()
    }

    /// A name of an occurrence has a pattern, and no year beyond it.
    #[test]
    fn what_has_no_end_ends_with_the_last_day_that_a_rule_can_name() {
        let daily = rule(json!({"repeat": "daily", "at": "09:00", "zone": "UTC"}));
        assert_eq!(due(&daily, "2199-12-30T12:00:00Z", 9), ["2199-12-31T09:00 2199-12-31T09:00:00Z"]);
        assert!(due(&daily, "8531-11-26T00:00:00Z", 1).is_empty());
    }

    #[test]
    fn what_does_not_fit_together_is_refused_by_its_field() {
        let refused = |changes: Value| {
            let mut body = json!({"repeat": "daily", "at": "09:00", "zone": "Europe/Berlin"});
            for (field, value) in changes.as_object().unwrap() {
                body[field] = value.clone();
            }
            read::<Rule>(body, Null::IsAbsent).unwrap_err().to_string()
        };
        for (changes, rule) in [
            (json!({"repeat": "hourly"}), "repeat must be one of"),
            (json!({"at": "24:00"}), "at must be a time of day from 00:00 to 23:59"),
            (json!({"at": "9:00"}), "at must be a time of day from 00:00 to 23:59"),
            (json!({"at": "09:00:00"}), "at must be a time of day from 00:00 to 23:59"),
            (json!({"at": "+9:00"}), "at must be a time of day from 00:00 to 23:59"),
            (json!({"zone": "CEST"}), "zone must be a time zone of the IANA database"),
            (json!({"start": "2026-02-30"}), "start must be a date from 2000-01-01 to 2199-12-31"),
            (json!({"start": "2026-02-03T00:00"}), "start must be a date from 2000-01-01 to 2199-12-31"),
            (json!({"start": "2200-01-01"}), "start must be a date from 2000-01-01 to 2199-12-31"),
            (json!({"start": "2026-02-03", "end": "2026-02-02"}), "end must not be before start"),
            (json!({"count": 0}), "count must be 1 to 1000"),
            (json!({"count": 1001}), "count must be 1 to 1000"),
            (json!({"date": "2026-02-03"}), "date must not be there with this repeat"),
            (json!({"weekdays": ["mon"]}), "weekdays must not be there with this repeat"),
            (json!({"repeat": "weekly"}), "weekdays must be there with this repeat"),
            (json!({"repeat": "weekly", "weekdays": []}), "weekdays must be there with this repeat"),
            (json!({"repeat": "weekly", "weekdays": ["monday"]}), "weekdays[0] must be one of"),
            (json!({"repeat": "monthly"}), "day must be there with this repeat"),
            (json!({"repeat": "monthly", "day": 32}), "day must be 1 to 31"),
            (json!({"repeat": "once"}), "date must be there with this repeat"),
            (json!({"repeat": "once", "date": "2026-02-03", "count": 1}), "count must not be there with this repeat"),
            (json!({"cron": "* * * * *"}), "cron is not a known field"),
        ] {
            let told = refused(changes.clone());
            assert!(told.starts_with(rule), "{changes}: {told}");
        }
        let mut days = iter::successors(Date::new(2026, 1, 1).ok(), |day| day.tomorrow().ok());
        let days: Vec<String> = days.by_ref().take(101).map(|day| day.to_string()).collect();
        assert_eq!(refused(json!({ "except": days })), "except must have at most 100 entries");
    }

    #[test]
    fn a_rule_is_read_as_it_was_written() {
        for written in [
            json!({"repeat": "once", "date": "2026-12-01", "at": "09:00", "zone": "Europe/Berlin"}),
            json!({"repeat": "weekly", "weekdays": ["mon", "thu"], "at": "23:59", "zone": "Asia/Tokyo", "start": "2026-12-01",
                "end": "2027-12-01", "count": 40, "except": ["2026-12-24"]}),
            json!({"repeat": "monthly", "day": 31, "at": "00:00", "zone": "UTC"}),
        ] {
            assert_eq!(serde_json::to_value(rule(written.clone())).unwrap(), written);
        }
    }

    /// Local times that do not exist, and such that exist twice: (zone, time of day, from, what is due then).
    #[test]
    fn where_clocks_change_there_is_exactly_one_occurrence_of_each_day() {
        for (zone, time, after, expected) in [
            // Forward from 02:00 to 03:00 on 8 March 2026: 02:30 is what was 02:30 by the clock before.
            (
                "America/New_York",
                "02:30",
                "2026-03-07T12:00:00Z",
                ["2026-03-08T02:30 2026-03-08T07:30:00Z", "2026-03-09T02:30 2026-03-09T06:30:00Z"],
            ),
            // Back from 02:00 to 01:00 on 1 November 2026: 01:30 comes twice, and the first counts.
            (
                "America/New_York",
                "01:30",
                "2026-10-31T12:00:00Z",
                ["2026-11-01T01:30 2026-11-01T05:30:00Z", "2026-11-02T01:30 2026-11-02T06:30:00Z"],
            ),
            (
                "Europe/Berlin",
                "02:30",
                "2026-03-28T12:00:00Z",
                ["2026-03-29T02:30 2026-03-29T01:30:00Z", "2026-03-30T02:30 2026-03-30T00:30:00Z"],
            ),
            (
                "Europe/Berlin",
                "02:30",
                "2026-10-24T12:00:00Z",
                ["2026-10-25T02:30 2026-10-25T00:30:00Z", "2026-10-26T02:30 2026-10-26T01:30:00Z"],
            ),
            // Half an hour: forward from 02:00 to 02:30 on 4 October 2026, back from 02:00 to 01:30 on 5 April.
            (
                "Australia/Lord_Howe",
                "02:15",
                "2026-10-03T00:00:00Z",
                ["2026-10-04T02:15 2026-10-03T15:45:00Z", "2026-10-05T02:15 2026-10-04T15:15:00Z"],
            ),
            (
                "Australia/Lord_Howe",
                "01:45",
                "2026-04-04T00:00:00Z",
                ["2026-04-05T01:45 2026-04-04T14:45:00Z", "2026-04-06T01:45 2026-04-05T15:15:00Z"],
            ),
            // Samoa went from 29 to 31 December 2011.
            (
                "Pacific/Apia",
                "09:00",
                "2011-12-29T12:00:00Z",
                ["2011-12-29T09:00 2011-12-29T19:00:00Z", "2011-12-31T09:00 2011-12-30T19:00:00Z"],
            ),
        ] {
            let daily = rule(json!({"repeat": "daily", "at": time, "zone": zone}));
            assert_eq!(due(&daily, after, 2), expected, "{zone} {time}");
        }
    }

    #[test]
    fn a_day_that_a_zone_leaves_out_loses_no_week_and_no_month() {
        let weekly = rule(json!({"repeat": "weekly", "weekdays": ["fri"], "at": "09:00", "zone": "Pacific/Apia"}));
        let (friday, next) = ("2011-12-30T09:00 2011-12-30T19:00:00Z", "2012-01-06T09:00 2012-01-05T19:00:00Z");
        assert_eq!(due(&weekly, "2011-12-29T00:00:00Z", 2), [friday, next], "the 31st, at nine o'clock");
        assert_eq!(due(&weekly, "2011-12-30T12:00:00Z", 1), [friday], "also if asked on the 31st");
        let monthly = rule(json!({"repeat": "monthly", "day": 30, "at": "09:00", "zone": "Pacific/Apia"}));
        assert_eq!(due(&monthly, "2011-12-01T00:00:00Z", 1), [friday]);
        let once = rule(json!({"repeat": "once", "date": "2011-12-30", "at": "09:00", "zone": "Pacific/Apia"}));
        assert_eq!(due(&once, "2011-12-01T00:00:00Z", 2), [friday]);
        assert_eq!(due(&once, "2011-12-30T19:00:00Z", 2), Vec::<String>::new());
    }

    #[test]
    fn a_year_of_days_has_an_occurrence_for_each_and_names_none_twice() {
        for (zone, year, days) in [
            ("Europe/Berlin", 2026, 365),
            ("America/New_York", 2028, 366),
            ("Australia/Lord_Howe", 2027, 365),
            ("UTC", 2028, 366),
            // That year had 364 days in Samoa.
            ("Pacific/Apia", 2011, 364),
        ] {
            for time in ["00:00", "01:45", "02:15", "02:30", "23:59"] {
                let (start, end) = (format!("{year}-01-01"), format!("{year}-12-31"));
                let daily = json!({"repeat": "daily", "at": time, "zone": zone, "start": start, "end": end});
                let (rule, mut now) = (rule(daily), at("2000-01-01T00:00:00Z"));
                let mut seen = BTreeSet::new();
                while let Some(next) = rule.next_after(now) {
                    assert!(next.at > now && seen.insert(next.local), "{zone} {time}: {next:?} after {now}");
                    now = next.at;
                }
                assert_eq!(seen.len(), days, "{zone} {time} {year}");
            }
        }
    }

    #[test]
    fn the_31st_of_a_shorter_month_is_its_last_day() {
        let monthly =
            rule(json!({"repeat": "monthly", "day": 31, "at": "12:00", "zone": "UTC", "start": "2028-01-15"}));
        let days: Vec<String> =
            monthly.all_after(at("2027-01-01T00:00:00Z")).take(4).map(|one| one.local.date().to_string()).collect();
        assert_eq!(days, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]);
    }

    #[test]
    fn a_rule_ends_with_its_last_day_or_its_last_occurrence() {
        let base = json!({"repeat": "weekly", "weekdays": ["mon", "wed"], "at": "08:00", "zone": "UTC", "start": "2026-11-30"});
        let with = |field: &str, value: Value| {
            let mut body = base.clone();
            body[field] = value;
            let days = rule(body).all_after(at("2020-01-01T00:00:00Z")).map(|one| one.local.date()).collect::<Vec<_>>();
            days.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(with("end", json!("2026-12-07")), ["2026-11-30", "2026-12-02", "2026-12-07"]);
        assert_eq!(with("count", json!(3)), ["2026-11-30", "2026-12-02", "2026-12-07"]);
        let counted = rule(json!({"repeat": "daily", "at": "08:00", "zone": "UTC", "start": "2026-11-30", "count": 3,
            "except": ["2026-12-01"]}));
        assert_eq!(due(&counted, "2026-11-30T08:00:00Z", 9), ["2026-12-02T08:00 2026-12-02T08:00:00Z"]);
        assert_eq!(counted.next_after(at("2026-12-02T08:00:00Z")), None);
    }

    #[test]
    fn a_rule_begins_on_the_day_on_which_it_is_set_there() {
        let rule = rule(json!({"repeat": "daily", "at": "00:30", "zone": "Pacific/Kiritimati", "count": 1}));
        let set = rule.set_at(at("2026-11-30T11:00:00Z"));
        // It is one o'clock on 1 December there: today's is over, and was the only one.
        assert_eq!(set.next_after(at("2026-11-30T11:00:00Z")), None);
        assert_eq!(due(&set, "2026-11-30T10:00:00Z", 2), ["2026-12-01T00:30 2026-11-30T10:30:00Z"]);
    }
}
