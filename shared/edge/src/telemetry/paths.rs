//! Paths as they may be logged: known segments as they are, all others as a star. A path may contain anything, such as a
//! key or a token, in any encoding, so only what is known is logged.

use galley_domain::{
    access::route::Route,
    kernel::ids::{JobId, TaskId},
};
use uuid::Uuid;

const MOST_SEGMENTS: usize = 12;

/// `path` with a star for each segment that is neither a word of a route nor an id of ours.
pub fn outline(path: &str) -> String {
    let mut segments = path.split('/').skip(usize::from(path.starts_with('/')));
    let shown: Vec<&str> =
        segments.by_ref().take(MOST_SEGMENTS).map(|one| if is_ours(one) { one } else { "*" }).collect();
    let more = if segments.next().is_some() { "/…" } else { "" };
    format!("/{}{more}", shown.join("/"))
}

fn is_ours(segment: &str) -> bool {
    segment.is_empty()
        || Route::ALL.iter().any(|route| route.path().split('/').any(|word| word == segment))
        || TaskId::new(segment).is_ok()
        || JobId::new(segment).is_ok()
        || segment.len() == 36 && segment.parse::<Uuid>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_stranger_chose_stands_in_a_logged_path() {
        let key = format!("galley_{}", "0".repeat(64));
        let task = format!("task_{}", "0".repeat(32));
        for (path, shown) in [
            ("/api/content/tasks".to_owned(), "/api/content/tasks".to_owned()),
            (format!("/api/content/tasks/{task}/draft"), format!("/api/content/tasks/{task}/draft")),
            ("/health/live".to_owned(), "/health/live".to_owned()),
            (format!("/{key}"), "/*".to_owned()),
            (format!("/api/admin/keys/{key}"), "/api/admin/keys/*".to_owned()),
            (format!("/api/content/tasks/{}.{}.x", "eyJhbGciOiJub25lIn0", "e30"), "/api/content/tasks/*".to_owned()),
            ("/api/ana%2540example.org".to_owned(), "/api/*".to_owned()),
            ("/api/jürgen@münchen.example".to_owned(), "/api/*".to_owned()),
            ("/api/{task_id}x/\u{202e}".to_owned(), "/api/*/*".to_owned()),
            ("//".to_owned(), "//".to_owned()),
            ("no-slash".to_owned(), "/*".to_owned()),
            ("/a".repeat(40), format!("{}/…", "/*".repeat(12))),
        ] {
            assert_eq!(outline(&path), shown);
        }
    }
}
