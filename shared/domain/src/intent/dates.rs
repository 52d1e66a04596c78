//! Days as people say them, seen from today.

use jiff::{ToSpan, civil::Date};

use crate::{
    intent::{
        text::{Token, begins, lower},
        words::{day_of_month, month, weekday},
    },
    schedule::rule::Day,
};

/// A day, or a whole month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Day(Date),
    /// By its first day.
    Month(Date),
}

impl When {
    /// The first day.
    pub(super) const fn first(self) -> Date {
        match self {
            Self::Day(day) | Self::Month(day) => day,
        }
    }
}

/// What day `rest` begins with, and in how many words. A day without a year is the next one.
pub(super) fn when(rest: &[Token<'_>], today: Date) -> Option<(When, usize)> {
    let word = lower(rest, 0);
    if ["the", "in"].contains(&word) {
        return when(rest.get(1..)?, today).map(|(found, used)| (found, used + 1));
    }
    let next = word == "next";
    match word {
        "today" => return Some((When::Day(today), 1)),
        "tomorrow" => return Some((When::Day(today.tomorrow().ok()?), 1)),
        _ if next && lower(rest, 1) == "week" => return Some((When::Day(coming(Day::Monday, today)?), 2)),
        _ if next && lower(rest, 1) == "month" => {
            return Some((When::Month(today.first_of_month().checked_add(1.month()).ok()?), 2));
        }
        _ => {}
    }
    let named = usize::from(next);
    if let Some((day, false)) = weekday(lower(rest, named)) {
        return Some((When::Day(coming(day, today)?), named + 1));
    }
    iso(word).map(|day| (When::Day(day), 1)).or_else(|| in_words(rest, today))
}

/// The next such day after today.
pub(super) fn coming(day: Day, today: Date) -> Option<Date> {
    let days = std::iter::successors(today.tomorrow().ok(), |day| day.tomorrow().ok());
    days.take(7).find(|one| Day::of(one.weekday()) == day)
}

fn iso(word: &str) -> Option<Date> {
    let day: Date = word.parse().ok()?;
    (day.to_string() == word).then_some(day)
}

/// `1 March`, `1st of March 2027`, `March 1, 2027`, `June`, `June 2027`.
fn in_words(rest: &[Token<'_>], today: Date) -> Option<(When, usize)> {
    let year = |nth: usize| {
        let word = lower(rest, nth);
        word.parse::<i16>().ok().filter(|year| word.len() == 4 && (2000..=2199).contains(year))
    };
    if let Some(day) = day_of_month(lower(rest, 0)) {
        let of = usize::from(lower(rest, 1) == "of");
        let month = month(lower(rest, 1 + of))?;
        let used = 2 + of;
        return dated(month, day, year(used), today).map(|date| (date, used + usize::from(year(used).is_some())));
    }
    let month = month(lower(rest, 0))?;
    if let Some(day) = day_of_month(lower(rest, 1)) {
        let comma = usize::from(rest.get(2).is_some_and(|token| token.text == ","));
        let said = year(2 + comma);
        let used = if said.is_some() { 3 + comma } else { 2 };
        return dated(month, day, said, today).map(|date| (date, used));
    }
    let said = year(1);
    let used = 1 + usize::from(said.is_some());
    let first = Date::new(said.unwrap_or(today.year()), month, 1).ok()?;
    let passed = said.is_none() && first <= today;
    let first = if passed { first.checked_add(1.year()).ok()? } else { first };
    Some((When::Month(first), used))
}

fn dated(month: i8, day: i8, year: Option<i16>, today: Date) -> Option<When> {
    let of = |year: i16| Date::new(year, month, day).ok();
    match year {
        Some(year) => of(year),
        None => (0..=4).filter_map(|ahead| of(today.year() + ahead)).find(|day| *day >= today),
    }
    .map(When::Day)
}

/// The last day of what is named by its end: `the end of June`, `the end of the year`.
pub(super) fn end_of(rest: &[Token<'_>], today: Date) -> Option<(Date, usize)> {
    let the = usize::from(lower(rest, 0) == "the");
    let inner = rest.get(the..)?;
    if !begins(inner, &["end", "of"]) {
        return None;
    }
    let inner = inner.get(2..)?;
    let used = the + 2;
    let article = usize::from(["the", "this"].contains(&lower(inner, 0)));
    match lower(inner, article) {
        "month" => return Some((today.last_of_month(), used + article + 1)),
        "year" => return Some((today.last_of_year(), used + article + 1)),
        "week" => return Some((sunday(today)?, used + article + 1)),
        _ => {}
    }
    let year = lower(inner, 0).parse::<i16>().ok().filter(|year| (2000..=2199).contains(year));
    if let Some(year) = year {
        return Some((Date::new(year, 12, 31).ok()?, used + 1));
    }
    match in_words(inner, today)? {
        (When::Month(first), more) => {
            // Of a month that it is, its end is still to come.
            let this = first.month() == today.month() && first.year() == today.year() + 1;
            let last = if this && more == 1 { today.last_of_month() } else { first.last_of_month() };
            Some((last, used + more))
        }
        (When::Day(_), _) => None,
    }
}

fn sunday(today: Date) -> Option<Date> {
    if Day::of(today.weekday()) == Day::Sunday { Some(today) } else { coming(Day::Sunday, today) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::intent::text::tokens;

    /// A Friday.
    const TODAY: Date = date(2026, 11, 20);

    #[test]
    fn days_are_read_as_they_are_said() {
        for (text, first, used) in [
            ("today", date(2026, 11, 20), 1),
            ("tomorrow at", date(2026, 11, 21), 1),
            ("Friday", date(2026, 11, 27), 1),
            ("next Monday", date(2026, 11, 23), 2),
            ("next week", date(2026, 11, 23), 2),
            ("2027-03-01", date(2027, 3, 1), 1),
            ("1 March", date(2027, 3, 1), 2),
            ("the 1st of December", date(2026, 12, 1), 4),
            ("March 1, 2028", date(2028, 3, 1), 4),
            ("29 February", date(2028, 2, 29), 2),
            ("June", date(2027, 6, 1), 1),
            ("November", date(2027, 11, 1), 1),
            ("June 2029", date(2029, 6, 1), 2),
        ] {
            let found = when(&tokens(text), TODAY);
            assert_eq!(found.map(|(when, used)| (when.first(), used)), Some((first, used)), "{text}");
        }
        for text in
            ["", "Christmas", "3/1/2027", "2027-3-1", "31 June", "30 February 2027", "Mondays", "dawn", "32 May"]
        {
            assert_eq!(when(&tokens(text), TODAY), None, "{text}");
        }
    }

    #[test]
    fn an_end_is_the_last_day() {
        for (text, last) in [
            ("the end of June", date(2027, 6, 30)),
            ("the end of November", date(2026, 11, 30)),
            ("end of the year", date(2026, 12, 31)),
            ("the end of this month", date(2026, 11, 30)),
            ("the end of the week", date(2026, 11, 22)),
            ("the end of 2028", date(2028, 12, 31)),
        ] {
            assert_eq!(end_of(&tokens(text), TODAY).map(|(day, _)| day), Some(last), "{text}");
        }
    }
}
