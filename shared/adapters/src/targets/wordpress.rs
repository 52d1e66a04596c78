//! WordPress by its REST API (<https://developer.wordpress.org/rest-api/reference/posts/>), opened with an application password.
//!
//! What it does, and what follows: a repeated POST makes a second post, so a draft is made only after a look; a draft keeps the slug that
//! it is given, so the look is by a slug that nothing else has, with `status=any`, which leaves the bin out; meta that no plugin
//! registered is dropped without a word, so nothing is kept in it.

use futures_util::future;
use galley_domain::{
    outbox::{
        kinds::wordpress::WordPress,
        port::{Mark, Piece, Publication, RemoteId, Seen, SeenState, Site, Trail, Welcome, fingerprint_of},
        trouble::{Effect, Trouble, Why},
    },
    task::revision::Image,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::targets::http::{Answer, Ask, Body, Credentials, MAX_LINK, TargetHttp};

const API: &str = "/wp-json/wp/v2";
/// Asks for a post as it is kept, and not only as it is shown.
const EDITED: (&str, &str) = ("context", "edit");

/// One WordPress, opened.
pub(super) struct Api<'a> {
    http: &'a TargetHttp,
    site: Site<'a>,
    settings: &'a WordPress,
}

/// A post as its editors see it (`context=edit`).
#[derive(Debug, Deserialize)]
struct Post {
    id: u64,
    #[serde(default)]
    link: Option<String>,
    status: String,
    title: Raw,
    content: Raw,
    excerpt: Raw,
    /// 0: none.
    #[serde(default)]
    featured_media: u64,
}

#[derive(Debug, Deserialize)]
struct Raw {
    raw: String,
}

#[derive(Debug, Deserialize)]
struct User {
    #[serde(default)]
    capabilities: Map<String, Value>,
}

/// What a refusal says.
#[derive(Debug, Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    #[serde(default)]
    term_id: Option<u64>,
}

/// A term, or an uploaded file.
#[derive(Debug, Deserialize)]
struct Thing {
    id: u64,
    #[serde(default)]
    name: String,
}

/// The two ways to sort posts, by the name of each in the interface.
#[derive(Clone, Copy)]
enum Taxonomy {
    Categories,
    Tags,
}

impl Taxonomy {
    const fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Tags => "tags",
        }
    }
}

impl Post {
    fn seen(self) -> Seen {
        let state = match self.status.as_str() {
            "publish" | "future" => SeenState::Public,
            "trash" => SeenState::Binned,
            // `private` among them: its readers are those who may edit it.
            _ => SeenState::Draft,
        };
        let is_link =
            |link: &String| link.len() <= MAX_LINK && (link.starts_with("https://") || link.starts_with("http://"));
        Seen {
            id: RemoteId(self.id.to_string()),
            url: self.link.filter(is_link).filter(|_| state == SeenState::Public),
            state,
            pictured: self.featured_media > 0,
            fingerprint: fingerprint_of([&*self.title.raw, &self.content.raw, &self.excerpt.raw]),
        }
    }
}

/// One block of HTML: the editor shows it as it is, and WordPress adds no paragraphs to it.
fn content(piece: &Piece) -> String {
    format!("<!-- wp:html -->\n{}\n<!-- /wp:html -->", piece.html)
}

impl<'a> Api<'a> {
    pub(super) const fn new(http: &'a TargetHttp, site: Site<'a>, settings: &'a WordPress) -> Self {
        Self { http, site, settings }
    }

    /// As WordPress keeps a piece whose user may write any HTML.
    #[expect(clippy::unused_self, reason = "every kind has it")]
    pub(super) fn fingerprint(&self, piece: &Piece) -> String {
        fingerprint_of([&*piece.title, &content(piece), &piece.excerpt])
    }

    async fn ask(&self, method: Method, path: &str, query: &[(&str, &str)], body: Body) -> Result<Answer, Trouble> {
        let credentials = Credentials::Basic { user: self.settings.username.as_str(), password: self.site.secret };
        let ask = Ask { method, path: format!("{API}{path}"), query, credentials, body };
        self.http.ask(&self.site.target.url, ask).await
    }

    pub(super) async fn greet(&self) -> Result<Welcome, Trouble> {
        let answer = self.ask(Method::GET, "/users/me", &[EDITED], Body::None).await?;
        if !answer.is_success() {
            return Err(refused(answer).1);
        }
        let user: User = answer.read()?;
        let may = |what: &str| user.capabilities.get(what).is_some_and(|may| *may == Value::Bool(true));
        Ok(Welcome { may_publish: may("publish_posts") && may("edit_published_posts") })
    }

    pub(super) async fn look(&self, trail: Trail<'_>) -> Result<Option<Seen>, Trouble> {
        let answer = match trail {
            Trail::Id(RemoteId(id)) | Trail::Writing(RemoteId(id), _) => {
                self.ask(Method::GET, &format!("/posts/{id}"), &[EDITED], Body::None).await?
            }
            Trail::Mark(mark) => {
                let sought = [("slug", mark.as_str()), ("status", "any"), EDITED, ("orderby", "id"), ("order", "asc")];
                self.ask(Method::GET, "/posts", &sought, Body::None).await?
            }
        };
        if !answer.is_success() {
            return match refused(answer) {
                (Refusal { code, .. }, _) if code == "rest_post_invalid_id" => Ok(None),
                (_, trouble) => Err(trouble),
            };
        }
        match trail {
            Trail::Id(_) | Trail::Writing(..) => answer.read::<Post>().map(|post| Some(post.seen())),
            Trail::Mark(_) => answer.read::<Vec<Post>>().map(|posts| posts.into_iter().next().map(Post::seen)),
        }
    }

    pub(super) async fn draft(&self, mark: &Mark, piece: &Piece) -> Result<Seen, Trouble> {
        let mut post = text(piece);
        post.insert("status".to_owned(), json!("draft"));
        post.insert("slug".to_owned(), json!(mark.as_str()));
        for (taxonomy, names) in [(Taxonomy::Categories, &piece.categories), (Taxonomy::Tags, &piece.tags)] {
            let terms = self.terms(taxonomy, names).await?;
            if !terms.is_empty() {
                post.insert(taxonomy.name().to_owned(), json!(terms));
            }
        }
        if let Some(picture) = self.picture(mark, piece).await? {
            post.insert("featured_media".to_owned(), json!(picture));
        }
        if let Some(author) = self.settings.author {
            post.insert("author".to_owned(), json!(author));
        }
        self.write("/posts", post).await
    }

    pub(super) async fn publish(
        &self,
        RemoteId(id): &RemoteId,
        piece: &Piece,
        publication: Publication,
        _: &str,
    ) -> Result<Seen, Trouble> {
        let mut post = text(piece);
        post.insert("status".to_owned(), json!("publish"));
        if publication == Publication::First {
            post.insert("slug".to_owned(), json!(piece.slug.as_str()));
            if let Some(dated) = piece.dated {
                post.insert("date_gmt".to_owned(), json!(dated.strftime("%Y-%m-%dT%H:%M:%S").to_string()));
            }
        }
        self.write(&format!("/posts/{id}"), post).await
    }

    /// Back to a draft: its editors find it, readers do not.
    pub(super) async fn unpublish(&self, RemoteId(id): &RemoteId) -> Result<(), Trouble> {
        let post = Map::from_iter([("status".to_owned(), json!("draft"))]);
        self.write(&format!("/posts/{id}"), post).await.map(|_| ())
    }

    async fn write(&self, path: &str, post: Map<String, Value>) -> Result<Seen, Trouble> {
        let answer = self.ask(Method::POST, path, &[EDITED], Body::Json(Value::Object(post))).await?;
        if !answer.is_success() {
            return Err(refused(answer).1);
        }
        answer.read::<Post>().map(Post::seen)
    }

    /// The id of the article's picture there, uploaded once under a name of its own. `None`: there is none, or none that can be had or
    /// that the site takes.
    async fn picture(&self, mark: &Mark, piece: &Piece) -> Result<Option<u64>, Trouble> {
        let Some(image) = &piece.image else { return Ok(None) };
        let name = format!("{}-image", mark.as_str());
        let there = self.uploaded(&name).await?;
        if there.is_some() {
            return Ok(there);
        }
        let Some(picture) = self.http.picture(&image.url).await else { return Ok(None) };
        let caption = credit(image);
        let about = [("slug", &*name), ("title", &image.alt), ("alt_text", &image.alt), ("caption", &caption)];
        match self.ask(Method::POST, "/media", &about, Body::Picture(picture, name.clone())).await {
            Ok(answer) if answer.is_success() => answer.read::<Thing>().map(|media| Some(media.id)),
            Ok(answer) => match refused(answer).1 {
                Trouble { why: Why::NotAllowed | Why::Rejected, .. } => Ok(None),
                trouble => Err(trouble),
            },
            // As it says of a format that it does not take.
            Err(Trouble { why: Why::Broken, .. }) => self.uploaded(&name).await,
            Err(trouble) => Err(trouble),
        }
    }

    async fn uploaded(&self, name: &str) -> Result<Option<u64>, Trouble> {
        let answer = self.ask(Method::GET, "/media", &[("slug", name), EDITED], Body::None).await?;
        if !answer.is_success() {
            return Err(refused(answer).1);
        }
        answer.read::<Vec<Thing>>().map(|found| found.first().map(|media| media.id))
    }

    /// The ids of terms, asked for side by side, each made if it is not there. A user who may make none gets those that are.
    async fn terms(&self, taxonomy: Taxonomy, names: &[String]) -> Result<Vec<u64>, Trouble> {
        let ids = future::try_join_all(names.iter().map(|name| self.term(taxonomy, name))).await?;
        Ok(ids.into_iter().flatten().collect())
    }

    async fn term(&self, taxonomy: Taxonomy, name: &str) -> Result<Option<u64>, Trouble> {
        let path = format!("/{}", taxonomy.name());
        let answer = self.ask(Method::POST, &path, &[], Body::Json(json!({ "name": name }))).await?;
        if answer.is_success() {
            return answer.read::<Thing>().map(|term| Some(term.id));
        }
        let status = answer.status;
        match refused(answer) {
            (Refusal { code, data: Data { term_id: Some(id) } }, _) if code == "term_exists" => Ok(Some(id)),
            (Refusal { code, .. }, _) if status == 403 && code == "rest_cannot_create" => {
                self.term_that_is_there(taxonomy, name).await
            }
            (_, trouble) => Err(trouble),
        }
    }

    async fn term_that_is_there(&self, taxonomy: Taxonomy, name: &str) -> Result<Option<u64>, Trouble> {
        let sought = [("search", name), ("per_page", "100")];
        let answer = self.ask(Method::GET, &format!("/{}", taxonomy.name()), &sought, Body::None).await?;
        if !answer.is_success() {
            return Err(refused(answer).1);
        }
        let terms: Vec<Thing> = answer.read()?;
        Ok(terms.into_iter().find(|term| term.name == name).map(|term| term.id))
    }
}

/// Who made a picture and under which licence it is shown, as HTML.
fn credit(image: &Image) -> String {
    let known = [&image.photographer, &image.licence].into_iter().flatten();
    let text = known.map(String::as_str).collect::<Vec<_>>().join(", ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn text(piece: &Piece) -> Map<String, Value> {
    let fields = [("title", piece.title.clone()), ("content", content(piece)), ("excerpt", piece.excerpt.clone())];
    fields.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect()
}

/// What a refusal says, and what is told of it. Nothing was done.
fn refused(answer: Answer) -> (Refusal, Trouble) {
    let status = answer.status;
    let said: Refusal = serde_json::from_value(answer.body).unwrap_or_default();
    let (effect, why) = match (status, said.code.as_str()) {
        // It says the same where the credentials are wrong, unless a plugin asks for the user early.
        (401, "rest_not_logged_in" | "rest_cannot_create" | "rest_forbidden" | "rest_forbidden_context") => {
            (Effect::None, Why::NotLoggedIn)
        }
        (401, _) => (Effect::None, Why::CredentialsRefused),
        (403, _) => (Effect::None, Why::NotAllowed),
        (404, "rest_post_invalid_id") => (Effect::None, Why::RemovedThere),
        (404 | 405, _) => (Effect::None, Why::NoInterface),
        (408 | 425, _) => (Effect::None, Why::Timeout),
        _ => (Effect::Never, Why::Rejected),
    };
    (said, Trouble { effect, why, after: None })
}
