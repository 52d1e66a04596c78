//! What search engines read of an article (<https://schema.org/Article>).

use galley_edge::api::ArticleView;
use serde_json::{Value, json};

use crate::{look::Look, place::Place};

/// The text of a `<script type="application/ld+json">`. It is no code, and nothing in it ends it.
pub(crate) fn of(article: &ArticleView, address: &str, look: &Look, place: &Place) -> String {
    let mut publisher = json!({"@type": "Organization", "name": look.name, "url": place.address("/")});
    if let (Some(publisher), Some(logo)) = (publisher.as_object_mut(), &look.logo) {
        publisher.insert("logo".to_owned(), json!(logo));
    }
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": article.title,
        "description": article.seo.description,
        "keywords": article.seo.keywords,
        "inLanguage": article.language,
        "wordCount": article.word_count,
        "datePublished": article.published_at,
        "dateModified": article.updated_at,
        "url": address,
        "mainEntityOfPage": address,
        "publisher": publisher,
    });
    if let Some(data) = data.as_object_mut() {
        if let Some(author) = &article.author {
            data.insert("author".to_owned(), json!({"@type": "Person", "name": author.as_str()}));
        }
        if let Some(image) = &article.featured_image {
            data.insert("image".to_owned(), json!({"@type": "ImageObject", "url": image.url, "caption": image.alt}));
        }
        if let Some(kind) = article.making.digital_source_type {
            data.insert("digitalSourceType".to_owned(), json!(kind));
        }
        if !article.references.is_empty() {
            let cited = |source: &galley_edge::api::Citation| json!({"@type": "CreativeWork", "name": source.title, "url": source.url});
            data.insert("citation".to_owned(), article.references.iter().map(cited).collect());
        }
    }
    inert(&data)
}

/// JSON without a character that means something in HTML or ends a line in a script.
fn inert(data: &Value) -> String {
    let mut text = String::new();
    for c in data.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_ends_the_element_or_begins_another() {
        let hostile = "</script><script>alert(1)</script><!-- & \u{2028} ]]>";
        let text = inert(&json!({"headline": hostile}));
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["headline"], hostile);
    }
}
