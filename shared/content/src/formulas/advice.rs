//! What an editor could mend: for each score that is not full, what to change and where.

use crate::formulas::measures::{Measures, Spot};

/// What is to be changed, the weightiest first, each after the name of the score that it raises.
pub(super) fn of(m: &Measures, faults: Vec<String>) -> Vec<String> {
    let mut told = Vec::new();
    let mut say = |score: &str, what: String| told.push(format!("{score}: {what}"));
    for fault in faults {
        say("completeness", fault);
    }
    if m.of_target < 0.9 {
        let shortest = m.shortest_part.as_ref();
        let place = shortest
            .map(|(words, heading)| format!(" The shortest part is “{heading}” with {words} words."))
            .unwrap_or_default();
        say("completeness", format!("The text has {:.0} % of the length asked for.{place}", m.of_target * 100.0));
    }
    if m.coverage.share < 0.7 {
        let missing = m.coverage.missing.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        say("relevance", format!("Much of the topic's own vocabulary does not appear anywhere: {missing}."));
    }
    if !m.title_on_topic {
        say("relevance", "The title names none of the words of the topic.".to_owned());
    }
    if let Some((words, spot)) = m.longest.as_ref().filter(|(words, _)| m.sentence_words > 22.0 || *words > 35.0) {
        let mean = m.sentence_words;
        say(
            "clarity",
            format!("Split the sentence of {words:.0} words {}; the mean is {mean:.0}, aim for 20.", at(spot)),
        );
    }
    if let (Some(ease), Some(spot)) = (m.ease.filter(|ease| *ease < 45.0), &m.hardest) {
        say("readability", format!("Use shorter words {}; the reading ease is {ease:.0}, aim for 50.", at(spot)));
    }
    search(m, &mut say);
    sources(m, &mut say);
    if m.lists == 0 && m.has_headings {
        let place = m.longest_part.as_ref().map(|part| format!(", first under “{part}”")).unwrap_or_default();
        say("engagement", format!("A list or table would help readers who skim{place}."));
    }
    told
}

fn search(m: &Measures, say: &mut impl FnMut(&str, String)) {
    match m.keyword_density {
        Some(density) if density < 0.003 => {
            say(
                "seo_quality",
                "The primary keyword hardly appears; use it in the opening and in a heading.".to_owned(),
            );
        }
        Some(density) if density > 0.03 => {
            let place = m.longest_part.as_ref().map(|part| format!(", first under “{part}”")).unwrap_or_default();
            say("seo_quality", format!("The primary keyword appears too often; say it in other words{place}."));
        }
        _ => {}
    }
    if !m.title_fits() {
        say("seo_quality", format!("Results show 20 to 70 characters of a title; the title has {}.", m.title_width));
    }
}

fn sources(m: &Measures, say: &mut impl FnMut(&str, String)) {
    match &m.figure {
        Some(spot) => say("accuracy", format!("Link a source for the figure {}; none is linked.", at(spot))),
        None if m.links == 0 && m.has_headings => say("accuracy", "No source is linked.".to_owned()),
        None => {}
    }
    if let Some((phrase, spot)) = &m.hedge {
        say("accuracy", format!("Say who says so in the place of “{phrase}” {}.", at(spot)));
    }
}

/// Where it is, as one says it.
fn at(Spot { quote, heading }: &Spot) -> String {
    let quote = quote.trim_end();
    if heading.is_empty() {
        format!("at “{quote}…”")
    } else {
        format!("under “{heading}” at “{quote}…”")
    }
}
