//! How easily a text reads, by the formula that was made for its language. Each is Flesch's reading ease (1948), fitted anew; a
//! language without one gets no number. 60 and more reads easily in each of them.

use std::borrow::Cow;

use crate::language::Language;

/// `base − sentence × words in a sentence − word × syllables in a word`.
struct Formula {
    base: f64,
    sentence: f64,
    word: f64,
}

impl Formula {
    const fn of(language: &str) -> Option<Self> {
        let (base, sentence, word) = match language.as_bytes() {
            // Flesch 1948.
            b"en" => (206.835, 1.015, 84.6),
            // Amstad 1978.
            b"de" => (180.0, 1.0, 58.5),
            // Kandel and Moles 1958.
            b"fr" => (207.0, 1.015, 73.6),
            // Fernández Huerta 1959.
            b"es" => (206.84, 1.02, 60.0),
            // Franchina and Vacca 1986.
            b"it" => (217.0, 1.3, 60.0),
            // Martins and others 1996.
            b"pt" => (248.835, 1.015, 84.6),
            // Douma 1960.
            b"nl" => (206.84, 0.93, 77.0),
            _ => return None,
        };
        Some(Self { base, sentence, word })
    }
}

/// Whether there is a formula for the language.
pub(super) fn is_known(language: &Language) -> bool {
    Formula::of(language.primary()).is_some()
}

/// How many words, and how many syllables they have together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spoken {
    pub(super) words: u32,
    syllables: u32,
}

impl Spoken {
    pub(super) fn of<'a>(language: &Language, words: impl Iterator<Item = &'a str>) -> Self {
        words.fold(Self::default(), |all, word| Self {
            words: all.words + 1,
            syllables: all.syllables + syllables(language.primary(), word),
        })
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { words: self.words + other.words, syllables: self.syllables + other.syllables }
    }
}

/// The reading ease of a text with so many words to a sentence. `None`: there is no formula for its language.
pub(super) fn ease(language: &Language, spoken: Spoken, of_sentence: f64) -> Option<f64> {
    let formula = Formula::of(language.primary())?;
    let of_word = f64::from(spoken.syllables) / f64::from(spoken.words.max(1));
    Some(formula.base - formula.sentence * of_sentence - formula.word * of_word)
}

/// Groups of vowels: close enough for a mean over a text. A last e is silent in English and in French.
fn syllables(language: &str, word: &str) -> u32 {
    const VOWELS: &str = "äöüàâéèêëîïôùûœæáíóúìòãõ";
    let word = if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    };
    let (mut groups, mut in_group) = (0, false);
    for c in word.chars() {
        let vowel = if c.is_ascii() { matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y') } else { VOWELS.contains(c) };
        groups += u32::from(vowel && !in_group);
        in_group = vowel;
    }
    let silent = match language {
        "en" => word.ends_with('e') && !word.ends_with("le"),
        "fr" => word.ends_with('e') || word.ends_with("es") || word.ends_with("ent"),
        _ => false,
    };
    (groups - u32::from(silent && groups > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(language: &str, text: &str) -> Option<f64> {
        let words: Vec<&str> = text.split(' ').collect();
        let count = f64::from(u32::try_from(words.len()).unwrap());
        let language = language.parse().unwrap();
        ease(&language, Spoken::of(&language, words.into_iter()), count)
    }

    #[test]
    fn a_language_without_a_formula_gets_no_number() {
        for language in ["pl", "zh", "ja", "ar", "fi", "tlh"] {
            assert_eq!(of(language, "one two three"), None, "{language}");
        }
    }

    #[test]
    fn short_words_read_easily_in_each_language_and_long_ones_do_not() {
        for (language, easy, hard) in [
            (
                "en",
                "The cat sat on the mat and slept",
                "Organisational considerations necessitate comprehensive deliberation",
            ),
            (
                "de-AT",
                "Der Hund liegt auf dem Bett und schläft",
                "Organisatorische Überlegungen erfordern umfangreiche Abstimmungen",
            ),
            (
                "fr",
                "Le chat dort sur le lit de la fille",
                "Considérations organisationnelles nécessitant une délibération approfondie",
            ),
            (
                "es",
                "El gato duerme en la cama de su hija",
                "Consideraciones organizativas necesitando deliberaciones exhaustivas",
            ),
            (
                "it",
                "Il gatto dorme sul letto di mia figlia",
                "Considerazioni organizzative necessitano deliberazioni approfondite",
            ),
            (
                "pt-BR",
                "O gato dorme na cama da minha filha",
                "Considerações organizacionais necessitando deliberações aprofundadas",
            ),
            (
                "nl",
                "De kat slaapt op het bed van mijn kind",
                "Organisatorische overwegingen noodzaken uitgebreide beraadslagingen",
            ),
        ] {
            let (easy, hard) = (of(language, easy).unwrap(), of(language, hard).unwrap());
            assert!(easy > 60.0 && hard < 30.0, "{language}: {easy} {hard}");
        }
    }
}
