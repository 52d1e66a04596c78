//! Hard blockers: what keeps a draft from publication, whoever approves it, unless an admin overrides on record.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = BlockerCode))]
#[serde(rename_all = "snake_case")]
pub enum Blocker {
    Truncated,
    TemplateResidue,
    Outline,
    EmptyReference,
    DeadReference,
    UnknownPicture,
    EmptyPicture,
    TooShort,
    Repetition,
    WordSalad,
    OffSubject,
    WrongLanguage,
    Copied,
    Refusal,
    Chatter,
    BriefLeaked,
    AboutWriting,
    NotProse,
    KeywordStuffing,
    EmptyHeading,
    WrongForm,
    NearDuplicate,
    BelowQualityBar,
}

impl Blocker {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::TemplateResidue => "template_residue",
            Self::Outline => "outline",
            Self::EmptyReference => "empty_reference",
            Self::DeadReference => "dead_reference",
            Self::UnknownPicture => "unknown_picture",
            Self::EmptyPicture => "empty_picture",
            Self::TooShort => "too_short",
            Self::Repetition => "repetition",
            Self::WordSalad => "word_salad",
            Self::OffSubject => "off_subject",
            Self::WrongLanguage => "wrong_language",
            Self::Copied => "copied",
            Self::Refusal => "refusal",
            Self::Chatter => "chatter",
            Self::BriefLeaked => "brief_leaked",
            Self::AboutWriting => "about_writing",
            Self::NotProse => "not_prose",
            Self::KeywordStuffing => "keyword_stuffing",
            Self::EmptyHeading => "empty_heading",
            Self::WrongForm => "wrong_form",
            Self::NearDuplicate => "near_duplicate",
            Self::BelowQualityBar => "below_quality_bar",
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the text breaks off before its end",
            Self::TemplateResidue => "a placeholder was left in the text",
            Self::Outline => "the text is the built-in generator's outline, not an article",
            Self::EmptyReference => "a link leads nowhere",
            Self::DeadReference => "a link leads to a page that is not there",
            Self::UnknownPicture => "the writer showed a picture that nobody had placed; it was taken out",
            Self::EmptyPicture => "a picture has no address on the web; it was taken out",
            Self::TooShort => "the text has less than 60 % of the length asked for",
            Self::Repetition => "the text says the same again and again",
            Self::WordSalad => "the text is words without grammar",
            Self::OffSubject => "the text hardly speaks of what was asked for",
            Self::WrongLanguage => "the text is in another language than the one that was asked for",
            Self::Copied => "the text repeats a source word for word",
            Self::Refusal => "the writer refused to write the text",
            Self::Chatter => "the text speaks to whoever asked for it",
            Self::BriefLeaked => "the text gives back what the writer was told",
            Self::AboutWriting => "the text tells how it should be written",
            Self::NotProse => "the text is data or code in the place of prose",
            Self::KeywordStuffing => "one word is said for machines, not for readers",
            Self::EmptyHeading => "a heading has no text under it",
            Self::WrongForm => "the text does not have the form of its type",
            Self::NearDuplicate => "the tenant has a live article that says nearly the same",
            Self::BelowQualityBar => "the quality score is under the tenant's bar",
        })
    }
}

/// Whether the writer came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    Complete,
    Truncated,
}
