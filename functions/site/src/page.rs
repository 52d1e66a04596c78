//! Pages, from the templates beside the code.

use askama::Template;
use galley_domain::{
    content::text,
    publishing::{
        label::Label,
        live::{Article, ArticleSummary},
    },
};
use galley_edge::api::ArticleView;

use crate::{
    linked_data,
    look::Look,
    place::{Place, of_article, of_category, of_feed, of_label, of_tag},
    style,
    wanted::{Asked, Format},
    words::{Words, day},
};

/// What every page has around what it shows.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    words: &'static Words,
    look: &'a Look,
    title: String,
    description: String,
    /// Where the page is, for others; a page without one is in no index.
    canonical: Option<String>,
    home: String,
    feeds: Option<Feeds>,
    style: String,
    /// The style that sets the tenant's colour.
    accent: Option<String>,
}

/// Where what is shown, or all that is new, is told of.
#[derive(Debug)]
struct Feeds {
    title: String,
    atom: String,
    json: String,
}

impl<'a> Frame<'a> {
    fn new(words: &'static Words, look: &'a Look, place: &Place, title: String) -> Self {
        Self {
            words,
            look,
            title,
            description: String::new(),
            canonical: None,
            home: place.path("/"),
            feeds: None,
            style: place.path(&format!("/assets/{}", style::name())),
            accent: look.accent.as_ref().map(|name| place.path(&format!("/assets/{name}"))),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "index.html")]
struct Index<'a> {
    frame: Frame<'a>,
    heading: String,
    lines: Vec<Line>,
    older: Option<String>,
}

#[derive(Debug)]
struct Line {
    path: String,
    title: String,
    excerpt: String,
    language: String,
    direction: &'static str,
    published_at: String,
    date: String,
    minutes: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "article.html")]
struct ArticlePage<'a> {
    frame: Frame<'a>,
    article: &'a ArticleView,
    content: String,
    linked_data: String,
    date: String,
    updated: Option<String>,
    minutes: String,
    /// Each with its path.
    tags: Vec<(&'a str, String)>,
    categories: Vec<(&'a str, String)>,
}

#[derive(Debug, Template)]
#[template(path = "absent.html")]
struct Absent<'a> {
    frame: Frame<'a>,
    heading: &'static str,
    why: &'static str,
}

pub(crate) fn index(
    look: &Look,
    place: &Place,
    lines: Vec<ArticleSummary>,
    older: Option<String>,
) -> Result<String, askama::Error> {
    let words = Words::of(look.language);
    let mut frame = Frame::new(words, look, place, look.name.clone());
    frame.canonical = Some(place.address("/"));
    frame.feeds = Some(feeds(look, place, &Asked::All));
    let lines = lines.into_iter().map(|line| Line::of(line, look, place, words)).collect();
    Index { frame, heading: look.name.clone(), lines, older }.render()
}

fn feeds(look: &Look, place: &Place, asked: &Asked) -> Feeds {
    let path = |format| place.path(&of_feed(format, asked));
    Feeds { title: asked.title(&look.name), atom: path(Format::Atom), json: path(Format::Json) }
}

impl Line {
    fn of(summary: ArticleSummary, look: &Look, place: &Place, words: &Words) -> Self {
        let ArticleSummary { live, title, excerpt, about, .. } = summary;
        let language = about.as_ref().map_or(look.language, |about| about.language);
        Self {
            path: place.path(&of_article(&live.slug)),
            title,
            excerpt,
            language: language.as_str().to_owned(),
            direction: language.direction().name(),
            published_at: live.published_at.to_string(),
            date: day(live.published_at),
            minutes: about.map(|about| words.minutes(text::reading_minutes(about.word_count))),
        }
    }
}

/// The articles under a label; a page that has none of its own is in no index, for anybody can make one up.
pub(crate) fn labelled(
    look: &Look,
    place: &Place,
    label: &Label,
    lines: Vec<ArticleSummary>,
    older: Option<String>,
) -> Result<String, askama::Error> {
    let words = Words::of(look.language);
    let kind = match label {
        Label::Tag(_) => words.tags,
        Label::Category(_) => words.categories,
    };
    let heading = format!("{kind}: {}", label.name());
    let asked = Asked::Under(label.clone());
    let mut frame = Frame::new(words, look, place, asked.title(&look.name));
    frame.canonical = (!lines.is_empty()).then(|| place.address(&of_label(label)));
    frame.feeds = Some(feeds(look, place, &asked));
    let lines = lines.into_iter().map(|line| Line::of(line, look, place, words)).collect();
    Index { frame, heading, lines, older }.render()
}

pub(crate) fn article(look: &Look, place: &Place, article: Article) -> Result<String, askama::Error> {
    let path = of_article(&article.live.slug);
    let article = ArticleView::from(article);
    let words = Words::of(article.language);
    let mut frame = Frame::new(words, look, place, article.seo.title.clone());
    frame.description.clone_from(&article.seo.description);
    frame.feeds = Some(feeds(look, place, &Asked::All));
    let address = place.address(&path);
    let (published, updated) = (day(article.published_at), day(article.updated_at));
    let page = ArticlePage {
        content: place.within(&article.content),
        linked_data: linked_data::of(&article, &address, look, place),
        minutes: words.minutes(article.reading_minutes),
        updated: (updated != published).then_some(updated),
        date: published,
        frame: Frame { canonical: Some(address), ..frame },
        tags: article.tags.iter().map(|tag| (tag, place.path(&of_tag(tag)))).collect(),
        categories: article.categories.iter().map(|name| (name, place.path(&of_category(name)))).collect(),
        article: &article,
    };
    page.render()
}

/// Where an article was.
pub(crate) fn gone(look: &Look, place: &Place) -> Result<String, askama::Error> {
    let words = Words::of(look.language);
    let frame = Frame::new(words, look, place, words.gone.to_owned());
    Absent { frame, heading: words.gone, why: words.gone_why }.render()
}

/// Where there is no page.
pub(crate) fn absent(look: &Look, place: &Place) -> Result<String, askama::Error> {
    let words = Words::of(look.language);
    let frame = Frame::new(words, look, place, words.missing.to_owned());
    Absent { frame, heading: words.missing, why: words.missing_why }.render()
}
