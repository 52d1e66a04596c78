//! What is read off a text, with the places.

use crate::{
    about,
    blocks::{self, Block, Kind},
    clean::CleanHtml,
    cut,
    formulas::{
        phrases,
        readability::{self, Spoken},
    },
    language::Language,
    shape::Shape,
    text::plain_text,
    topic::{self, Coverage, Of},
    words::{self, counted},
};

#[derive(Clone, Copy, Debug)]
pub struct AssessInput<'a> {
    pub html: &'a CleanHtml,
    pub title: &'a str,
    pub topic: &'a str,
    pub keyword: Option<&'a str>,
    pub target_length: u32,
    pub shape: Shape,
    pub language: Language,
}

/// Characters that stand for a word where each is counted as one: so many are read in the time of a word of letters.
const DENSE: f64 = 2.0;
/// A longer sentence is read twice.
const LONG_SENTENCE: f64 = 35.0;
/// A search result shows so much of a title.
const TITLE: std::ops::RangeInclusive<usize> = 20..=70;
/// A word is enough to find a place by.
const QUOTE_CHARS: usize = 60;
/// Fewer are no paragraph to judge.
const LEAST_WORDS: u32 = 8;

/// A part of a text, and the heading under which it stands.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) quote: String,
    /// Empty before the first heading.
    pub(super) heading: String,
}

#[derive(Debug)]
pub(super) struct Measures {
    pub(super) of_target: f64,
    /// Words of a sentence, on average.
    pub(super) sentence_words: f64,
    /// The share of sentences that are too long.
    pub(super) long_sentences: f64,
    pub(super) longest: Option<(f64, Spot)>,
    pub(super) ease: Option<f64>,
    pub(super) hardest: Option<Spot>,
    pub(super) has_headings: bool,
    pub(super) headings: usize,
    /// The part with the fewest words, and how many.
    pub(super) shortest_part: Option<(usize, String)>,
    /// The part with the most words.
    pub(super) longest_part: Option<String>,
    pub(super) lists: usize,
    pub(super) links: usize,
    /// A figure that is not linked to a source.
    pub(super) figure: Option<Spot>,
    pub(super) questions: usize,
    pub(super) second_person: usize,
    pub(super) hedges: usize,
    pub(super) hedge: Option<(&'static str, Spot)>,
    pub(super) coverage: Coverage,
    pub(super) title_on_topic: bool,
    pub(super) title_width: usize,
    pub(super) keyword_density: Option<f64>,
}

impl Measures {
    pub(super) fn of(input: &AssessInput<'_>) -> Self {
        let (html, plain) = (input.html.as_str(), plain_text(input.html));
        let blocks = blocks::of(input.html);
        let lower = plain.to_lowercase();
        let count = counted(words::count(&plain));
        let is_dense = words::is_dense(&plain);
        let paragraphs = Paragraph::all(&blocks, input.language, is_dense);
        let sentences = Sentences::of(&paragraphs);
        let spoken = paragraphs.iter().map(|paragraph| paragraph.spoken).fold(Spoken::default(), Spoken::and);
        let tags = |names: &[&str]| names.iter().map(|name| html.matches(name).count()).sum();
        let (shortest_part, longest_part) = parts(&blocks);
        let (coverage, title_on_topic) = subject(input, &blocks, &lower);
        let (hedges, hedge) = hedging(&blocks, &lower, input.language);
        let links = tags(&["<a href"]);
        Self {
            of_target: count / f64::from(input.target_length.max(1)),
            sentence_words: sentences.mean,
            long_sentences: sentences.long,
            longest: sentences.longest.map(|(words, at, quote)| (words, spot(&blocks, at, &quote))),
            ease: readability::ease(&input.language, spoken, sentences.mean),
            hardest: hardest(&blocks, &paragraphs, input.language),
            has_headings: input.shape.headings.1 > 0,
            headings: tags(&["<h2", "<h3"]),
            shortest_part,
            longest_part,
            lists: tags(&["<ul", "<ol", "<table"]),
            links,
            figure: if links == 0 { figure(&blocks) } else { None },
            questions: plain.matches(['?', '？', '؟']).count(),
            second_person: second_person(&lower, input.language),
            hedges,
            hedge,
            coverage,
            title_on_topic,
            title_width: width(input.title),
            keyword_density: input
                .keyword
                .map(|keyword| counted(lower.matches(&keyword.to_lowercase()).count()) / count.max(1.0)),
        }
    }

    pub(super) fn title_fits(&self) -> bool {
        TITLE.contains(&self.title_width)
    }
}

/// A title's characters, those of Han and kana twice: they are shown twice as wide.
fn width(title: &str) -> usize {
    title.chars().map(|c| if words::stands_alone(c) { 2 } else { 1 }).sum()
}

fn prose(blocks: &[Block]) -> impl Iterator<Item = (usize, &Block)> {
    blocks.iter().enumerate().filter(|(_, block)| block.is_prose())
}

fn spot(blocks: &[Block], at: usize, quote: &str) -> Spot {
    Spot { quote: cut::beginning(quote, QUOTE_CHARS).to_owned(), heading: blocks::heading_over(blocks, at).to_owned() }
}

/// A block of prose, counted once.
struct Paragraph<'a> {
    at: usize,
    /// Its sentences that have words, each with how many it counts for.
    sentences: Vec<(f64, &'a str)>,
    /// How many sentences it has, also without words.
    all_sentences: usize,
    /// Nothing where the language has no formula.
    spoken: Spoken,
}

impl<'a> Paragraph<'a> {
    fn all(blocks: &'a [Block], language: Language, is_dense: bool) -> Vec<Self> {
        let is_known = readability::is_known(&language);
        let of = |(at, block): (usize, &'a Block)| {
            let all: Vec<&str> = words::sentences(&block.text).collect();
            let counted =
                |sentence: &&'a str| (counted(words::count(sentence)) / if is_dense { DENSE } else { 1.0 }, *sentence);
            let spoken = if is_known { Spoken::of(&language, words::words(&block.text)) } else { Spoken::default() };
            let sentences = all.iter().map(counted).filter(|(words, _)| *words > 0.0).collect();
            Self { at, sentences, all_sentences: all.len(), spoken }
        };
        prose(blocks).map(of).collect()
    }
}

struct Sentences {
    mean: f64,
    long: f64,
    longest: Option<(f64, usize, String)>,
}

impl Sentences {
    fn of(paragraphs: &[Paragraph<'_>]) -> Self {
        let (mut all, mut count, mut long) = (0.0, 0, 0);
        let mut longest: Option<(f64, usize, &str)> = None;
        for paragraph in paragraphs {
            for (words, sentence) in paragraph.sentences.iter().copied() {
                all += words;
                count += 1;
                long += usize::from(words > LONG_SENTENCE);
                if longest.is_none_or(|(most, _, _)| words > most) {
                    longest = Some((words, paragraph.at, sentence));
                }
            }
        }
        let longest = longest.map(|(words, at, quote)| (words, at, quote.to_owned()));
        Self { mean: all / counted(count.max(1)), long: counted(long) / counted(count.max(1)), longest }
    }
}

/// The paragraph that is hardest to read, by the formula.
fn hardest(blocks: &[Block], paragraphs: &[Paragraph<'_>], language: Language) -> Option<Spot> {
    let mut hardest: Option<(f64, usize)> = None;
    for paragraph in paragraphs.iter().filter(|paragraph| paragraph.spoken.words >= LEAST_WORDS) {
        let of_sentence = f64::from(paragraph.spoken.words) / counted(paragraph.all_sentences.max(1));
        let ease = readability::ease(&language, paragraph.spoken, of_sentence)?;
        if hardest.is_none_or(|(least, _)| ease < least) {
            hardest = Some((ease, paragraph.at));
        }
    }
    let (_, at) = hardest?;
    blocks.get(at).map(|block| spot(blocks, at, &block.text))
}

/// The parts under headings with the fewest and the most words.
fn parts(blocks: &[Block]) -> (Option<(usize, String)>, Option<String>) {
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for block in blocks {
        match (block.kind, parts.last_mut()) {
            (Kind::Heading(_), _) => parts.push((&block.text, 0)),
            (_, Some((_, words))) => *words += words::count(&block.text),
            (_, None) => {}
        }
    }
    let shortest = parts.iter().min_by_key(|(_, words)| *words).map(|(heading, words)| (*words, (*heading).to_owned()));
    let longest = parts.iter().max_by_key(|(_, words)| *words).map(|(heading, _)| (*heading).to_owned());
    (shortest, longest)
}

fn figure(blocks: &[Block]) -> Option<Spot> {
    let (at, block) = prose(blocks).find(|(_, block)| block.text.contains(|c: char| c.is_numeric()))?;
    let sentence = words::sentences(&block.text).find(|sentence| sentence.contains(|c: char| c.is_numeric()))?;
    Some(spot(blocks, at, sentence))
}

fn second_person(lower: &str, language: Language) -> usize {
    let list = phrases::to_readers(language.primary());
    if matches!(language.primary(), "zh" | "ja") {
        return list.split(' ').map(|word| lower.matches(word).count()).sum();
    }
    let each: Vec<&str> = list.split(' ').collect();
    let is_one = |word: &&str| each.contains(word);
    if list.is_empty() { 0 } else { words::words(lower).filter(is_one).count() }
}

fn hedging(blocks: &[Block], lower: &str, language: Language) -> (usize, Option<(&'static str, Spot)>) {
    let phrases = phrases::hedges(language.primary()).split('|').filter(|phrase| !phrase.is_empty());
    let found: Vec<(&str, usize)> =
        phrases.map(|phrase| (phrase, lower.matches(phrase).count())).filter(|(_, times)| *times > 0).collect();
    let first = found.first().and_then(|(phrase, _)| {
        let (at, block) = prose(blocks).find(|(_, block)| block.text.to_lowercase().contains(phrase))?;
        Some((*phrase, spot(blocks, at, &block.text)))
    });
    (found.iter().map(|(_, times)| times).sum(), first)
}

/// How much of its subject the text says, and whether the title names it. A topic in another language is looked for in the words
/// that the title has for it.
fn subject(input: &AssessInput<'_>, blocks: &[Block], lower: &str) -> (Coverage, bool) {
    let title = input.title.to_lowercase();
    let asked = topic::terms(input.topic, &input.language);
    let is_english = input.language.primary() == "en";
    let of_topic = || {
        let covered = topic::coverage(&asked, lower)?;
        let about = if is_english { about::about(input.topic, input.title, blocks) } else { None };
        let share = about.map_or(covered.share, |about| about.share());
        Some(Coverage { share, ..covered })
    };
    let of_title = || topic::coverage(&topic::terms(input.title, &input.language), lower);
    let all = Coverage { share: 1.0, missing: Vec::new() };
    match topic::language_of(input.topic, &input.language) {
        Of::This => {
            let named = asked.is_empty() || asked.iter().any(|word| title.contains(word.as_str()));
            (of_topic().unwrap_or(all), named)
        }
        Of::Another => (of_title().or_else(of_topic).unwrap_or(all), true),
        Of::Any => {
            let named = asked.is_empty() || asked.iter().any(|word| title.contains(word.as_str()));
            // Of English all words are known.
            let title = if is_english { None } else { of_title() };
            let coverage =
                [of_topic(), title].into_iter().flatten().max_by(|one, other| one.share.total_cmp(&other.share));
            (coverage.unwrap_or(all), named)
        }
    }
}
