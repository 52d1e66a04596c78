//! The template's parameters: the environment variable of each, and its allowed values.

use std::{collections::BTreeMap, path::Path};

use regex_lite::Regex;
use serde_json::Value;

use crate::template::{error::TemplateError, resolve, value::scalar};

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    rules: Value,
}

/// All parameters by their variables. A setting of the functions keeps its own name, `JwtIssuers` as
/// `GALLEY_JWT_ISSUERS`; any other, such as `CorsAllowOrigins`, is `GALLEY_` and its name in capitals.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub by_variable: BTreeMap<String, Parameter>,
    /// Variables of the functions that do not come from a parameter: tables, queues, names of secrets.
    pub own: Vec<String>,
}

impl Parameters {
    /// # Errors
    /// When the file is not there or not YAML.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        let document = resolve::document(&resolve::text_of(path)?)?;
        Ok(Self::of(&document))
    }

    fn of(document: &Value) -> Self {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut own = Vec::new();
        let parameters = &document["Parameters"];
        for (variable, value) in variables(document) {
            // As it is, or where a condition does not hold that takes it from elsewhere.
            let value = if value["Fn::If"].is_array() { &value["Fn::If"][2] } else { value };
            match value["Ref"].as_str().filter(|name| parameters[name].is_object()) {
                Some(name) => drop(names.insert(name.to_owned(), variable.to_owned())),
                None => own.push(variable.to_owned()),
            }
        }
        let by_variable = parameters.as_object().into_iter().flatten().map(|(name, rules)| {
            let variable = names.get(name).cloned().unwrap_or_else(|| in_capitals(name));
            (variable, Parameter { name: name.clone(), rules: rules.clone() })
        });
        Self { by_variable: by_variable.collect(), own }
    }
}

impl Parameter {
    /// Checks a value as CloudFormation would, before anything is started.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn accepts(&self, value: &str) -> Result<(), String> {
        let rules = &self.rules;
        if let Some(allowed) = rules["AllowedValues"].as_array() {
            let allowed: Vec<String> = allowed.iter().map(scalar).collect();
            return if allowed.iter().any(|known| known == value) { Ok(()) } else { Err(allowed.join(", ")) };
        }
        if rules["Type"] == "Number" {
            let (least, most) = (rules["MinValue"].as_i64(), rules["MaxValue"].as_i64());
            let (from, to) = (least.unwrap_or(0), most.unwrap_or(i64::MAX));
            let fits = value.parse().is_ok_and(|number: i64| (from..=to).contains(&number));
            let bound = most.map_or_else(|| format!("{from} or more"), |most| format!("{from} to {most}"));
            return if fits { Ok(()) } else { Err(format!("a whole number, {bound}")) };
        }
        if let Some(most) = rules["MaxLength"].as_u64()
            && value.chars().count() as u64 > most
        {
            return Err(format!("at most {most} characters"));
        }
        // A pattern that this regex engine does not support is checked by the functions themselves.
        let Some(pattern) = rules["AllowedPattern"].as_str() else { return Ok(()) };
        let Ok(expression) = Regex::new(pattern) else { return Ok(()) };
        let list = rules["Type"] == "CommaDelimitedList";
        let mut items = if list { value.split(',').map(str::trim).collect() } else { vec![value] }.into_iter();
        if items.all(|item| expression.is_match(item)) { Ok(()) } else { Err(format!("what {pattern} matches")) }
    }
}

/// Every variable of every function, as it is written.
fn variables(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let resources = document["Resources"].as_object().into_iter().flat_map(|all| all.values());
    let functions = resources.map(|resource| &resource["Properties"]).chain([&document["Globals"]["Function"]]);
    let variables = functions.filter_map(|function| function["Environment"]["Variables"].as_object());
    variables.flatten().map(|(name, value)| (name.as_str(), value))
}

/// `CorsAllowOrigins` as `GALLEY_CORS_ALLOW_ORIGINS`.
fn in_capitals(name: &str) -> String {
    let mut text = "GALLEY".to_owned();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
Parameters:
  Stage: {Type: String, AllowedValues: [dev, production]}
  PerMinute: {Type: Number, MinValue: 1, MaxValue: 10}
  CorsAllowOrigins: {Type: CommaDelimitedList, AllowedPattern: '^(\\*|https://[a-z.]+)$'}
  Tenant: {Type: String, AllowedPattern: '^(?!system$)[a-z]+$', MaxLength: 5}
Globals: {Function: {Environment: {Variables: {GALLEY_STAGE: !Ref Stage, GALLEY_TABLE: !Ref Table}}}}
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  F: {Properties: {Environment: {Variables: {GALLEY_CREATE_PER_MINUTE: !Ref PerMinute, GALLEY_SECRET: !Sub 'a/${Stage}'}}}}
";

    fn parameters() -> Parameters {
        Parameters::of(&resolve::document(TEXT).unwrap())
    }

    #[test]
    fn what_breaks_a_rule_of_the_template_is_refused() {
        let parameters = parameters();
        for (variable, value, rule) in [
            ("GALLEY_STAGE", "prod", "dev, production"),
            ("GALLEY_CREATE_PER_MINUTE", "0", "a whole number, 1 to 10"),
            ("GALLEY_CREATE_PER_MINUTE", "11", "a whole number, 1 to 10"),
            ("GALLEY_CREATE_PER_MINUTE", "many", "a whole number, 1 to 10"),
            ("GALLEY_CORS_ALLOW_ORIGINS", "https://a.example,localhost:3000", "what ^(\\*|https://[a-z.]+)$ matches"),
            ("GALLEY_TENANT", "longer", "at most 5 characters"),
        ] {
            assert_eq!(parameters.by_variable[variable].accepts(value), Err(rule.to_owned()), "{variable}={value}");
        }
    }

    #[test]
    fn every_parameter_has_a_variable() {
        let parameters = parameters();
        let named = parameters.by_variable.iter().map(|(variable, parameter)| (variable.as_str(), &*parameter.name));
        let expected = [
            ("GALLEY_CORS_ALLOW_ORIGINS", "CorsAllowOrigins"),
            ("GALLEY_CREATE_PER_MINUTE", "PerMinute"),
            ("GALLEY_STAGE", "Stage"),
            ("GALLEY_TENANT", "Tenant"),
        ];
        assert_eq!(named.collect::<Vec<_>>(), expected);
        let mut own = parameters.own.clone();
        own.sort();
        assert_eq!(own, ["GALLEY_SECRET", "GALLEY_TABLE"]);
        for (variable, value) in [("GALLEY_CREATE_PER_MINUTE", "10"), ("GALLEY_CORS_ALLOW_ORIGINS", "*, https://a.b")] {
            assert_eq!(parameters.by_variable[variable].accepts(value), Ok(()), "{variable}={value}");
        }
    }
}
