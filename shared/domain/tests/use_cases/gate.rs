//! Each detector of the gate, on texts written for it: what it is to find, and what only looks like it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_domain::content::{
    blockers::Blocker,
    gate::{self, Finding, GateInput},
    markdown,
    references::Reference,
};
use galley_testkit::prose;

const TOPIC: &str = "Sourdough bread for beginners";

/// A text that nothing speaks against.
const GOOD: &str = "Sourdough asks for time, not for skill. A beginner who can wait a day bakes good bread at the first try.

## The starter

Mix flour and water in a jar, and leave it by the window. On the third day it smells sour, and small bubbles rise. Feed it every
morning until it doubles within four hours.

## The dough

Weigh the flour, add water and a spoonful of the starter, and wait before you add salt. Folding the dough four times takes less
work than kneading, and the crumb gets as open. \"I can't write down how it feels,\" my neighbour said, \"you have to touch it.\"

## The oven

Heat a heavy pot, put the loaf inside, and close the lid for twenty minutes. Then take the lid off. A bread is done when it sounds
hollow from below; beginners take it out too early, so give it five minutes more.
";

fn found_in(topic: &str, markdown: &str) -> Vec<Finding> {
    found_as("en", &[], topic, markdown)
}

fn found_beside(sources: &[Reference], topic: &str, markdown: &str) -> Vec<Finding> {
    found_as("en", sources, topic, markdown)
}

pub(super) fn found_as(language: &str, sources: &[Reference], topic: &str, markdown: &str) -> Vec<Finding> {
    let (html, language) = (markdown::to_html(markdown).unwrap(), language.parse().unwrap());
    gate::findings(&GateInput { html: &html, title: topic, topic, language, sources })
}

fn found(markdown: &str) -> Vec<Blocker> {
    found_in(TOPIC, markdown).into_iter().map(|finding| finding.blocker).collect()
}

#[test]
fn a_good_text_is_let_through() {
    assert_eq!(found(GOOD), []);
    assert_eq!(found_in("HTTP caching and how it works", &prose::about("HTTP caching and how it works", 900, 0)), []);
}

#[test]
fn what_says_the_same_again_is_held_back_and_a_refrain_is_not() {
    let first = GOOD.split("\n\n## The dough").next().unwrap();
    for again in [
        format!("{GOOD}\n{GOOD}"),
        format!("{first}\n\n{first}"),
        format!("{GOOD}\n{}", "The loaf is ready when the loaf is ready. ".repeat(6)),
    ] {
        assert!(found(&again).contains(&Blocker::Repetition), "{again}");
    }
    let refrain = GOOD.replace("\n\n## ", "\n\nGive it time.\n\n## ");
    assert_eq!(found(&refrain), []);
}

#[test]
fn a_source_is_not_repeated_word_for_word_and_may_be_quoted() {
    let copied = "On the third day the jar smells sour, small bubbles rise along the glass, and whoever feeds it every morning sees \
                  it double within four hours at a window.";
    let source = Reference {
        title: "Starters".to_owned(),
        url: "https://example.org/starters".to_owned(),
        snippet: format!("A guide. {copied} Read on."),
        published: None,
    };
    let beside = |text: &str| -> Vec<Blocker> {
        let all = found_beside(std::slice::from_ref(&source), TOPIC, &format!("{GOOD}\n{text}\n"));
        all.into_iter().map(|finding| finding.blocker).collect()
    };
    assert_eq!(beside(copied), [Blocker::Copied]);
    // Other marks and capitals are the same words.
    assert_eq!(beside(&copied.replace(',', " –").to_uppercase().to_lowercase()), [Blocker::Copied]);
    assert_eq!(beside(&format!("The guide says: “{copied}”")), []);
    assert_eq!(beside(&format!("The guide says:\n\n> {copied}")), []);
    assert_eq!(beside(&format!("{}.", copied.split(", and").next().unwrap())), []);
}

#[test]
fn words_without_grammar_are_held_back() {
    let words: Vec<&str> = GOOD.split_whitespace().collect();
    // Every third word, then those between: the same words in no order.
    let salad: Vec<&str> = (0..3).flat_map(|from| words.iter().skip(from).step_by(3).copied()).collect();
    assert!(found(&salad.join(" ")).contains(&Blocker::WordSalad));
}

/// A text of sixty words and more on the topic, each sentence of it another.
fn long() -> String {
    format!(
        "{GOOD}\nA second loaf is better than a first one, since the jar has had another week and the baker another try at it."
    )
}

#[test]
fn words_that_are_none_are_held_back() {
    let one_in = |n: usize, change: fn(char) -> char| -> String {
        let letters = long();
        let lower = letters.chars().enumerate();
        lower.map(|(at, c)| if c.is_ascii_lowercase() && at % n == 0 { change(c) } else { c }).collect()
    };
    let no_vowels: String = long().chars().filter(|c| !"aeiou".contains(*c)).collect();
    let misread = long().replace("work than", "workâ€™s").replace("doubles", "itâ€™s fine").replace("boils", "x")
        + " Weâ€™ve been there.";
    let mut nth = 0;
    let joined: String = prose::about(TOPIC, 400, 0)
        .chars()
        .filter(|c| {
            nth += usize::from(*c == ' ');
            *c != ' ' || nth % 3 == 0
        })
        .collect();
    for garbled in [one_in(4, |_| 'x'), one_in(5, |_| 'q'), no_vowels, misread, joined, long().to_uppercase()] {
        assert!(found(&garbled).contains(&Blocker::WordSalad), "{garbled}");
    }
    let names = long()
        + "\nOur flour mill has a page at https://xkcd.example/mqtt and a shop in Vlkv; its NASA and HTTPS signs are old.";
    assert_eq!(found(&names), []);
    let german = "Die Lebensmittelsicherheitsverordnung und die Straßenverkehrsordnung sind lang. ".repeat(9);
    assert!(!found_as("de", &[], "Verordnungen", &german).iter().any(|finding| finding.blocker == Blocker::WordSalad));
}

#[test]
fn a_text_about_something_else_is_held_back_whatever_its_title_says() {
    let other = "Sourdough bread for beginners.\n\nThe harbour office keeps a list of all ships. Each captain signs it, and the list goes to the customs in the evening.";
    assert_eq!(found(other), [Blocker::OffSubject]);
    let german = found_in(
        "Brückenprüfung im Winter",
        "Eine Brücke wird im Winter geprüft, denn dann zeigt sich der Frost. Die Prüfung der Brücke dauert zwei Tage.",
    );
    assert_eq!(german, []);
}

#[test]
fn a_name_with_marks_inside_and_one_written_as_one_word_are_said() {
    let text = GOOD.replace("Mix flour", "At oven.club and on #slowovenclub they mix flour");
    for topic in ["Oven.club and its rivals", "The slow oven club in Lyon"] {
        assert!(found_in(topic, &text).is_empty(), "{topic}");
        assert_eq!(found_in(topic, GOOD).first().map(|finding| finding.blocker), Some(Blocker::OffSubject), "{topic}");
    }
}

#[test]
fn a_text_that_turns_to_something_else_half_way_is_held_back() {
    let bread = "The sourdough starter wants flour and water each morning, and a beginner learns its smell. Bread dough rises \
        slowly, so beginners fold the dough and bake the bread in a hot oven, with flour under the loaf. A sour smell tells that the \
        starter is ripe for bread.";
    let ships = "The harbour office keeps a list of ships, and each captain signs the list for the customs. Ships from the north carry \
        timber, so the customs weigh the timber at the harbour crane. A captain without a signature waits in the harbour.";
    let halves = format!("{}\n\n{}", [bread; 5].join("\n\n"), [ships; 5].join("\n\n"));
    let finding = gate_subject(&halves).unwrap();
    assert!(finding.quote.starts_with("The harbour office"), "{finding:?}");
    let whole = format!("{}\n\n{}", [bread; 5].join("\n\n"), [bread; 5].join("\n\n"));
    assert_eq!(gate_subject(&whole), None);
}

fn gate_subject(markdown: &str) -> Option<Finding> {
    found_in(TOPIC, markdown).into_iter().find(|finding| finding.blocker == Blocker::OffSubject)
}

#[test]
fn several_people_may_be_asked_the_same_and_a_sentence_with_another_number_is_the_same() {
    let asked: Vec<String> = ["Anna", "Ben", "Chloe", "Dan", "Eve"]
        .map(|name| {
            format!("What did you bake before you joined this bakery?\n\n{name} says: rye, and {name}'s own rolls.")
        })
        .to_vec();
    assert_eq!(found(&format!("{GOOD}\n{}", asked.join("\n\n"))), []);
    let numbered =
        (1..9).map(|nth| format!("Order loaf number {nth} in our shop before the evening comes.")).collect::<Vec<_>>();
    assert_eq!(found(&format!("{GOOD}\n{}", numbered.join("\n\n"))), [Blocker::Repetition]);
    let pictographs = GOOD.replace('.', ". 🍞🔥🎉");
    assert_eq!(found(&pictographs), [Blocker::Repetition]);
}

#[test]
fn a_form_that_is_quoted_may_have_places_to_fill_in() {
    assert_eq!(found(&format!("{GOOD}\nWrite on the bag: “Baked by [your name] on [date].”\n")), []);
    assert_eq!(found(&format!("{GOOD}\nBaked by [your name] on [date].\n")), [Blocker::TemplateResidue]);
}

#[test]
fn a_refusal_is_held_back_and_a_quoted_one_is_not() {
    let refusal = "I'm sorry, but I can't write about sourdough bread for beginners. Please ask a baker.";
    let finding = found_in(TOPIC, refusal).into_iter().find(|finding| finding.blocker == Blocker::Refusal).unwrap();
    assert!(finding.quote.starts_with("I'm sorry"), "{finding:?}");
    assert!(!found(GOOD).contains(&Blocker::Refusal), "a neighbour may be unable to say something");
    let late = GOOD.replace(
        "## The oven",
        "As an AI, I have no oven. I cannot help with heat. I am unable to taste.\n\n## The oven",
    );
    assert!(found(&late).contains(&Blocker::Refusal));
    let at_the_end = format!("{GOOD}\nI'm sorry, but I can't continue with this article. It goes beyond what I do.");
    assert_eq!(found(&at_the_end), [Blocker::Refusal]);
    let of_oneself =
        format!("{GOOD}\nI can't write down how proud I was. My neighbour had a slice, and then another one.");
    assert_eq!(found(&of_oneself), []);
}

#[test]
fn words_to_whoever_asked_are_held_back() {
    for chatter in [
        format!("Sure! Here is the article you asked for:\n\n{GOOD}"),
        format!("{GOOD}\nI hope this helps! Let me know if you want another version."),
        format!("User: Write about sourdough bread.\n\nAssistant: {GOOD}"),
        format!("Okay, the user wants a text about sourdough bread. I should begin with the starter.\n\n{GOOD}"),
    ] {
        assert_eq!(found(&chatter), [Blocker::Chatter], "{chatter}");
    }
    let to_readers = format!("{GOOD}\nSend us a picture of your first loaf: we would like to see it.");
    assert_eq!(found(&to_readers), []);
}

#[test]
fn the_brief_and_advice_to_writers_are_held_back() {
    let brief = format!("Topic: sourdough bread for beginners\nTone: friendly\nTarget length: 800 words\n\n{GOOD}");
    assert_eq!(found(&brief), [Blocker::BriefLeaked]);
    let prompt = format!("You are an expert baker. Write the article in Markdown. Return only the article.\n\n{GOOD}");
    assert_eq!(found(&prompt), [Blocker::BriefLeaked]);
    let german = "Du bist ein Bäcker. Schreibe einen Artikel über Brot. Output: Markdown.\n\nBrot braucht Zeit.";
    assert!(found_as("de", &[], "Brot", german).iter().any(|finding| finding.blocker == Blocker::BriefLeaked));
    let advice = "Write a friendly introduction about sourdough bread. Use a simple example for beginners. The conclusion should repeat the point. Include a list of tools. Avoid using jargon.";
    assert!(found(advice).contains(&Blocker::AboutWriting));
    let instructions_to_bakers = "Use a jar for the sourdough starter. Add a spoonful of flour. Bread likes warmth, and beginners like proof. Wait a day. The dough rises. Heat the oven. Bake it dark. Let it cool on a rack. Eat it fresh.";
    assert!(!found(instructions_to_bakers).contains(&Blocker::AboutWriting));
}

#[test]
fn a_text_that_speaks_of_itself_is_held_back_unless_it_is_on_writing() {
    let speaks = format!(
        "{GOOD}\nThe first line says what bread is. This paragraph has no flour in it yet. The brief asks for a starter. I would \
         like to make the article better. The opening sentence could name the jar."
    );
    assert_eq!(found(&speaks), [Blocker::AboutWriting]);
    let on_writing: Vec<Blocker> =
        found_in("Writing about sourdough bread", &speaks).into_iter().map(|finding| finding.blocker).collect();
    assert_eq!(on_writing, []);
    let once = format!("{GOOD}\nThis article has a sequel, and the last paragraph was cut.");
    assert_eq!(found(&once), []);
}

#[test]
fn a_placeholder_is_held_back_in_prose_and_left_in_code() {
    assert_eq!(found(&format!("{GOOD}\nAsk [Your Name] for more bread.")), [Blocker::TemplateResidue]);
    assert_eq!(found(&format!("{GOOD}\nHello {{{{ name }}}}, here is your bread.")), [Blocker::TemplateResidue]);
    assert_eq!(found(&format!("{GOOD}\n```\nHello {{{{ name }}}}!\n```\n\nThat prints the name.")), []);
    for residue in [
        "Bread is about {topic}, and more.",
        "[INST] Bake bread. [/INST]",
        "Done.<end_of_turn>",
        "[#1 Source] says so.",
        "#Title of a loaf.",
    ] {
        assert_eq!(found(&format!("{GOOD}\n{residue}")), [Blocker::TemplateResidue], "{residue}");
    }
    for own in ["The page of a loaf is /loaves/{id} there.", "A set has braces: {a, b}.", "It prints `{topic}` there."]
    {
        assert_eq!(found(&format!("{GOOD}\n{own}")), [], "{own}");
    }
}

#[test]
fn data_in_the_place_of_prose_is_held_back() {
    let json = "{\"title\": \"Sourdough bread for beginners\", \"parts\": [{\"heading\": \"Flour\", \"body\": \"Weigh it.\"}]}";
    assert!(found(json).contains(&Blocker::NotProse));
    let call = "{\"name\": \"search\", \"arguments\": {\"query\": \"bread\"}}";
    assert_eq!(found(&format!("{call}\n\n{GOOD}")), [Blocker::NotProse], "one object is enough");
    let written_out = GOOD.replace(". ", ".\\\\n");
    assert!(found(&written_out).contains(&Blocker::NotProse));
    let quoted = format!("{GOOD}\nThe recipe's file says \"flour\": 500 and \"water\": 350, in grams.");
    assert_eq!(found(&quoted), []);
}

#[test]
fn a_word_said_for_machines_is_held_back() {
    let stuff = |nth| {
        let prose = prose::about(TOPIC, 4, nth);
        format!("{prose} Sourdough bread is the sourdough bread for sourdough bread number {nth}.")
    };
    let stuffed = (0..30).map(stuff).collect::<Vec<_>>().join(" ");
    assert!(found(&stuffed).contains(&Blocker::KeywordStuffing));
    let finding = || found_in(TOPIC, &stuffed).into_iter().find(|finding| finding.blocker == Blocker::KeywordStuffing);
    let first = finding();
    assert!((0..20).all(|_| finding() == first), "the same text has the same evidence");
    let into_each = long().replace(". ", " with sourdough bread. ").replace(".\n", " with sourdough bread.\n");
    assert!(found(&into_each).contains(&Blocker::KeywordStuffing));
}

#[test]
fn a_heading_without_a_text_is_held_back_and_one_with_parts_is_not() {
    assert_eq!(found(&format!("{GOOD}\n## And now")), [Blocker::EmptyHeading]);
    assert_eq!(found(&GOOD.replace("## The dough", "## The work\n\n### The dough")), []);
}

#[test]
fn a_text_that_breaks_off_is_held_back_and_an_ending_of_another_kind_is_not() {
    for end in [
        "Then you take the lid off and",
        "Then you take off the lid, the pot,",
        "And the next loaf is a …",
        "Bread keeps for a week. Wrap it in a cloth while the crust",
        "Whoever has baked for a year knows by the smell of the kitchen when the loaf",
        "- Keep the jar warm. Feed it before the bubbles",
        "Wrap it in the baker's",
        "The beginner who waits knows that it",
    ] {
        assert_eq!(found(&format!("{GOOD}\n{end}")), [Blocker::Truncated], "{end}");
    }
    for end in [
        "Good luck …",
        "```\nlet loaf = bake(\n```",
        "| flour | water |\n| - | - |\n| 500 g | 350 g, |",
        "- [More bread](https://example.com)",
        "- a jar\n- a pot with a lid",
        "Read on in our guide to ovens",
        "Thanks to everybody who baked with me through this winter, and above all to Anna Nowak",
        "Tell us about your first loaf, or send us a picture of it, at any time: bread@example.com",
    ] {
        assert_eq!(found(&format!("{GOOD}\n{end}")), [], "{end}");
    }
}

#[test]
fn an_abbreviation_is_said_where_its_words_stand_in_full() {
    let topic = "What the CFPB and the FTC answer";
    assert_eq!(found_in(topic, GOOD).first().map(|finding| finding.blocker), Some(Blocker::OffSubject));
    let both = "The Consumer Financial Protection Bureau and the Federal Trade Commission answer:";
    let written_out =
        GOOD.replace("A beginner", &format!("{both} a beginner")).replace("Mix flour", &format!("{both} mix flour"));
    assert!(found_in(topic, &written_out).is_empty());
}

#[test]
fn a_footnote_hides_no_end() {
    let note = "\n\n[^1]: A note of its own.\n";
    assert_eq!(found(&format!("{GOOD}\nThen you take the lid off and[^1]{note}")), [Blocker::Truncated]);
    assert_eq!(found(&format!("{GOOD}\nShall I adjust the tone of this article?[^1]{note}")), [Blocker::Chatter]);
    assert_eq!(found(&format!("{GOOD}\nThen you take the lid off.[^1]{note}")), []);
    assert_eq!(found(&format!("{GOOD}\nThe oldest starter[^1] of the village is from 1924{note}")), []);
}

#[test]
fn a_mark_of_inches_hides_no_copy() {
    let copied = "On the third day the jar smells sour, small bubbles rise along the glass, and whoever feeds it every morning sees \
                  it double within four hours at a window.";
    let source = Reference {
        title: "Starters".to_owned(),
        url: "https://example.org/starters".to_owned(),
        snippet: copied.to_owned(),
        published: None,
    };
    let held = |text: &str| found_beside(std::slice::from_ref(&source), TOPIC, &GOOD.replace("Mix flour", text));
    let inches = held(&format!("Take a jar of 5\" or more. {copied} Mix flour"));
    assert_eq!(inches.first().map(|finding| finding.blocker), Some(Blocker::Copied), "{inches:?}");
    assert_eq!(held(&format!("A lid of 3\" fits, and \"{copied}\" Mix flour")), []);
}

#[test]
fn what_is_common_in_code_and_in_other_languages_is_no_fault() {
    let code = format!(
        "{GOOD}\nIts label is `{{{{ name }}}}`, between `<b>` and `</b>`, `<i>` and `</i>`, `<u>` and `</u>`; `a |> b` comes next."
    );
    assert_eq!(found(&code), []);
    let note =
        format!("{GOOD}\n[Author's note: Super Bowl XXXIV was on. The [links](https://example.com) still work.]");
    assert_eq!(found(&note), []);
    let spanish =
        "El pan de masa madre pide tiempo. Sobre todo: paciencia. La masa crece en la cocina, y el pan sale del horno.";
    assert_eq!(found_as("es", &[], "Pan de masa madre", spanish), []);
    let german = "Wer Brot backt, kauft früh ein. Das Mehl kommt vom Müller, und ich sehe das. Die Schüssel steht bereit, ich nehme die. \
        Am Abend kommt mein Bruder mit. Er kauft Salz ein. Brot backen kann jeder, ich weiß das. Der Teig ruht, und niemand sieht das. \
        Morgen backt der Nachbar mit. Er lädt uns ein. Ein gutes Brot riecht man, wir merken das. Den Rest packt sie ein.";
    assert_eq!(found_as("de", &[], "Brot backen", german), []);
    assert_eq!(
        found_as("zh", &[], "使用 Redis 缓存", "我们先安装服务，然后写入数据。读取时先看缓存，再看数据库。"),
        []
    );
}

#[test]
fn a_recipe_may_say_what_to_add() {
    let recipe = "Use a jar for the sourdough. Add a spoonful of flour. Use a warm place for the bread. Add a little salt. Use an old pot. \
        Beginners wait a day. The dough rises.";
    assert!(!found(recipe).contains(&Blocker::AboutWriting));
}

#[test]
fn a_finding_names_its_place() {
    let finding = found_in(TOPIC, &GOOD.replace("Then take the lid off.", "Ask [your name] first.")).pop().unwrap();
    assert_eq!((finding.blocker, finding.place.as_str()), (Blocker::TemplateResidue, "The oven"));
    assert!(finding.quote.contains("[your name]"), "{finding:?}");
}

/// `sentence` in the middle of a good text.
fn within(sentence: &str) -> String {
    GOOD.replace("\n\n## The oven", &format!("\n\n{sentence}\n\n## The oven"))
}

#[test]
fn a_model_that_speaks_of_itself_is_held_back_wherever_it_does() {
    for sentence in [
        "As an AI language model, I have never baked a loaf, but here is what is known.",
        "As an AI, I don't have hands.",
        "I'm sorry for the confusion in my previous response. Here is the dough again.",
        "I apologize, but I cannot continue with this section.",
        "Unfortunately, I ran out of space here. Let me go on.",
        "Note: as of my last knowledge update, flour was cheap.",
        "(Note: as of my last knowledge update, flour was cheap.)",
        "Als KI-Sprachmodell kann ich kein Brot backen.",
        "En tant que modèle de langage, je ne mange pas.",
    ] {
        assert_eq!(found(&within(sentence)), [Blocker::Refusal], "{sentence}");
        let quoted = format!("> {sentence}\n\nSo it said, and the bakers laughed.");
        assert_eq!(found(&within(&quoted)), [], "{quoted}");
    }
    for sentence in
        ["As an AI company would say, the crumb scales.", "I apologize to all bakers.", "My previous loaf was flat."]
    {
        assert_eq!(found(&within(sentence)), [], "{sentence}");
    }
}

#[test]
fn an_interval_at_the_end_is_no_half_of_a_link() {
    for end in ["Each crumb's share is a number in [0, 1).", "Each crumb's share lies in ]0, 1[."] {
        assert_eq!(found(&format!("{GOOD}\n\n{end}\n")), [], "{end}");
    }
    assert_eq!(found(&format!("{GOOD}\n\nMore of it stands in [the baker's\n")), [Blocker::Truncated]);
}

#[test]
fn what_a_model_asks_half_way_is_held_back() {
    for block in ["Would you like me to continue?", "*(Section continues in the next part.)*", "Word count so far: 312"]
    {
        assert_eq!(found(&within(block)), [Blocker::Chatter], "{block}");
    }
    let told = "Would you like me to continue? my neighbour asked, and folded the dough once more before I could say no to her.";
    assert_eq!(found(&within(told)), []);
}

#[test]
fn a_word_that_was_to_be_put_in_is_held_back_and_a_percentage_is_not() {
    for word in ["%NAME%", "${topic}", "XX%", "[Product]", "[add quote]", "[citation needed]", "[#1 Source]"] {
        assert_eq!(
            found(&within(&format!("Bakers trust {word} more than a clock."))),
            [Blocker::TemplateResidue],
            "{word}"
        );
    }
    for word in ["20%", "`${topic}`", "\\[#bread\\]", "5%–10%", "$20"] {
        assert_eq!(found(&within(&format!("Bakers trust {word} more than a clock."))), [], "{word}");
    }
}

#[test]
fn lines_of_a_record_are_no_text_and_a_timetable_in_a_text_is_none() {
    let sentences = [
        "The starter smells sour now.",
        "Feed it once more.",
        "The dough is folded four times.",
        "Salt comes last, as always.",
    ];
    for line in ["[00:12:3{}] Anna:", "2024-03-1{} 12:04:17 INFO oven:", "4f0e1a{} fix:"] {
        let record: Vec<String> =
            (0..8).map(|nth| format!("{} {}", line.replace("{}", &nth.to_string()), sentences[nth % 4])).collect();
        assert!(found(&record.join("\n\n")).contains(&Blocker::NotProse), "{line}");
    }
    let table = "- 08:00 Feed the starter.\n- 12:00 Mix the dough.\n- 18:00 Fold it for the last time.\n";
    assert_eq!(found(&within(table)), []);
}

#[test]
fn headings_with_a_line_each_are_the_plan_of_a_text() {
    let parts = ["The starter", "The flour", "The dough", "The salt", "The oven", "The crust", "The knife"];
    let plan: Vec<String> =
        parts.iter().map(|part| format!("## {part}\n\n{part} asks sourdough beginners for time.")).collect();
    assert!(found(&plan.join("\n\n")).contains(&Blocker::EmptyHeading));
    let short: Vec<String> = plan.iter().take(4).cloned().collect();
    assert!(!found(&format!("{GOOD}\n\n{}", short.join("\n\n"))).contains(&Blocker::EmptyHeading));
}

#[test]
fn a_link_that_is_opened_and_never_closed_is_no_end() {
    for end in ["Read more at [the bakers' school](https://example.org/scho", "There are many [good books on brea"] {
        assert!(found(&format!("{GOOD}\n{end}")).contains(&Blocker::Truncated), "{end}");
    }
    for end in [
        "Read more at [the bakers' school](https://example.org/school).",
        "That is all \\[1\\].",
        "Salt comes last (always).",
    ] {
        assert!(!found(&format!("{GOOD}\n{end}")).contains(&Blocker::Truncated), "{end}");
    }
}
