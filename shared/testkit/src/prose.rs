//! Prose that says little, and says it in ever other words: texts for tests and for made-up providers, which the gate has no reason
//! to hold back. The same numbers always give the same text.

const BEGINNINGS: [&str; 19] = [
    "Most teams",
    "Every careful reader",
    "A small company",
    "The first draft",
    "Nobody in the office",
    "Our oldest customers",
    "A patient engineer",
    "Many local papers",
    "Each new colleague",
    "The quiet majority",
    "Some large schools",
    "An honest report",
    "Two neighbours",
    "The whole library",
    "Any good kitchen",
    "Their second attempt",
    "A public service",
    "Half of the village",
    "Few managers",
];
const MIDDLES: [&str; 17] = [
    "notice early on",
    "will admit",
    "learns by trying",
    "can show",
    "would rather explain",
    "discovers in spring",
    "writes down",
    "has to prove",
    "remembers well",
    "asks politely",
    "measures again",
    "often forgets",
    "puts on paper",
    "repeats at lunch",
    "keeps in mind",
    "tells visitors",
    "finds out later",
];
const ENDS: [&str; 23] = [
    "that patience pays off.",
    "what a delay costs.",
    "why the numbers differ.",
    "how simple rules survive.",
    "which habit came first.",
    "that silence means trouble.",
    "where the money went.",
    "how long repairs take.",
    "who carries the keys.",
    "that maps grow old.",
    "what strangers expect.",
    "why bridges need paint.",
    "how bread gets cheaper.",
    "that winter changes plans.",
    "when to stop asking.",
    "what a name promises.",
    "how trains stay punctual.",
    "that gardens want shade.",
    "why letters get lost.",
    "which doors stay open.",
    "how music fills rooms.",
    "that tools wear out.",
    "what children see first.",
];

/// At least `words` words about `topic`, in paragraphs of five sentences, of which the first says some of its words. `from` tells parts
/// of one text apart.
pub fn about(topic: &str, words: usize, from: usize) -> String {
    let said: Vec<&str> = topic.split_whitespace().filter(|word| word.chars().count() > 3).collect();
    let said = if said.is_empty() { vec![topic] } else { said };
    let one = |list: &[&'static str], nth: usize| list.get(nth % list.len()).copied().unwrap_or_default();
    let (mut text, mut written) = (String::new(), 0);
    for nth in 0.. {
        if written >= words {
            break;
        }
        let at = from * 61 + nth;
        let begin = one(&BEGINNINGS, at);
        let middle = one(&MIDDLES, at * 3 + at / BEGINNINGS.len());
        let end = one(&ENDS, at * 7 + at / MIDDLES.len());
        let mut sentence = format!("{begin} {middle} {end}");
        if nth % 5 == 0 {
            let word =
                |offset: usize| said.get((nth / 5 * 2 + from + offset) % said.len()).copied().unwrap_or_default();
            let lead = one(&["As for", "With", "On", "Beside"], nth / 5 + from);
            let rest = sentence.split_off(1);
            sentence = format!("{lead} {} and {}, {}{rest}", word(0), word(1), sentence.to_lowercase());
        }
        let separator = match nth {
            0 => "",
            nth if nth % 5 == 0 => "\n\n",
            _ => " ",
        };
        text.push_str(separator);
        text.push_str(&sentence);
        written += sentence.split(' ').count();
    }
    text
}
