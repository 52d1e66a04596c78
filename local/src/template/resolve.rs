//! CloudFormation's intrinsic functions, as far as the template uses them, resolved to the local stack's own names.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};
use yaml_serde::Value as Yaml;

use crate::template::{
    error::{TemplateError, invalid},
    value::scalar,
};

/// The account id of the local resources.
pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";

/// The local names of resources.
#[derive(Clone, Debug)]
pub struct Names {
    pub table: String,
    /// Where the queues are, e.g. `http://127.0.0.1:9324`.
    pub sqs: String,
    /// Where the site is.
    pub site: String,
}

pub(super) struct Resolver<'a> {
    document: Value,
    parameters: BTreeMap<String, String>,
    names: &'a Names,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        text: &str,
        overrides: &BTreeMap<String, String>,
        names: &'a Names,
    ) -> Result<Self, TemplateError> {
        let document = document(text)?;
        let mut parameters = BTreeMap::new();
        for (name, parameter) in document["Parameters"].as_object().into_iter().flatten() {
            // A deployment names its stage; what runs here is nobody else's.
            let usual = if name == "Stage" { "dev".to_owned() } else { scalar(&parameter["Default"]) };
            let value = overrides.get(name).cloned().unwrap_or(usual);
            parameters.insert(name.clone(), value);
        }
        if let Some(unknown) = overrides.keys().find(|name| !parameters.contains_key(*name)) {
            return Err(invalid(unknown, "is not a parameter of the template"));
        }
        Ok(Self { document, parameters, names })
    }

    /// Every resource and its type.
    pub(super) fn resources(&self) -> Vec<(String, String)> {
        let resources = self.document["Resources"].as_object().into_iter().flatten();
        resources.map(|(id, resource)| (id.clone(), scalar(&resource["Type"]))).collect()
    }

    pub(super) fn properties(&self, id: &str) -> Option<Value> {
        let properties = &self.document["Resources"][id]["Properties"];
        (!self.document["Resources"][id].is_null()).then(|| self.resolved(properties))
    }

    pub(super) fn metadata(&self, id: &str) -> Value {
        self.resolved(&self.document["Resources"][id]["Metadata"])
    }

    pub(super) fn globals(&self) -> Value {
        self.resolved(&self.document["Globals"]["Function"])
    }

    fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.resolved(item)).collect()),
            Value::Object(map) => match intrinsic(map) {
                Some(("Ref", argument)) => self.reference(&scalar(argument)),
                Some(("Fn::Sub", argument)) => Value::String(self.with_variables(argument)),
                Some(("Fn::GetAtt", argument)) => Value::String(self.attribute(&scalar(argument))),
                Some(("Fn::If", argument)) => self.chosen(argument),
                Some(("Fn::Equals", argument)) => {
                    // As CloudFormation compares: by their text.
                    let text = |at: usize| scalar(&self.resolved(&argument[at]));
                    json!(text(0) == text(1))
                }
                Some(("Fn::Not", argument)) => json!(self.resolved(&argument[0]) != true),
                _ => Value::Object(map.iter().map(|(name, value)| (name.clone(), self.resolved(value))).collect()),
            },
            other => other.clone(),
        }
    }

    /// The branch of `[condition, then, otherwise]` that holds.
    fn chosen(&self, argument: &Value) -> Value {
        let condition = &self.document["Conditions"][scalar(&argument[0])];
        let branch = if self.resolved(condition) == true { &argument[1] } else { &argument[2] };
        self.resolved(branch)
    }

    fn reference(&self, name: &str) -> Value {
        if let Some(value) = self.parameters.get(name) {
            return Value::String(value.clone());
        }
        let resource = &self.document["Resources"][name];
        Value::String(match resource["Type"].as_str() {
            Some("AWS::SQS::Queue") => format!("{}/{ACCOUNT}/{name}", self.names.sqs),
            Some("AWS::DynamoDB::Table") => self.names.table.clone(),
            Some("AWS::SecretsManager::Secret") => scalar(&self.resolved(&resource["Properties"]["Name"])),
            _ => name.to_owned(),
        })
    }

    fn attribute(&self, path: &str) -> String {
        let id = path.split('.').next().unwrap_or(path);
        let resource = &self.document["Resources"][id];
        let service = match resource["Type"].as_str() {
            Some("AWS::SQS::Queue") => "sqs",
            Some("AWS::DynamoDB::Table") => {
                return format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{}", self.names.table);
            }
            _ if path == "SiteApi.ApiEndpoint" => return self.names.site.clone(),
            _ => "local",
        };
        format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{id}")
    }

    /// The text of a `Fn::Sub`, which may come with variables of its own.
    fn with_variables(&self, argument: &Value) -> String {
        let Some(own) = argument[1].as_object() else { return self.substituted(&scalar(argument)) };
        let text = own.iter().fold(scalar(&argument[0]), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), &scalar(&self.resolved(value)))
        });
        self.substituted(&text)
    }

    /// `${Name}` and `${Name.Attribute}`.
    fn substituted(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            match name {
                "AWS::Region" => out.push_str(REGION),
                "AWS::AccountId" => out.push_str(ACCOUNT),
                "AWS::Partition" => out.push_str("aws"),
                name if name.contains('.') => out.push_str(&self.attribute(name)),
                name => out.push_str(&scalar(&self.reference(name))),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The one key of an intrinsic function's map.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    match map.iter().next() {
        Some((name, argument)) if map.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) => {
            Some((name.as_str(), argument))
        }
        _ => None,
    }
}

/// The template as it is written.
pub(super) fn document(text: &str) -> Result<Value, TemplateError> {
    Ok(plain(yaml_serde::from_str(text)?))
}

/// YAML as JSON, `!Tag x` as `{"Fn::Tag": x}`.
fn plain(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => json!(flag),
        Yaml::Number(number) => number
            .as_u64()
            .map(Value::from)
            .or_else(|| number.as_i64().map(Value::from))
            .or_else(|| number.as_f64().map(Value::from))
            .unwrap_or_default(),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(plain).collect()),
        Yaml::Mapping(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (scalar(&plain(name)), plain(value))).collect())
        }
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string();
            let name = name.trim_start_matches('!');
            let name = if name == "Ref" { name.to_owned() } else { format!("Fn::{name}") };
            json!({ name: plain(tagged.value) })
        }
    }
}

pub(super) fn text_of(path: &Path) -> Result<String, TemplateError> {
    std::fs::read_to_string(path)
        .map_err(|source| TemplateError::Unreadable { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
Parameters:
  Stage: {Type: String}
Conditions: {Live: !Equals [!Ref Stage, prod]}
Resources:
  Work: {Type: AWS::SQS::Queue}
  F: {Type: X, Properties: {a: !Ref Stage, b: !Sub 'galley/${Stage}/x', c: !Ref Work, d: !GetAtt Work.Arn, e: !Sub '${Work.Arn}/i', f: !If [Live, 1, 2], g: !Sub ['${Own}/${Stage}', {Own: !Ref F.Alias}]}}
";

    fn resolved(overrides: &[(&str, &str)]) -> Result<Value, TemplateError> {
        let names = Names { table: "t".into(), sqs: "http://q".into(), site: "http://s".into() };
        let overrides = overrides.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Ok(Resolver::new(TEXT, &overrides, &names)?.properties("F").unwrap())
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        assert_eq!(resolved(&[("Stag", "x")]).unwrap_err().to_string(), "Stag: is not a parameter of the template");
    }

    #[test]
    fn references_become_local_names() {
        let expected = json!({
            "a": "prod", "b": "galley/prod/x", "c": "http://q/000000000000/Work",
            "d": "arn:aws:sqs:us-east-1:000000000000:Work", "e": "arn:aws:sqs:us-east-1:000000000000:Work/i", "f": 1,
            "g": "F.Alias/prod",
        });
        assert_eq!(resolved(&[]).unwrap()["f"], 2);
        assert_eq!(resolved(&[("Stage", "prod")]).unwrap(), expected);
    }
}
