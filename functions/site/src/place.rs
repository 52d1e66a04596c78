//! Where a tenant's site is: the paths of its links, and the addresses that others are told.

use galley_domain::{content::slug::Slug, kernel::ids::TenantId, publishing::label::Label};
use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::wanted::{Asked, Format};

/// All but what stands for itself in every part of an address (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A tenant's site, as it is visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    /// Before every path: empty at a domain of the tenant's own.
    base: String,
    /// The address that the site is known by: of its own domain, where it has one, however it is visited.
    known_as: String,
}

impl Place {
    pub(crate) const fn new(tenant: TenantId, base: String, known_as: String) -> Self {
        Self { tenant, base, known_as }
    }

    /// Whether the whole domain is the tenant's.
    pub(crate) fn is_at_root(&self) -> bool {
        self.base.is_empty()
    }

    /// The path of what is at `to` in the site.
    pub(crate) fn path(&self, to: &str) -> String {
        format!("{}{to}", self.base)
    }

    /// The address of the same, for whoever is elsewhere.
    pub(crate) fn address(&self, to: &str) -> String {
        format!("{}{to}", self.known_as)
    }
}

/// Where an article is in a site.
pub(crate) fn of_article(slug: &Slug) -> String {
    format!("/{}", slug.as_str())
}

/// Where the articles under a tag are.
pub(crate) fn of_tag(tag: &str) -> String {
    format!("/tags/{}", encoded(tag))
}

pub(crate) fn of_category(category: &str) -> String {
    format!("/categories/{}", encoded(category))
}

pub(crate) fn of_label(label: &Label) -> String {
    match label {
        Label::Tag(name) => of_tag(name),
        Label::Category(name) => of_category(name),
    }
}

/// Where a feed is. Its label is no part of the path, for a label may have a slash.
pub(crate) fn of_feed(format: Format, asked: &Asked) -> String {
    let file = match format {
        Format::Atom => "/feed.xml",
        Format::Json => "/feed.json",
    };
    match asked {
        Asked::All => file.to_owned(),
        Asked::Under(Label::Tag(name)) => format!("{file}?tag={}", encoded(name)),
        Asked::Under(Label::Category(name)) => format!("{file}?category={}", encoded(name)),
    }
}

/// Where the sitemap of one day is.
pub(crate) fn of_sitemap_of(day: Date) -> String {
    format!("/sitemap.xml?day={day}")
}

/// `text` as one segment of a path.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// How the attribute of a link to an article of Galley begins, in cleaned HTML.
const LINKED: &str = " href=\"/api/content/published/";

impl Place {
    /// Cleaned HTML in which links to the tenant's own articles lead to their pages here.
    pub(crate) fn within(&self, html: &str) -> String {
        html.replace(&format!("{LINKED}{}/", self.tenant), &format!(" href=\"{}", self.path("/")))
    }
}
