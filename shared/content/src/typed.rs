//! Cleaned HTML as a person would type it: plain text.

use crate::text;

/// The points of the lists of a text; a list within a point is part of it.
pub(super) fn points(html: &str) -> Vec<String> {
    let (mut points, mut depth, mut began) = (Vec::new(), 0_usize, 0);
    for (at, tag, end) in tags(html) {
        match tag {
            "li" => {
                if depth == 0 {
                    began = end;
                }
                depth += 1;
            }
            "/li" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    points.push(readable(html.get(began..at).unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    points
}

/// Each tag of cleaned HTML: where it begins, its name, a slash before that of an end, and where it ends.
fn tags(html: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    html.match_indices('<').filter_map(move |(at, _)| {
        let from = html.get(at + 1..)?;
        let end = from.find('>')?;
        let tag = from.get(..end)?;
        Some((at, tag.split([' ', '/']).next().filter(|name| !name.is_empty()).unwrap_or(tag), at + end + 2))
    })
}

/// HTML as a person would type it: a blank line between paragraphs, a dash before a point, a number where they are counted.
pub(super) fn readable(html: &str) -> String {
    let mut typed = Typed::default();
    let mut from = 0;
    for (at, tag, end) in tags(html) {
        typed.text(html.get(from..at).unwrap_or_default());
        typed.tag(tag, html.get(at..end).unwrap_or_default());
        from = end;
    }
    typed.text(html.get(from..).unwrap_or_default());
    typed.out.trim().to_owned()
}

#[derive(Default)]
struct Typed {
    out: String,
    /// The lists that are open, and the number of the next point of those that count.
    lists: Vec<Option<u32>>,
    /// Where the words of the open link begin, and where it leads.
    link: Option<(usize, String)>,
    in_code: bool,
}

impl Typed {
    fn text(&mut self, text: &str) {
        let text = text::decoded(text);
        if self.in_code {
            self.out.push_str(&text);
            return;
        }
        for c in text.chars() {
            match c {
                c if !c.is_ascii_whitespace() => self.out.push(c),
                _ if self.out.is_empty() || self.out.ends_with([' ', '\n']) => {}
                _ => self.out.push(' '),
            }
        }
    }

    fn tag(&mut self, name: &str, tag: &str) {
        match name {
            "ul" | "/ul" | "ol" | "/ol" => self.list(name, tag),
            "li" => {
                self.line();
                let indent = self.lists.len().saturating_sub(1);
                self.out.push_str(&"  ".repeat(indent));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.out.push_str(&format!("{number}. "));
                        *number = number.saturating_add(1);
                    }
                    _ => self.out.push_str("- "),
                }
            }
            "br" | "/li" | "tr" | "/tr" | "dt" | "dd" => self.line(),
            "td" | "th" => self.text(" "),
            "pre" => {
                self.paragraph();
                self.in_code = true;
            }
            "/pre" => {
                self.in_code = false;
                self.paragraph();
            }
            "a" => {
                let address = tag.split_once(" href=\"").and_then(|(_, rest)| rest.split('"').next());
                self.link = address.map(|address| (self.out.len(), text::decoded(address)));
            }
            "/a" => self.link_ends(),
            block if BLOCKS.contains(&block.trim_start_matches('/')) => self.paragraph(),
            _ => {}
        }
    }

    fn list(&mut self, name: &str, tag: &str) {
        // A list within a point goes on with it.
        if self.lists.len() > usize::from(name.starts_with('/')) {
            self.line();
        } else {
            self.paragraph();
        }
        match name {
            "ul" => self.lists.push(None),
            "ol" => {
                let start = tag.split_once(" start=\"").and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
                self.lists.push(Some(start.unwrap_or(1)));
            }
            _ => {
                self.lists.pop();
            }
        }
    }

    fn link_ends(&mut self) {
        let Some((began, address)) = self.link.take() else { return };
        let words = self.out.get(began..).unwrap_or_default().trim();
        let said = address.strip_prefix("mailto:").unwrap_or(&address).trim_end_matches('/');
        let bare = said.split_once("://").map_or(said, |(_, bare)| bare);
        // A place within the text is no place in what is sent.
        if address.starts_with('#') || [said, bare].contains(&words.trim_end_matches('/')) {
            return;
        }
        let address = address.strip_prefix("mailto:").unwrap_or(&address).to_owned();
        self.out.push_str(&if words.is_empty() { address } else { format!(" ({address})") });
    }

    fn line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        // The first paragraph of a point stands beside its number.
        let last = self.out.rsplit('\n').next().unwrap_or_default().trim();
        let is_number = last.strip_suffix('.').is_some_and(|number| number.parse::<u32>().is_ok());
        if !self.lists.is_empty() && (last == "-" || is_number) {
            return;
        }
        self.line();
        if self.lists.is_empty() && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

/// Elements between which a blank line stands.
const BLOCKS: [&str; 16] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "div",
    "table",
    "hr",
    "dl",
    "figure",
    "figcaption",
    "details",
    "summary",
];
