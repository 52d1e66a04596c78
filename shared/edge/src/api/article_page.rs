//! A live article as a page: for whoever opens its address in a browser. It runs and loads nothing but pictures.

use super::article::ArticleView;

/// What the page may do: nothing. Its text was written by others.
pub const CSP: &str = "sandbox; default-src 'none'; img-src https:; style-src 'self'";

/// The page of `article`. Its content was cleaned; all else is escaped.
pub fn page(article: &ArticleView) -> String {
    let image = article.featured_image.as_ref().map_or_else(String::new, |image| {
        format!("<p><img src=\"{}\" alt=\"{}\"></p>\n", escaped(&image.url), escaped(&image.alt))
    });
    let author =
        article.author.as_ref().map_or_else(String::new, |name| format!("<p>{}</p>\n", escaped(name.as_str())));
    let disclosure =
        article.disclosure.as_ref().map_or_else(String::new, |line| format!("<p>{}</p>\n", escaped(line.as_str())));
    format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta name=\"description\" content=\"{description}\">\n<link rel=\"canonical\" href=\"{canonical}\">\n</head>\n\
         <body>\n<article>\n<h1>{heading}</h1>\n{author}{image}{content}\n{disclosure}</article>\n</body>\n</html>\n",
        language = escaped(article.language.as_str()),
        direction = article.language.direction().name(),
        title = escaped(&article.seo.title),
        description = escaped(&article.seo.description),
        canonical = escaped(&article.canonical_url),
        heading = escaped(&article.title),
        content = article.content,
    )
}

/// As text and as the value of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
