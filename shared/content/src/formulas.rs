//! The formulas, `pattern`: no model, no chance, the same text always the same numbers. They measure form, not truth; what a formula
//! cannot know is left at a neutral base, and what there is none for in a language gets no number.

mod advice;
mod measures;
mod phrases;
mod readability;

pub use self::measures::AssessInput;
use self::measures::Measures;
use crate::{
    quality::{Assessment, Method, Quality, Score},
    words::counted,
};

pub fn assess(input: &AssessInput<'_>) -> Assessment {
    let m = Measures::of(input);
    let faults = input.shape.faults(input.title, input.html);
    // Where the form has headings, each gives the text a part; elsewhere keeping to the form does.
    let parts = if m.has_headings { counted(m.headings.min(5)) * 4.0 } else { 20.0 };
    let parts = parts - counted(faults.len()) * 10.0;
    let quality = Quality {
        // 20 words a sentence and fewer read clearly; each one more costs 2.5.
        clarity: Score::of(95.0 - (m.sentence_words - 20.0).max(0.0) * 2.5 - m.long_sentences * 60.0),
        // Form alone: sources add, hedges take away. A model's judgement replaces it where there is one.
        accuracy: Score::of(72.0 + counted(m.links.min(4)) * 4.0 - counted(m.hedges.min(10)) * 2.0),
        // Full at 90 % of the length asked for, with all the parts of its form.
        completeness: Score::of((m.of_target / 0.9).min(1.0) * 80.0 + parts),
        relevance: Score::of(m.coverage.share * 85.0 + if m.title_on_topic { 15.0 } else { 0.0 }),
        seo_quality: Score::of(seo_score(&m)),
        readability: m.ease.map(|ease| Score::of(ease_score(ease))),
        engagement: Score::of(
            58.0 + counted(m.lists.min(3)) * 6.0
                + counted(m.questions.min(3)) * 4.0
                + counted(m.second_person.min(6)) * 2.0,
        ),
    };
    Assessment { quality, suggestions: advice::of(&m, faults), method: Method::Pattern, judge: None }
}

/// 60 to 70 is plain language; technical prose at 30 still earns a pass.
fn ease_score(ease: f64) -> f64 {
    if ease >= 60.0 { 95.0 } else { 50.0 + ease.max(-20.0) * 0.75 }
}

fn seo_score(m: &Measures) -> f64 {
    let density = match m.keyword_density {
        None => 12.0,
        Some(density) if (0.003..=0.03).contains(&density) => 20.0,
        Some(density) if density > 0.0 => 8.0,
        Some(_) => 0.0,
    };
    let headings = if m.has_headings { m.headings.min(4) } else { 4 };
    40.0 + if m.title_fits() { 15.0 } else { 5.0 } + counted(headings) * 6.0 + density
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clean::clean, kind::TaskType, shape::Shape};

    fn of(language: &str, title: &str, html: &str) -> Assessment {
        assess(&AssessInput {
            html: &clean(html).unwrap(),
            title,
            topic: title,
            keyword: None,
            target_length: 200,
            shape: Shape::of(TaskType::BlogPost),
            language: language.parse().unwrap(),
        })
    }

    fn assessed(html: &str) -> Assessment {
        of("en", "How HTTP caching works", html)
    }

    #[test]
    fn a_stub_scores_far_below_a_structured_text() {
        let section = "<h2>Caching</h2><p>HTTP caching works by keeping a copy. You ask once, and your browser keeps the answer. Why does it help? The second visit needs no wait.</p><ul><li>Fast</li></ul>";
        let (stub, full) = (assessed("<p>Unrelated.</p>"), assessed(&section.repeat(8)));
        assert!(stub.quality.overall() < Score::clamped(60), "{stub:?}");
        assert!(full.quality.overall() >= Score::clamped(70), "{full:?}");
        assert!(stub.suggestions.len() > full.suggestions.len());
    }

    #[test]
    fn the_same_text_always_scores_the_same() {
        assert_eq!(assessed("<p>Once upon a time.</p>"), assessed("<p>Once upon a time.</p>"));
    }

    #[test]
    fn an_empty_text_is_measured_without_a_fault() {
        assert_eq!(assessed("").quality.completeness, Score::clamped(0));
    }

    #[test]
    fn what_no_formula_holds_for_is_left_out_of_the_mean() {
        let part = "<h2>缓存</h2><p>浏览器把响应放进缓存。您只问一次，以后就不用等待。为什么它有用？因为第二次访问很快。</p><ul><li>快</li></ul>";
        let quality = of("zh", "HTTP 缓存如何工作？给初学者的一份说明", &part.repeat(5)).quality;
        assert_eq!(quality.readability, None);
        assert!(quality.overall() >= Score::clamped(70), "{quality:?}");
        let stub = of("zh", "HTTP 缓存如何工作？给初学者的一份说明", "<p>面包需要时间。</p>").quality;
        assert!(stub.overall() < Score::clamped(60) && stub.relevance < Score::clamped(20), "{stub:?}");
    }

    #[test]
    fn a_long_sentence_of_characters_is_as_long_as_it_reads() {
        let short = "浏览器把响应放进缓存，以后就不用再等待服务器了。";
        let long = "浏览器把响应放进缓存".repeat(9);
        let clarity = |text: &str| of("zh", "HTTP 缓存", &format!("<p>{text}</p>")).quality.clarity;
        assert_eq!(clarity(&short.repeat(6)), Score::clamped(95));
        assert!(clarity(&long) < Score::clamped(50));
    }

    #[test]
    fn a_topic_in_another_language_is_looked_for_in_the_words_of_the_title() {
        let html = clean("<p>Ein Cache hält Antworten bereit, damit der Browser nicht warten muss.</p>").unwrap();
        let with = |title: &str| {
            let input = AssessInput {
                html: &html,
                title,
                topic: "How caching works and why it matters",
                keyword: None,
                target_length: 200,
                shape: Shape::of(TaskType::BlogPost),
                language: "de".parse().unwrap(),
            };
            assess(&input).quality.relevance
        };
        assert!(with("Warum der Browser einen Cache hat") > Score::clamped(70));
        assert!(with("Brot backen ohne Hefe") < Score::clamped(30));
    }

    #[test]
    fn each_low_score_says_what_to_change_and_where() {
        let long = "caching of responses that nobody has asked for again ".repeat(6);
        let html = format!(
            "<p>Begin.</p><h2>Storage</h2><p>One reader said so. It is arguably {long}.</p><h2>Cost</h2><p>In 2024 it saved 40 % of all traffic.</p>"
        );
        let told = of("en", "Cache", &html).suggestions;
        for (score, what, place) in [
            ("clarity: ", "Split the sentence of", "“Storage”"),
            ("accuracy: ", "Link a source", "“Cost”"),
            ("accuracy: ", "“arguably”", "“Storage”"),
            ("completeness: ", "% of the length asked for", "“Cost”"),
            ("seo_quality: ", "the title has 5", ""),
            ("engagement: ", "list or table", "“Storage”"),
        ] {
            let found = told.iter().any(|one| one.starts_with(score) && one.contains(what) && one.contains(place));
            assert!(found, "{score}{what}: {told:#?}");
        }
        let off = of("en", "Bread and butter without salt", &html).suggestions;
        assert!(off.iter().any(|one| one.starts_with("relevance: ") && one.contains("butter")), "{off:#?}");
        let hard = "<h2>Part</h2><p>Organisational considerations invariably necessitate comprehensive interdepartmental deliberation regarding accountability.</p>";
        let told = assessed(hard).suggestions;
        assert!(told.iter().any(|one| one.starts_with("readability: ") && one.contains("“Part”")), "{told:#?}");
    }
}
