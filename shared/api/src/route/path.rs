//! Which route a path with values in it leads to, and what it takes there.

use super::Route;

impl Route {
    /// The methods that `path` takes, if it is a path of ours.
    pub fn methods_of(path: &str) -> Vec<&'static str> {
        let mut methods = Vec::new();
        let routes = Self::ALL.iter().filter(|route| matches(route.path(), path) && !route.is_hidden_at(path));
        for method in routes.flat_map(|route| route.methods()) {
            // A path may fit two routes, one of them by its parameter.
            if !methods.contains(method) {
                methods.push(*method);
            }
        }
        methods
    }

    /// The route that `method` and `path`, with values in it, lead to.
    pub fn at(method: &str, path: &str) -> Option<Self> {
        let fits = |route: &&Self| {
            route.methods().contains(&method) && matches(route.path(), path) && !route.is_hidden_at(path)
        };
        Self::ALL.iter().find(fits).copied()
    }

    /// Whether `path` fits the route by a parameter alone, and is another route's path as it stands: `/api/admin/flags/log` is no
    /// flag.
    pub fn is_hidden_at(self, path: &str) -> bool {
        self.path() != path && Self::ALL.iter().any(|route| route.path() == path)
    }

    /// The media types of the bodies that the route accepts. A PATCH takes that of its own, too (RFC 7396).
    pub fn media_types(self) -> &'static [&'static str] {
        match self.method() {
            "PATCH" => &["application/json", "application/merge-patch+json"],
            _ => &["application/json"],
        }
    }

    /// The methods that the route accepts.
    pub fn methods(self) -> &'static [&'static str] {
        match self.method() {
            "GET" => &["GET", "HEAD"],
            "POST" => &["POST"],
            "PUT" => &["PUT"],
            "PATCH" => &["PATCH"],
            _ => &["DELETE"],
        }
    }
}

/// Whether `path` fits `pattern`, segment by segment.
fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if want == have || (want.starts_with('{') && !have.is_empty()) => {}
            _ => return false,
        }
    }
}
