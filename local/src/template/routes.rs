//! The routes of the API's body: each operation names an integration, and each integration a function.

use serde_json::Value;

use crate::template::{
    error::{TemplateError, invalid},
    value::{number, text},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET /path/{name}`, or `$default`.
    pub key: String,
    pub function: String,
    pub public: bool,
    /// Served by a function URL, not by API Gateway.
    pub streams: bool,
    pub throttle: Throttle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    pub rate: u32,
    pub burst: u32,
}

pub(super) fn routes(api: &Value) -> Result<Vec<Route>, TemplateError> {
    let paths = api["DefinitionBody"]["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    operations.map(|(path, method, operation)| route(api, path, method, operation)).collect()
}

/// As `routes`, of an API without an authorizer.
pub(super) fn public(api: &Value) -> Result<Vec<Route>, TemplateError> {
    Ok(routes(api)?.into_iter().map(|route| Route { public: true, ..route }).collect())
}

fn route(api: &Value, path: &str, method: &str, operation: &Value) -> Result<Route, TemplateError> {
    let key = if path == "$default" { path.to_owned() } else { format!("{} {path}", method.to_uppercase()) };
    let reference = text(&operation["x-amazon-apigateway-integration"], "$ref");
    let integration = reference.and_then(|name| api["DefinitionBody"].pointer(name.trim_start_matches('#')));
    let uri = integration.and_then(|integration| text(integration, "uri"));
    let function = uri.as_deref().and_then(|uri| uri.strip_suffix(".Alias/invocations")?.rsplit('/').next());
    let function = function.ok_or_else(|| invalid("Api", &format!("{key} has no integration")))?.to_owned();
    let own = &api["RouteSettings"][&key];
    let throttle = |name: &str| {
        let value = if own[name].is_null() { &api["DefaultRouteSettings"][name] } else { &own[name] };
        number(value).and_then(|value| u32::try_from(value).ok()).unwrap_or(u32::MAX)
    };
    Ok(Route {
        public: operation["security"][0]["NONE"].is_array(),
        streams: false,
        throttle: Throttle { rate: throttle("ThrottlingRateLimit"), burst: throttle("ThrottlingBurstLimit") },
        function,
        key,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(operation: &Value) -> Result<Vec<Route>, TemplateError> {
        routes(&json!({
            "DefinitionBody": {
                "paths": {"/x": {"head": operation}},
                "components": {"x-amazon-apigateway-integrations": {"f": {"uri": "arn:x:path/functions/F.Alias/invocations"}}},
            },
            "DefaultRouteSettings": {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 6},
            "RouteSettings": {"HEAD /x": {"ThrottlingRateLimit": 2}},
        }))
    }

    #[test]
    fn a_route_without_an_integration_is_named() {
        let operation = json!({"x-amazon-apigateway-integration": {"$ref": "#/components/x/g"}});
        assert_eq!(read(&operation).unwrap_err().to_string(), "Api: HEAD /x has no integration");
    }

    #[test]
    fn a_route_asks_for_a_credential_unless_it_says_not_to() {
        let reference = json!({"$ref": "#/components/x-amazon-apigateway-integrations/f"});
        let of = |security: Value| {
            read(&json!({"security": security, "x-amazon-apigateway-integration": reference})).unwrap().remove(0)
        };
        let open = of(json!([{"NONE": []}]));
        assert_eq!((open.key.as_str(), open.function.as_str(), open.public), ("HEAD /x", "F", true));
        assert_eq!(open.throttle, Throttle { rate: 2, burst: 6 });
        assert!(!of(Value::Null).public && !of(json!([])).public);
    }
}
