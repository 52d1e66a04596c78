//! Whether a text speaks of what was asked for: the words of a topic, in the ways that languages write them.

use crate::{language::Language, stop_words, words};

/// Whether a few words are of a language, as far as that is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    This,
    /// Names, and words of many languages.
    Any,
    Another,
}

/// Languages whose common words are told apart.
const KNOWN: [&str; 9] = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ar"];

/// Whether `line`, a topic or a title, is of `language`.
pub(crate) fn language_of(line: &str, language: &Language) -> Of {
    let own = language.primary();
    let has = |is: fn(char) -> bool| line.chars().any(is);
    match own {
        "zh" | "ja" if has(words::stands_alone) => return Of::This,
        "zh" | "ja" => return if has(char::is_alphabetic) { Of::Another } else { Of::Any },
        "ar" if !has(is_arabic) && has(char::is_alphabetic) => return Of::Another,
        _ if own != "ko" && has(words::stands_alone) => return Of::Another,
        _ => {}
    }
    let said: Vec<String> = words::words(line).map(str::to_lowercase).filter(|word| word.chars().count() > 1).collect();
    let common = |language: &str| said.iter().filter(|word| stop_words::has(language, word)).count();
    if common(own) > 0 {
        return Of::This;
    }
    let others = KNOWN.iter().filter(|other| **other != own).map(|other| common(other)).max().unwrap_or_default();
    // Of a language without a list nobody knows its words, which may look like another's.
    let least = if stop_words::are_known(own) { 1 } else { 2 };
    if others >= least { Of::Another } else { Of::Any }
}

const fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}')
}

/// The words of `line` that say something, in small letters: as they stand, without an Arabic article; of what is written without
/// spaces each two characters of Han that follow one another, and each word of katakana.
pub(crate) fn terms(line: &str, language: &Language) -> Vec<String> {
    let is_common = |word: &str| stop_words::has(language.primary(), word);
    let mut terms = Vec::new();
    for run in line.split(|c: char| !c.is_alphanumeric() && !matches!(c, 'ー' | '々')) {
        if run.contains(words::stands_alone) {
            dense_terms(run, &mut terms);
            continue;
        }
        let word = run.to_lowercase();
        let bare = if language.primary() == "ar" { without_article(&word) } else { &word };
        if bare.chars().count() >= least_chars(bare) && !is_common(&word) && !is_common(bare) {
            terms.push(bare.to_owned());
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Roots of Arabic have three letters; shorter words of Latin scripts are mostly forms.
fn least_chars(word: &str) -> usize {
    if word.contains(is_arabic) || word.contains(|c: char| c.is_ascii_digit()) { 3 } else { 4 }
}

fn without_article(word: &str) -> &str {
    let rest = ["وال", "بال", "كال", "فال", "لل", "ال"].iter().find_map(|article| word.strip_prefix(article));
    rest.filter(|rest| rest.chars().count() >= 3).unwrap_or(word)
}

fn dense_terms(run: &str, terms: &mut Vec<String>) {
    let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    let is_katakana = |c: char| matches!(c, '\u{30a1}'..='\u{30ff}');
    let chars: Vec<char> = run.chars().collect();
    for pair in chars.windows(2) {
        if let [one, other] = pair
            && is_han(*one)
            && is_han(*other)
        {
            terms.push([*one, *other].iter().collect());
        }
    }
    terms.extend(run.split(|c| !is_katakana(c)).filter(|word| word.chars().count() > 1).map(str::to_owned));
    let latin = run.split(|c: char| words::stands_alone(c)).filter(|word| word.chars().count() > 1);
    terms.extend(latin.map(str::to_lowercase));
}

/// How much of a text's subject it says.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    /// 0 to 1.
    pub(crate) share: f64,
    pub(crate) missing: Vec<String>,
}

/// How many of `terms` stand in `lower`, a text in small letters. `None`: there are none.
pub(crate) fn coverage(terms: &[String], lower: &str) -> Option<Coverage> {
    let missing: Vec<String> = terms.iter().filter(|term| !lower.contains(term.as_str())).cloned().collect();
    let (all, said) = (words::counted(terms.len()), words::counted(terms.len() - missing.len()));
    // Where words are not parted, of each three pairs of characters one joins two words.
    let enough = if terms.iter().any(|term| term.contains(words::stands_alone)) { all * 0.6 } else { all };
    (!terms.is_empty()).then(|| Coverage { share: (said / enough).min(1.0), missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(language: &str) -> Language {
        language.parse().unwrap()
    }

    #[test]
    fn a_topic_of_another_language_is_known() {
        for (language, line, expected) in [
            ("en", "How HTTP caching works", Of::This),
            ("de", "How HTTP caching works", Of::Another),
            ("de", "Wie HTTP-Caching funktioniert", Of::This),
            ("en", "Wie HTTP-Caching funktioniert", Of::Another),
            ("fr", "Le cache HTTP expliqué", Of::This),
            ("es", "Cómo funciona la caché", Of::This),
            ("it", "Come funziona la cache", Of::This),
            ("pt", "Como funciona o cache HTTP em um navegador", Of::This),
            ("nl", "Hoe HTTP-caching werkt", Of::This),
            ("pl", "Jak działa pamięć podręczna", Of::This),
            ("ar", "كيف يعمل التخزين المؤقت", Of::This),
            ("ar", "How caching works", Of::Another),
            ("zh", "HTTP 缓存如何工作", Of::This),
            ("ja", "キャッシュの仕組み", Of::This),
            ("zh", "HTTP caching", Of::Another),
            ("en", "缓存如何工作", Of::Another),
            ("de", "PostgreSQL 17", Of::Any),
            ("fi", "Näin välimuisti toimii", Of::Any),
        ] {
            assert_eq!(language_of(line, &of(language)), expected, "{language}: {line}");
        }
    }

    #[test]
    fn what_a_topic_is_about_is_found_in_a_text_of_its_language() {
        for (language, topic, on, off) in [
            (
                "de",
                "Wie HTTP-Caching funktioniert",
                "ein cache von http funktioniert so: caching",
                "brot braucht zeit und salz",
            ),
            ("zh", "HTTP 缓存如何工作", "浏览器会把响应放进缓存，这就是http工作的方式", "面包需要时间和盐"),
            ("ja", "HTTPキャッシュの仕組み", "httpのキャッシュには仕組みがあります", "パンには時間と塩が必要です"),
            ("ar", "كيف يعمل التخزين المؤقت", "يعمل تخزين مؤقت للصفحات هكذا", "يحتاج الخبز إلى وقت وملح"),
        ] {
            let terms = terms(topic, &of(language));
            assert!(coverage(&terms, on).unwrap().share > 0.8, "{terms:?}");
            let off = coverage(&terms, off).unwrap();
            assert!(off.share < 0.01 && off.missing.len() == terms.len(), "{terms:?} {off:?}");
        }
        assert!(coverage(&terms("wie und was", &of("de")), "").is_none());
    }
}
