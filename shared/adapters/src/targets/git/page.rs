//! An article as a file of a site: front matter, and a text that is shown whole. What the file alone knows comes first, and stays as it is
//! when the text changes; the fingerprint is of the rest.
//!
//! Each value of the front matter is JSON, which every reader of YAML takes: a text is always quoted, so that none is read as a date, a
//! number or a truth value. Dates alone are not, for Astro takes no text for one.

use galley_domain::{
    outbox::{
        kinds::git::{Git, Preset},
        port::{Piece, fingerprint_of},
    },
    task::revision::Image,
};
use jiff::Timestamp;
use serde::Serialize;

const FENCE: &str = "---\n";
/// What tells our files from others.
const MARK: &str = "galley_id";
const SLUG: &str = "slug";
const IMAGE_ALT: &str = "image_alt";
const IMAGE_CREDIT: &str = "image_credit";

/// What a file is found to be.
pub(super) struct Page {
    /// Whose it is.
    pub(super) mark: Option<String>,
    /// What the file alone knows, line by line.
    pub(super) head: String,
    /// Of its picture, as it names it.
    pub(super) image: Option<String>,
    pub(super) fingerprint: String,
}

/// How each site's maker calls what most of them have.
struct Names {
    date: &'static str,
    updated: &'static str,
    language: &'static str,
    canonical: &'static str,
    image: &'static str,
}

const fn names(preset: Preset) -> Names {
    match preset {
        Preset::Hugo => {
            Names { date: "date", updated: "lastmod", language: "language", canonical: "canonical", image: "image" }
        }
        Preset::Jekyll => Names {
            date: "date",
            updated: "last_modified_at",
            language: "lang",
            canonical: "canonical_url",
            image: "image",
        },
        Preset::Astro => Names {
            date: "pubDate",
            updated: "updatedDate",
            language: "lang",
            canonical: "canonical",
            image: "heroImage",
        },
    }
}

impl Page {
    pub(super) fn read(preset: Preset, text: &str) -> Self {
        let ours = [MARK, SLUG, names(preset).canonical, names(preset).image, IMAGE_ALT, IMAGE_CREDIT];
        let Some(front) = text.strip_prefix(FENCE) else {
            return Self { mark: None, head: String::new(), image: None, fingerprint: fingerprint_of([text]) };
        };
        let is_ours = |line: &&str| line.split_once(": ").is_some_and(|(name, _)| ours.contains(&name));
        let head: String = front.split_inclusive('\n').take_while(is_ours).collect();
        let rest = front.get(head.len()..).unwrap_or_default();
        // Whoever has sorted the lines has not made the file another's.
        let said = |name: &str| {
            let mut lines = front.lines().take_while(|line| *line != "---");
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(value.trim().trim_matches(['"', '\'']).to_owned())
        };
        let (mark, image) = (said(MARK), said(names(preset).image));
        Self { mark, image, fingerprint: fingerprint_of([rest]), head }
    }
}

/// What the file alone knows, when it is new.
pub(super) fn head(
    preset: Preset,
    mark: &str,
    slug: &str,
    canonical: Option<&str>,
    picture: Option<(&str, &Image)>,
) -> String {
    let names = names(preset);
    let mut head = line(MARK, &mark) + &line(SLUG, &slug);
    if let Some(canonical) = canonical {
        head += &line(names.canonical, &canonical);
    }
    if let Some((name, image)) = picture {
        head += &line(names.image, &name);
        head += &line(IMAGE_ALT, &image.alt);
        let credit: Vec<&str> =
            [&image.photographer, &image.licence].into_iter().flatten().map(String::as_str).collect();
        if !credit.is_empty() {
            head += &line(IMAGE_CREDIT, &credit.join(", "));
        }
    }
    head
}

pub(super) fn write(settings: &Git, head: &str, piece: &Piece) -> String {
    format!("{FENCE}{head}{}", rest(settings, piece))
}

/// Of a file that says what `piece` does.
pub(super) fn fingerprint(settings: &Git, piece: &Piece) -> String {
    fingerprint_of([&*rest(settings, piece)])
}

fn rest(settings: &Git, piece: &Piece) -> String {
    let names = names(settings.preset);
    let mut rest = line("title", &piece.title);
    rest += &dated(names.date, piece.published_at);
    rest += &dated(names.updated, piece.written_at.max(piece.published_at));
    if !piece.excerpt.is_empty() {
        rest += &line("description", &piece.excerpt);
    }
    for (name, terms) in [("tags", &piece.tags), ("categories", &piece.categories)] {
        if !terms.is_empty() {
            rest += &line(name, terms);
        }
    }
    if let Some(author) = &settings.author {
        rest += &line("author", &author.as_str());
    }
    rest += &line(names.language, &piece.language);
    if settings.preset == Preset::Jekyll {
        rest += &line("layout", &"post");
    }
    let markdown = piece.markdown.as_ref().filter(|markdown| is_taken_as_it_is(markdown));
    if markdown.is_none() && settings.preset == Preset::Hugo {
        // Hugo leaves raw HTML out of Markdown.
        rest += &line("markup", &"html");
    }
    let body = markdown.map_or_else(|| html(&piece.html), |markdown| markdown.trim_end().to_owned());
    format!("{rest}{FENCE}\n{body}\n")
}

/// Whether no site's maker takes a part of it for a template's: Hugo's shortcodes, Liquid, kramdown's attributes.
fn is_taken_as_it_is(markdown: &str) -> bool {
    !["{{", "{%", "{:"].iter().any(|opens| markdown.contains(opens))
}

/// As one block of HTML, which goes to the next empty line, so that there is none; and without what a template begins with.
fn html(html: &str) -> String {
    let mut block = "<div>\n".to_owned();
    for line in html.trim().lines() {
        block += line;
        block += if line.trim().is_empty() { "&#10;" } else { "\n" };
    }
    block.replace('{', "&#123;") + "</div>"
}

fn line(name: &str, value: &impl Serialize) -> String {
    let mut line = format!("{name}: ");
    for c in serde_json::to_string(value).unwrap_or_default().chars() {
        match c {
            // What YAML does not take as it is, or takes for the end of a line.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => line += &format!("\\u{:04x}", u32::from(c)),
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}

fn dated(name: &str, at: Timestamp) -> String {
    format!("{name}: {}\n", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
}

#[cfg(test)]
mod tests {
    use galley_domain::kernel::rule::RuleBroken;
    use serde_json::{Value, json};

    use super::*;
    use crate::targets::tests::{a_git, a_piece};

    fn front(text: &str) -> Value {
        let (front, _) = text.strip_prefix(FENCE).unwrap().split_once("\n---\n").unwrap();
        yaml_serde::from_str(front).unwrap()
    }

    #[test]
    fn what_an_author_writes_stays_a_text_whatever_yaml_would_read_in_it() {
        for title in [
            "yes",
            "no",
            "2020-01-01",
            "12:30:45",
            "1e3",
            "~",
            "null",
            "a: b",
            "- a",
            "\"quoted\" 'so'",
            "\\n \\",
            "# none",
            "{{ a }}",
            "---",
            "*a &b !c %d @e",
            "Ünï 😀 \u{2028}x\u{85}y",
            "tail ",
        ] {
            let piece = Piece {
                title: title.to_owned(),
                excerpt: format!("{title}\n---\nadmin: true"),
                tags: vec![title.to_owned()],
                ..a_piece()
            };
            for preset in [Preset::Hugo, Preset::Jekyll, Preset::Astro] {
                let settings = Git { preset, author: Some("No".to_owned().try_into().unwrap()), ..a_git() };
                let text = write(&settings, &head(preset, "galley-1", "a-slug", None, None), &piece);
                let front = front(&text);
                assert_eq!(front["title"], title, "{text}");
                assert_eq!((&front["tags"], &front["author"]), (&json!([title]), &json!("No")));
                assert_eq!(front["admin"], Value::Null);
            }
        }
        assert_eq!(
            galley_domain::outbox::kinds::git::AuthorName::try_from(" ".to_owned()).map_err(|RuleBroken(_)| ()),
            Err(())
        );
    }

    #[test]
    fn the_rest_of_a_file_is_what_its_fingerprint_is_of_and_its_head_stays() {
        let settings = a_git();
        let image = Image {
            url: String::new(),
            alt: "A \"cache\"".to_owned(),
            photographer: Some("Ana".to_owned()),
            licence: None,
            page: None,
        };
        let head = head(
            settings.preset,
            "galley-1",
            "a-slug",
            Some("https://www.example.com/a-slug/"),
            Some(("cover.png", &image)),
        );
        let text = write(&settings, &head, &a_piece());
        let read = Page::read(settings.preset, &text);
        assert_eq!((read.mark.as_deref(), read.image.as_deref()), (Some("galley-1"), Some("cover.png")));
        assert_eq!((read.head, read.fingerprint), (head, fingerprint(&settings, &a_piece())));
        let sorted = text.replacen("galley_id: \"galley-1\"\n", "", 1).replacen(
            "language:",
            "galley_id: galley-1\nlanguage:",
            1,
        );
        assert_eq!(Page::read(settings.preset, &sorted).mark.as_deref(), Some("galley-1"));
        for changed in
            [text.replace("A text", "Another"), text.replace("title:", "draft: true\ntitle:"), sorted, String::new()]
        {
            assert_ne!(
                Page::read(settings.preset, &changed).fingerprint,
                fingerprint(&settings, &a_piece()),
                "{changed}"
            );
        }
    }

    #[test]
    fn a_text_is_one_block_of_html_or_markdown_that_nothing_is_read_into() {
        let settings = a_git();
        let of = |markdown: Option<&str>, html: &str| {
            let piece = Piece { markdown: markdown.map(str::to_owned), html: html.to_owned(), ..a_piece() };
            rest(&settings, &piece).split_once("\n---\n\n").unwrap().1.to_owned()
        };
        assert_eq!(of(Some("# A\n\ntext\n\n"), ""), "# A\n\ntext\n");
        let code = "<pre><code>one\n\n\n{{ two }}\n</code></pre>";
        for markdown in [None, Some("`{{< x >}}`"), Some("{% raw %}"), Some("a\n{: .b}")] {
            let text = of(markdown, code);
            assert_eq!(text, "<div>\n<pre><code>one\n&#10;&#10;&#123;&#123; two }}\n</code></pre>\n</div>\n");
        }
    }
}
