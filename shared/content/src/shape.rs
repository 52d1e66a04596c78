//! The form that each type of content has, as data, and whether a text has it. A newsletter that reads like an article is
//! not what was asked for, however good it is.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    clean::CleanHtml,
    kind::{TargetLength, TaskType},
    text,
    typed::points,
};

/// A post of a thread, links and all, has at most so much weight, as X counts (<https://docs.x.com/fundamentals/counting-characters>): a
/// character of Latin, Greek, Cyrillic, Hebrew, Arabic and most other alphabets is one, and so are spaces and common marks; of Chinese,
/// Japanese and Korean, a pictograph and every other is two. An address is counted as it is written, for another network may do so.
pub const POST_WEIGHT: usize = 280;
/// RFC 5322, section 2.1.1: what a line should not be longer than.
pub const SUBJECT_CHARS: usize = 78;

/// What kind of text it is, of whatever type: what is made of a text depends on this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Parts under headings, read on a page.
    Article,
    /// A list that is the whole text, with so many points. It is sent.
    Thread { posts: (usize, usize) },
    /// A greeting and paragraphs. It is sent.
    Letter,
}

/// What a type of content looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub form: Form,
    /// Parts under headings of their own.
    pub headings: (usize, usize),
    /// However many words are asked for, more make no sense here.
    pub most_words: u32,
}

impl Shape {
    pub const fn of(task_type: TaskType) -> Self {
        match task_type {
            TaskType::BlogPost => Self { form: Form::Article, headings: (3, 60), most_words: 5000 },
            TaskType::SocialMedia => Self { form: Form::Thread { posts: (3, 12) }, headings: (0, 0), most_words: 200 },
            TaskType::Email => Self { form: Form::Letter, headings: (0, 0), most_words: 400 },
            TaskType::Newsletter => Self { form: Form::Article, headings: (3, 7), most_words: 2000 },
        }
    }

    /// The words to write: what was asked for, within what the type can hold.
    pub fn words(self, asked: TargetLength) -> u32 {
        asked.words().min(self.most_words)
    }

    /// Whether the text is of the type's form at all, however well: a thread is a list of posts, an e-mail has no chapters. An
    /// article without headings is still an article.
    pub fn has_form(self, html: &CleanHtml) -> bool {
        match self.form {
            Form::Article => true,
            Form::Thread { posts: (least, _) } => points(html.as_str()).len() >= least,
            // One alone may be a signature under its two dashes.
            Form::Letter => headings(html) <= 1,
        }
    }

    /// What is wrong with the form of a text, as an editor would say it.
    pub fn faults(self, title: &str, html: &CleanHtml) -> Vec<String> {
        let mut faults = Vec::new();
        let headings = headings(html);
        let (least, most) = self.headings;
        if headings < least {
            faults.push(format!("Give it at least {least} parts under headings; it has {headings}."));
        }
        if headings > most {
            faults.push(match most {
                0 => "Leave the headings out.".to_owned(),
                most => format!("Give it at most {most} parts under headings; it has {headings}."),
            });
        }
        match self.form {
            Form::Article => {}
            Form::Thread { posts } => faults.extend(thread_faults(posts, html)),
            Form::Letter => faults.extend(letter_faults(title, html)),
        }
        faults
    }
}

/// How long a network finds a post. A sequence of pictographs that is shown as one is one.
fn weight(post: &str) -> usize {
    let of_char = |c: char| match u32::from(c) {
        0..=0x10ff | 0x2000..=0x200d | 0x2010..=0x201f | 0x2032..=0x2037 => 1,
        _ => 2,
    };
    let of_cluster = |cluster: &str| {
        let joined = cluster.contains(['\u{200d}', '\u{fe0f}'])
            || cluster.chars().any(|c| matches!(c, '\u{1f1e6}'..='\u{1f3ff}'));
        if joined { 2 } else { cluster.chars().map(of_char).sum() }
    };
    // What is composed counts as composed, however it was typed.
    let composed: String = post.nfc().collect();
    composed.graphemes(true).map(of_cluster).sum()
}

fn thread_faults((least, most): (usize, usize), html: &CleanHtml) -> Vec<String> {
    let mut faults = Vec::new();
    let posts = points(html.as_str());
    if !(least..=most).contains(&posts.len()) {
        faults.push(format!("Make it a numbered list of {least} to {most} posts; it has {}.", posts.len()));
    }
    let too_long: Vec<&String> = posts.iter().filter(|post| weight(post) > POST_WEIGHT).collect();
    if !too_long.is_empty() {
        let is_wide = too_long.iter().any(|post| weight(post) > post.chars().count());
        let twice = if is_wide { " Those of Chinese, Japanese and Korean count twice." } else { "" };
        let count = too_long.len();
        faults.push(format!("Keep each post within {POST_WEIGHT} characters; {count} are longer.{twice}"));
    }
    if !posts.last().is_some_and(|post| post.contains('#')) {
        faults.push("End the last post with a hashtag.".to_owned());
    }
    faults
}

fn letter_faults(title: &str, html: &CleanHtml) -> Vec<String> {
    let plain = text::plain_text(html);
    let greets = plain.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| {
        let line = line.trim();
        line.ends_with([',', ':', '!', '，', '：', '！', '、', '،']) && text::word_count(line) <= 8
    });
    let bold = html.as_str().contains("<strong") || html.as_str().contains("<a href");
    let checks = [
        (title.chars().count() > SUBJECT_CHARS, format!("Keep the subject line within {SUBJECT_CHARS} characters.")),
        (!greets, "Begin with a short line of greeting.".to_owned()),
        (!bold, "Say in bold what the reader is to do.".to_owned()),
    ];
    checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, fault)| fault).collect()
}

fn headings(html: &CleanHtml) -> usize {
    html.as_str().matches("<h2").count() + html.as_str().matches("<h3").count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::to_html;

    fn faults(task_type: TaskType, markdown: &str) -> Vec<String> {
        Shape::of(task_type).faults("A title", &to_html(markdown).unwrap())
    }

    const ARTICLE: &str = "Why.\n\n## One\n\nText.\n\n## Two\n\nText.\n\n## Three\n\nText.\n";
    const THREAD: &str = "1. Stop.\n2. Look.\n3. Go there. #go\n";
    const LETTER: &str = "Dear reader,\n\nit is here. **Open it today.**\n\nKind regards,\nThe team\n";

    #[test]
    fn each_type_has_its_own_form_and_no_others() {
        for own in TaskType::ALL {
            let markdown = match Shape::of(*own).form {
                Form::Article => ARTICLE,
                Form::Thread { .. } => THREAD,
                Form::Letter => LETTER,
            };
            assert_eq!(faults(*own, markdown), Vec::<String>::new(), "{own:?}");
        }
        assert_eq!(faults(TaskType::Email, ARTICLE).len(), 3);
        assert_eq!(faults(TaskType::SocialMedia, LETTER).len(), 2);
        assert_eq!(faults(TaskType::BlogPost, THREAD).len(), 1);
        assert_eq!(faults(TaskType::Newsletter, &format!("{ARTICLE}{ARTICLE}{ARTICLE}")).len(), 1);
    }

    #[test]
    fn a_thread_that_is_no_list_and_an_email_with_chapters_are_of_another_form() {
        let has_form = |task_type, markdown| Shape::of(task_type).has_form(&to_html(markdown).unwrap());
        for own in [TaskType::BlogPost, TaskType::Newsletter] {
            assert!(has_form(own, ARTICLE) && has_form(own, LETTER), "{own:?}");
        }
        assert!(has_form(TaskType::SocialMedia, THREAD) && has_form(TaskType::Email, LETTER));
        assert!(
            !has_form(TaskType::SocialMedia, LETTER) && !has_form(TaskType::SocialMedia, "1. One post.\n2. Another.")
        );
        assert!(!has_form(TaskType::Email, ARTICLE));
        assert!(has_form(TaskType::Email, &format!("{LETTER}\n\nAnna\n--\nACME")), "a signature is no chapter");
    }

    #[test]
    fn a_greeting_ends_as_its_language_writes_it() {
        for greeting in ["Dear reader,", "Hola:", "您好，", "拝啓、", "تحية طيبة،"] {
            let letter = format!("{greeting}\n\nit is here. **Open it today.**\n");
            assert_eq!(faults(TaskType::Email, &letter), Vec::<String>::new(), "{greeting}");
        }
        assert_eq!(faults(TaskType::Email, "它来了。\n\n**今天打开。**\n").len(), 1);
    }

    #[test]
    fn a_post_has_an_end() {
        let long = format!("1. {}\n2. b\n3. c #d\n", "x".repeat(281));
        assert_eq!(faults(TaskType::SocialMedia, &long), ["Keep each post within 280 characters; 1 are longer."]);
    }

    #[test]
    fn a_post_of_chinese_japanese_or_korean_has_half_the_characters() {
        for (letter, most) in [
            ("a", 280),
            ("ü", 280),
            ("u\u{308}", 280),
            ("م", 280),
            ("界", 140),
            ("か", 140),
            ("한", 140),
            ("👩‍👩‍👧", 140),
            ("🇵🇱", 140),
        ] {
            let thread = |count: usize| format!("1. {}\n2. b\n3. c #d\n", letter.repeat(count));
            assert_eq!(faults(TaskType::SocialMedia, &thread(most)), Vec::<String>::new(), "{letter}");
            assert_eq!(faults(TaskType::SocialMedia, &thread(most + 1)).len(), 1, "{letter}");
        }
    }

    #[test]
    fn what_was_asked_for_is_kept_within_what_the_type_can_hold() {
        let asked: TargetLength = 1500.try_into().unwrap();
        let words = |task_type| Shape::of(task_type).words(asked);
        assert_eq!((words(TaskType::BlogPost), words(TaskType::SocialMedia), words(TaskType::Email)), (1500, 200, 400));
    }
}
