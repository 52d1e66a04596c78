//! Words and sentences in any script, as Unicode parts them (UAX 29). Chinese and Japanese are written without spaces: each Han
//! character and each kana is a word, as lengths are agreed on there.

use unicode_segmentation::UnicodeSegmentation;

/// Whether a character counts as a word of its own.
pub(crate) const fn stands_alone(c: char) -> bool {
    // Most letters are far from these.
    if c < '\u{3005}' {
        return false;
    }
    matches!(
        c,
        '\u{3005}' | '\u{3007}'
            | '\u{3041}'..='\u{309f}'
            | '\u{30a1}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff66}'..='\u{ff9d}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    // No word goes over a blank, and what stands between two blanks is mostly ASCII, which is parted much faster.
    let between = text.split_ascii_whitespace().flat_map(UnicodeSegmentation::unicode_words);
    let each = between.flat_map(|word| word.split_inclusive(stands_alone));
    each.filter(|word| word.chars().any(char::is_alphanumeric))
}

/// How many words `text` has.
pub(crate) fn count(text: &str) -> usize {
    // What stands between two blanks is mostly letters of ASCII with a mark behind them, which is one word.
    let is_edge = |c: char| matches!(c, '.' | ',' | ';' | '!' | '?' | '(' | ')' | '"');
    let of = |part: &str| {
        let bare = part.trim_matches(is_edge);
        let is_one = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_one { 1 } else { words(part).count() }
    };
    text.split_ascii_whitespace().map(of).sum()
}

/// The sentences of `text`; where a line ends, one does.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(UnicodeSegmentation::unicode_sentences).map(str::trim)
}

/// Whether most of `text` is written without spaces.
pub(crate) fn is_dense(text: &str) -> bool {
    let dense = text.chars().filter(|c| stands_alone(*c)).count();
    let others = text.chars().filter(|c| c.is_alphabetic() && !stands_alone(*c)).count();
    // A word of letters has about five of them.
    dense * 5 > others
}

#[expect(clippy::cast_precision_loss, reason = "counts of words in 200 KiB are far below 2^52")]
pub(crate) const fn counted(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_as_long_as_its_readers_count() {
        for (text, count) in [
            ("", 0),
            ("It's 3.5 times – as fast!", 5),
            ("Der Müller-Verlag zahlt 1.500 €.", 5),
            ("L'été dernier, c'était près d'ici.", 5),
            ("¿Qué es el caché?", 4),
            ("缓存如何工作？", 6),
            ("使用 HTTP 缓存，快 3 倍。", 8),
            ("キャッシュとは何か。", 9),
            ("か\u{3099}", 1),
            ("كيف يعمل التخزين المؤقت؟", 4),
            ("캐시는 어떻게 작동하나요?", 3),
            ("… — !", 0),
        ] {
            assert_eq!(words(text).count(), count, "{text}: {:?}", words(text).collect::<Vec<_>>());
            assert_eq!(super::count(text), count, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_are_counted_as_they_are_parted(
            parts in proptest::collection::vec("[a-z]{1,4}|[0-9]{1,3}|[.,:;!?()\"'_-]|[ \t\n]{1,2}|[ä’…—]|[缓存カ]|[كيف]|\u{a0}", 0..24),
        ) {
            let text = parts.concat();
            prop_assert_eq!(count(&text), words(&text).count());
        }
    }

    #[test]
    fn a_sentence_ends_where_its_script_ends_it() {
        for (text, count) in [
            ("One costs 3.5 dollars. Two? Three!", 3),
            ("第一句。第二句！第三句？", 3),
            ("一つ目です。二つ目です。", 2),
            ("هل يعمل؟ نعم. يعمل جيدًا.", 3),
            ("A heading\nA line", 2),
        ] {
            assert_eq!(sentences(text).count(), count, "{text}");
        }
    }

    #[test]
    fn a_name_in_another_script_does_not_change_how_a_text_is_written() {
        assert!(is_dense("我们使用 Amazon Web Services 的缓存服务来提高网站的速度。"));
        assert!(!is_dense("The word 缓存 means cache, and 浏览器 means browser, in every dictionary of Chinese."));
        assert!(!is_dense("كيف يعمل التخزين") && !is_dense(""));
    }
}
