//! Finds a request's route: the most specific one, static segments before parameters, `$default` last
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>).

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::template::Route;

#[derive(Debug)]
pub(super) struct Routes {
    routes: Vec<Route>,
}

/// A route and what its parameters are.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a Route,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Routes {
    pub(super) fn new(routes: &[Route]) -> Self {
        let mut routes = routes.to_vec();
        // Fewer parameters first.
        routes.sort_by_key(|route| route.key.matches('{').count());
        Self { routes }
    }

    pub(super) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let exact = self.routes.iter().find_map(|route| {
            let (wanted, pattern) = route.key.split_once(' ')?;
            let parameters = if wanted == method { parameters(pattern, path)? } else { return None };
            Some(Found { route, parameters })
        });
        exact.or_else(|| {
            let route = self.routes.iter().find(|route| route.key == "$default")?;
            Some(Found { route, parameters: BTreeMap::new() })
        })
    }
}

fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (wanted, given): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut found = BTreeMap::new();
    for (want, have) in wanted.into_iter().zip(given) {
        match want.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !have.is_empty() => {
                found.insert(name.to_owned(), percent_decode_str(have).decode_utf8_lossy().into_owned());
            }
            None if want == have => {}
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Throttle;

    fn routes() -> Routes {
        let route = |key: &str| Route {
            streams: false,
            key: key.into(),
            function: "F".into(),
            public: false,
            throttle: Throttle { rate: 1, burst: 1 },
        };
        Routes::new(&[route("$default"), route("GET /t/{id}"), route("GET /t/bulk"), route("POST /t/{id}/x")])
    }

    fn found(method: &str, path: &str) -> (String, Vec<String>) {
        let routes = routes();
        let found = routes.find(method, path).unwrap();
        (found.route.key.clone(), found.parameters.into_values().collect())
    }

    #[test]
    fn what_fits_no_route_goes_to_the_default() {
        for (method, path) in [("POST", "/t/1"), ("GET", "/t/"), ("GET", "/t/1/x"), ("GET", "/")] {
            assert_eq!(found(method, path).0, "$default", "{method} {path}");
        }
    }

    #[test]
    fn static_segments_win_and_parameters_are_decoded() {
        assert_eq!(found("GET", "/t/bulk").0, "GET /t/bulk");
        assert_eq!(found("GET", "/t/a%20b"), ("GET /t/{id}".into(), vec!["a b".into()]));
    }
}
