//! The outline's sentences in the languages of the product, but English, which has tables of its own.

mod germanic;
mod others;
mod romance;
mod sentences;

pub(super) use self::sentences::Sentences;
use self::{
    germanic::{DE, NL},
    others::{AR, JA, PL, ZH},
    romance::{ES, FR, IT, PT},
};
use crate::language::Language;

static TABLE: [(&str, Sentences); 10] = [
    ("de", DE),
    ("fr", FR),
    ("es", ES),
    ("it", IT),
    ("pt", PT),
    ("nl", NL),
    ("pl", PL),
    ("zh", ZH),
    ("ja", JA),
    ("ar", AR),
];

/// `None`: the outline is in English, for the language is that or has no sentences here.
pub(super) fn of(language: &Language) -> Option<&'static Sentences> {
    TABLE.iter().find(|(name, _)| *name == language.primary()).map(|(_, sentences)| sentences)
}
