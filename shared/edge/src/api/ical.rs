//! A calendar as programs read it: iCalendar (RFC 5545). Titles and hours, in UTC, and nothing by which somebody could ask for more.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::plans::calendar::{Calendar, Entry, Standing};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";
/// A line has no more octets than this, its end aside (RFC 5545, 3.1).
const LINE_OCTETS: usize = 75;

/// The calendar under a name. It is the same text while nothing in it changes.
pub fn written(name: &str, calendar: &Calendar) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| fold(&mut text, &format!("{name}:{value}"));
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//Galley//Calendar//EN");
    line("NAME", &escaped(name));
    line("X-WR-CALNAME", &escaped(name));
    line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    // A calendar has at least one component (3.6), and one that is empty has its zone.
    line("BEGIN", "VTIMEZONE");
    line("TZID", "UTC");
    line("BEGIN", "STANDARD");
    line("DTSTART", "19700101T000000");
    line("TZOFFSETFROM", "+0000");
    line("TZOFFSETTO", "+0000");
    line("END", "STANDARD");
    line("END", "VTIMEZONE");
    for entry in &calendar.entries {
        line("BEGIN", "VEVENT");
        line("UID", &uid(entry));
        // Without METHOD it says when the event was last changed (3.8.7.2).
        line("DTSTAMP", &moment(entry.changed_at));
        line("DTSTART", &moment(entry.at));
        line("SUMMARY", &escaped(&entry.title));
        line("CATEGORIES", entry.standing.name());
        line("STATUS", if entry.standing == Standing::Planned { "TENTATIVE" } else { "CONFIRMED" });
        line("TRANSP", "TRANSPARENT");
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    text
}

/// The same for a text before and after it goes live, and for an occurrence as long as it is planned.
fn uid(entry: &Entry) -> String {
    let name = match (&entry.task, &entry.occurrence) {
        (Some(task), _) => task.to_string(),
        (None, Some((schedule, occurrence))) => format!("{schedule} {occurrence}"),
        // An article without a task's id has its hour and title.
        (None, None) => format!("{} {}", entry.at, entry.title),
    };
    format!("{}@galley", URL_SAFE_NO_PAD.encode(Sha256::digest(name)))
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// As a value of type TEXT (3.3.11), which has no control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => escaped.extend(['\\', char]),
            '\n' => escaped.push_str("\\n"),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line with its end, in lines that are short enough; no character is cut.
fn fold(text: &mut String, line: &str) {
    let mut octets = 0;
    for char in line.chars() {
        if octets + char.len_utf8() > LINE_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(char);
        octets += char.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn entry(standing: Standing, title: &str) -> Entry {
        let hour = at("2026-11-28T09:00:00Z");
        Entry {
            standing,
            at: hour,
            date: "2026-11-28".parse().unwrap(),
            title: title.to_owned(),
            task_type: None,
            task: Some(format!("task_{}", "0".repeat(32)).parse().unwrap()),
            occurrence: None,
            changed_at: at("2026-11-20T12:00:00.5Z"),
        }
    }

    fn of(entries: Vec<Entry>) -> String {
        let calendar =
            Calendar { entries, unscheduled: Vec::new(), days: Vec::new(), conflicts: Vec::new(), is_complete: true };
        written("The desk; all of it", &calendar)
    }

    /// Lines as a reader has them: unfolded (3.1).
    fn lines(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_event_says_what_the_rfc_asks_for_and_nothing_that_leads_further() {
        let told = lines(&of(vec![entry(Standing::Scheduled, "A title")]));
        let begin = told.iter().position(|line| line == "BEGIN:VEVENT").unwrap();
        let uid = &told[begin + 1];
        assert!(uid.starts_with("UID:") && uid.ends_with("@galley") && !uid.contains("task_"), "{uid}");
        assert_eq!(
            told[begin + 2..],
            [
                "DTSTAMP:20261120T120000Z",
                "DTSTART:20261128T090000Z",
                "SUMMARY:A title",
                "CATEGORIES:scheduled",
                "STATUS:CONFIRMED",
                "TRANSP:TRANSPARENT",
                "END:VEVENT",
                "END:VCALENDAR",
            ]
        );
        let live = lines(&of(vec![entry(Standing::Published, "Another title")]));
        assert_eq!(live[begin + 1], *uid, "it is the same event when it goes live");
    }

    #[test]
    fn a_text_is_escaped_and_injects_no_line() {
        let told =
            lines(&of(vec![entry(Standing::Scheduled, "One, two; C:\\x\r\nATTENDEE:mailto:ana@example.org\u{7}")]));
        assert!(told.contains(&"NAME:The desk\\; all of it".to_owned()), "{told:?}");
        let summary = told.iter().find(|line| line.starts_with("SUMMARY:")).unwrap();
        assert_eq!(summary, "SUMMARY:One\\, two\\; C:\\\\x\\nATTENDEE:mailto:ana@example.org");
    }

    #[test]
    fn no_line_is_longer_than_seventy_five_octets_and_no_character_is_cut() {
        for title in ["x".repeat(400), "ü".repeat(200), "\u{1f4c5}".repeat(90), format!("{}é", "x".repeat(66))] {
            let text = of(vec![entry(Standing::Planned, &title)]);
            assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
            assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "each line ends as it must");
            assert!(lines(&text).contains(&format!("SUMMARY:{title}")), "{text}");
        }
    }

    #[test]
    fn an_empty_calendar_has_a_component() {
        let told = lines(&of(Vec::new()));
        assert_eq!((told[0].as_str(), told.last().unwrap().as_str()), ("BEGIN:VCALENDAR", "END:VCALENDAR"));
        assert!(told.contains(&"BEGIN:VTIMEZONE".to_owned()));
    }
}
