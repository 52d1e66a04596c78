//! The parts of a sentence: how many of what, about what, and the phrases around it.
//! Invariant: each word is a part, stands in the subject, or is told as unread.

use galley_api::task::{Style, Tone};

use crate::intent::{
    clause::{Clause, Place, Seen, clause, people},
    rhythm::Beat,
    text::{Kind, Token, between, lower},
    words::{
        Noun, is_like_a_number, is_negative, is_polite, is_vague, language, leads_to_a_subject, noun, number, style,
        tone,
    },
};

/// How many are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Count {
    #[default]
    Unsaid,
    Of(u32),
    /// In words that are no number, or two that are not the same.
    Unclear(String),
}

/// What the texts are to be about.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a, 't> {
    pub(super) tokens: &'t [Token<'a>],
    /// Each in quotation marks.
    pub(super) quoted: bool,
}

/// A sentence in its parts.
#[derive(Debug, Default)]
pub(super) struct Said<'a, 't> {
    pub(super) count: Count,
    pub(super) nouns: Vec<Noun>,
    /// A word where the type stands, and which is none.
    pub(super) stranger: Option<String>,
    pub(super) subject: Option<Subject<'a, 't>>,
    pub(super) clauses: Vec<Clause>,
    pub(super) negated: Option<String>,
    /// A rhythm in the middle of the subject.
    pub(super) buried: Option<String>,
    pub(super) unread: Vec<String>,
    /// Where the run of unread words began.
    run: Option<usize>,
}

impl<'a, 't> Said<'a, 't> {
    pub(super) fn of(tokens: &'t [Token<'a>], seen: Seen<'_>) -> Self {
        let mut said = Self::default();
        let begins = said.head(tokens, seen);
        if let Some(begins) = begins {
            let ends = said.about(tokens, begins, seen);
            said.rest(tokens, ends, seen);
        }
        said
    }

    /// Reads up to the subject, and says where it begins. `None`: there is none.
    fn head(&mut self, tokens: &'t [Token<'a>], seen: Seen<'_>) -> Option<usize> {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = tokens.get(at..).unwrap_or_default();
            let typed = !self.nouns.is_empty();
            let begins = match token.kind {
                Kind::Quoted if typed => Some(at),
                Kind::Colon if typed => Some(at + 1),
                Kind::Word => Self::subject_begins(rest, at, typed, seen),
                _ => None,
            };
            if let Some(begins) = begins {
                if !typed && !matches!(self.count, Count::Unsaid) {
                    self.stranger = self.run.map(|from| words(seen, tokens, from, at));
                }
                self.end_run(tokens, at, seen);
                return Some(begins);
            }
            let used = match token.kind {
                Kind::Word => self.part(rest, seen),
                Kind::Quoted => 0,
                Kind::Comma | Kind::Colon | Kind::Stop => 1,
            };
            if used == 0 {
                self.run = self.run.or(Some(at));
            } else {
                self.end_run(tokens, at, seen);
            }
            at += used.max(1);
        }
        self.end_run(tokens, tokens.len(), seen);
        None
    }

    fn subject_begins(rest: &[Token<'_>], at: usize, typed: bool, seen: Seen<'_>) -> Option<usize> {
        let word = lower(rest, 0);
        if clause(rest, Place::Head, seen).is_some() {
            return None;
        }
        if leads_to_a_subject(word) || (word == "on" && typed) {
            return Some(at + 1);
        }
        (typed && ["how", "why", "what", "whether"].contains(&word)).then_some(at)
    }

    /// Reads one part before the subject. 0: it is none.
    fn part(&mut self, rest: &[Token<'_>], seen: Seen<'_>) -> usize {
        let word = lower(rest, 0);
        if let Some((found, used)) = clause(rest, Place::Head, seen) {
            self.clauses.push(found);
            return used;
        }
        if let Some((found, used)) = noun(rest) {
            self.nouns.push(found);
            self.clauses.extend(found.style.map(Clause::Style));
            return used + self.readers(rest.get(used..).unwrap_or_default(), seen);
        }
        if let Some(number) = number(word) {
            self.counted(number, word);
        } else if is_like_a_number(word) || is_vague(word) {
            self.count = Count::Unclear(word.to_owned());
        } else if ["a", "an", "another"].contains(&word) {
            if self.count == Count::Unsaid {
                self.count = Count::Of(1);
            }
        } else if let Some(found) = tone(word) {
            self.clauses.push(Clause::Tone(found));
        } else if let Some(found) = style(word) {
            self.clauses.push(Clause::Style(found));
        } else if let Some(found) = language(word) {
            self.clauses.push(Clause::Language(found));
        } else if is_negative(word) {
            self.negated.get_or_insert_with(|| word.to_owned());
        } else if !is_polite(word) {
            return 0;
        }
        1
    }

    fn counted(&mut self, number: u32, word: &str) {
        self.count = match &self.count {
            Count::Unsaid => Count::Of(number),
            Count::Of(before) if *before == number => Count::Of(number),
            Count::Of(before) => Count::Unclear(format!("{before} and {word}")),
            Count::Unclear(before) => Count::Unclear(before.clone()),
        };
    }

    /// `for developers`, right behind the type.
    fn readers(&mut self, rest: &[Token<'_>], seen: Seen<'_>) -> usize {
        if lower(rest, 0) != "for"
            || clause(rest, Place::Head, seen).is_some()
            || ["me", "us"].contains(&lower(rest, 1))
        {
            return 0;
        }
        let named = rest.get(1..).unwrap_or_default();
        let used = people(named, Place::Head, seen);
        if used == 0 {
            return 0;
        }
        let who = between(seen.text, named.get(..used).unwrap_or_default()).to_owned();
        self.clauses.push(Clause::Audience(who));
        used + 1
    }

    /// Reads the subject and the phrases behind it, to the end of the sentence.
    fn about(&mut self, tokens: &'t [Token<'a>], begins: usize, seen: Seen<'_>) -> usize {
        let open = tokens.get(begins..).unwrap_or_default();
        let length = open.iter().position(|token| token.kind == Kind::Stop).unwrap_or(open.len());
        let whole = open.get(..length).unwrap_or_default();
        let quotations = quotations(whole);
        let found = (0..=whole.len()).find_map(|at| {
            let clauses = all_clauses(whole.get(at..)?, seen)?;
            (at >= quotations).then_some((at, clauses))
        });
        let (at, clauses) = found.unwrap_or((whole.len(), Vec::new()));
        let subject = whole.get(..at).unwrap_or_default();
        let subject = subject.get(..trimmed(subject)).unwrap_or_default();
        let quoted = quotations > 0 && quotations == subject.len();
        self.clauses.extend(clauses);
        let paced = self.clauses.iter().any(|clause| matches!(clause, Clause::Beat(_)));
        if !paced && !quoted {
            self.buried = buried(subject, seen);
        }
        self.subject = (!subject.is_empty()).then_some(Subject { tokens: subject, quoted });
        begins + length
    }

    /// Reads the sentences behind.
    fn rest(&mut self, tokens: &'t [Token<'a>], from: usize, seen: Seen<'_>) {
        let mut at = from;
        while let Some(token) = tokens.get(at) {
            let rest = tokens.get(at..).unwrap_or_default();
            let read = clause(rest, Place::Tail, seen).filter(|_| token.kind == Kind::Word);
            let used = match (read, token.kind) {
                (Some((found, used)), _) => {
                    self.clauses.push(found);
                    used
                }
                (None, Kind::Word) if is_negative(&token.lower) => {
                    self.negated.get_or_insert_with(|| token.lower.clone());
                    0
                }
                (None, Kind::Word) if !is_polite(&token.lower) => 0,
                (None, Kind::Quoted) => 0,
                (None, _) => 1,
            };
            if used == 0 {
                self.run = self.run.or(Some(at));
            } else {
                self.end_run(tokens, at, seen);
            }
            at += used.max(1);
        }
        self.end_run(tokens, tokens.len(), seen);
    }

    fn end_run(&mut self, tokens: &[Token<'_>], at: usize, seen: Seen<'_>) {
        self.unread.extend(self.run.take().map(|from| words(seen, tokens, from, at)));
    }
}

fn words(seen: Seen<'_>, tokens: &[Token<'_>], from: usize, to: usize) -> String {
    between(seen.text, tokens.get(from..to).unwrap_or_default()).to_owned()
}

/// How many tokens at the beginning are quotations, with what is between them.
fn quotations(tokens: &[Token<'_>]) -> usize {
    let between = |token: &&Token<'_>| {
        matches!(token.kind, Kind::Quoted | Kind::Comma) || ["and", "&"].contains(&token.lower.as_str())
    };
    let run = tokens.iter().take_while(between).count();
    let run = tokens.get(..run).unwrap_or_default();
    run.iter().rposition(|token| token.kind == Kind::Quoted).map_or(0, |last| last + 1)
}

/// The phrases that these tokens are, if they are nothing else.
fn all_clauses(tokens: &[Token<'_>], seen: Seen<'_>) -> Option<Vec<Clause>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        let joins = token.kind == Kind::Comma || ["and", "please", "thanks"].contains(&token.lower.as_str());
        if joins {
            at += 1;
            continue;
        }
        let (clause, used) = clause(tokens.get(at..)?, Place::Tail, seen)?;
        found.push(clause);
        at += used;
    }
    Some(found)
}

/// How many tokens are left without the marks at the end.
fn trimmed(tokens: &[Token<'_>]) -> usize {
    tokens.iter().rposition(|token| matches!(token.kind, Kind::Word | Kind::Quoted)).map_or(0, |last| last + 1)
}

fn buried(subject: &[Token<'_>], seen: Seen<'_>) -> Option<String> {
    let strong = |at: usize| match clause(subject.get(at..)?, Place::Tail, seen)? {
        (Clause::Beat(Beat::Loose(_) | Beat::Days(_, false) | Beat::OfMonth(_, false)), _) => None,
        (Clause::Beat(_), used) => Some(words(seen, subject, at, at + used)),
        _ => None,
    };
    (0..subject.len()).find_map(strong)
}

/// What is said is not the same.
#[derive(Debug)]
pub(super) struct Several;

/// The one that is said, if any is.
///
/// # Errors
/// They are not the same.
pub(super) fn one<T: PartialEq>(said: Vec<T>) -> Result<Option<T>, Several> {
    let mut said = said.into_iter();
    let Some(first) = said.next() else { return Ok(None) };
    if said.all(|other| other == first) { Ok(Some(first)) } else { Err(Several) }
}

/// Tone and style that are said.
pub(super) fn manners(clauses: &[Clause]) -> (Vec<Tone>, Vec<Style>) {
    let tones = clauses.iter().filter_map(|clause| if let Clause::Tone(tone) = clause { Some(*tone) } else { None });
    let styles =
        clauses.iter().filter_map(|clause| if let Clause::Style(style) = clause { Some(*style) } else { None });
    (tones.collect(), styles.collect())
}
