//! The request of a schedule's tasks: that of a task, in which texts may have variables.
//! Invariant: a variable is filled in once. What is filled in is text, never another variable, and never a field.

use galley_api::{
    read::{Null, Refused, faults, read},
    task::TaskRequest,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const OPENS: &str = "{{";
const CLOSES: &str = "}}";
const DATE: &str = "date";
const WEEK: &str = "week";
const PART: &str = "part";
const TOPIC: &str = "topic";

/// A task's request with variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(Map<String, Value>);

galley_api::schema::scalar!(Template as "TaskTemplate", schema::object());

/// What the variables stand for.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Of the occurrence.
    pub date: Date,
    /// How many tasks the schedule has made, with this one.
    pub part: u32,
    /// The next of the schedule's list. None: it has none.
    pub topic: Option<&'a str>,
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: String,
    pub rule: String,
}

impl Fault {
    pub fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

impl Template {
    /// The request with every variable filled in.
    ///
    /// # Errors
    /// Each field that breaks a rule then.
    pub fn filled(&self, values: Values<'_>) -> Result<TaskRequest, Vec<Fault>> {
        let mut unknown = Vec::new();
        let filled = fill(&Value::Object(self.0.clone()), "", values, &mut unknown);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let told = |refused: &Refused| Fault::new(refused.field(), refused.rule());
        let broken: Vec<Fault> = faults::<TaskRequest>(filled.clone(), Null::IsAbsent).iter().map(told).collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let request: TaskRequest = read(filled, Null::IsAbsent).map_err(|refused| vec![told(&refused)])?;
        let hidden = request.hides().into_iter().map(|hidden| Fault::new(hidden.field, hidden.rule.to_string()));
        let hidden: Vec<Fault> = hidden.collect();
        if hidden.is_empty() { Ok(request) } else { Err(hidden) }
    }

    /// Whether it takes topics of a list.
    pub fn takes_topics(&self) -> bool {
        fn takes(value: &Value) -> bool {
            match value {
                Value::String(text) => variables(text).any(|part| part == Part::Variable(TOPIC)),
                Value::Array(items) => items.iter().any(takes),
                Value::Object(fields) => fields.values().any(takes),
                _ => false,
            }
        }
        self.0.values().any(takes)
    }

    /// Whether it says something of this field.
    pub fn says(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }
}

impl From<Map<String, Value>> for Template {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// The parts of a text, in order. What is opened and not closed is text.
fn variables(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let opens = rest.find(OPENS).filter(|at| rest.get(*at..).is_some_and(|behind| behind.contains(CLOSES)));
        let Some(opens) = opens else { return Some(Part::Text(std::mem::take(&mut rest))) };
        if opens > 0 {
            let (before, behind) = rest.split_at(opens);
            rest = behind;
            return Some(Part::Text(before));
        }
        let (name, behind) = rest.strip_prefix(OPENS)?.split_once(CLOSES)?;
        rest = behind;
        Some(Part::Variable(name.trim()))
    })
}

fn fill(value: &Value, path: &str, values: Values<'_>, unknown: &mut Vec<Fault>) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, path, values, unknown)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Value::Array(items.map(|(nth, item)| fill(item, &format!("{path}[{nth}]"), values, unknown)).collect())
        }
        Value::Object(fields) => {
            let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let fields = fields.iter();
            Value::Object(
                fields.map(|(name, value)| (name.clone(), fill(value, &within(name), values, unknown))).collect(),
            )
        }
        other => other.clone(),
    }
}

fn fill_text(text: &str, path: &str, values: Values<'_>, unknown: &mut Vec<Fault>) -> String {
    let parts = variables(text).map(|part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Variable(DATE) => values.date.to_string(),
        Part::Variable(WEEK) => {
            let week = values.date.iso_week_date();
            format!("{}-W{:02}", week.year(), week.week())
        }
        Part::Variable(PART) => values.part.to_string(),
        Part::Variable(TOPIC) if let Some(topic) = values.topic => topic.to_owned(),
        Part::Variable(TOPIC) => {
            unknown.push(Fault::new(path, "must have no {{topic}} where the schedule has no topics"));
            String::new()
        }
        Part::Variable(_) => {
            unknown.push(Fault::new(path, "must have no variables but {{date}}, {{week}}, {{part}} and {{topic}}"));
            String::new()
        }
    });
    parts.collect()
}

/// Its fields are those of a task's request; what stands in them is read with the variables filled in.
#[cfg(feature = "schema")]
mod schema {
    use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, Type};

    pub(super) fn object() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .description(Some("A body of `POST /api/content/tasks`, whose texts may have variables."))
            .build()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(request: Value) -> Template {
        serde_json::from_value(request).unwrap()
    }

    fn values(topic: Option<&str>) -> Values<'_> {
        Values { date: Date::constant(2027, 1, 2), part: 7, topic }
    }

    fn refused(request: Value, topic: Option<&str>) -> String {
        let faults = template(request).filled(values(topic)).unwrap_err();
        faults.iter().map(|fault| format!("{} {}", fault.field, fault.rule)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_task_would_be_refused_for_a_template_is_refused_for() {
        let known = "must have no variables but {{date}}, {{week}}, {{part}} and {{topic}}";
        assert_eq!(refused(json!({"topic": "News of {{day}}"}), None), format!("topic {known}"));
        assert_eq!(refused(json!({"topic": "Some news", "tags": ["a", "{{}}"]}), None), format!("tags[1] {known}"));
        assert_eq!(
            refused(json!({"topic": "Some news", "metadata": {"x": "{{date|y}}"}}), None),
            format!("metadata.x {known}")
        );
        assert!(refused(json!({"topic": "{{topic}}"}), None).starts_with("topic must have no {{topic}}"));
        assert!(
            refused(json!({"topic": "About {{topic}}"}), Some(&"x".repeat(200))).starts_with("topic must be 3 to 200")
        );
        assert!(
            refused(json!({"topic": "Some news", "style": "loud", "tenant": "other"}), None)
                .contains("tenant is not a known")
        );
        assert!(refused(json!({"topic": "safe\u{202e}gpj.exe"}), None).starts_with("topic must be"));
        assert_eq!(refused(json!({}), None), "topic is required");
    }

    #[test]
    fn a_topic_brings_neither_a_field_nor_a_variable_with_it() {
        let hostile = r#"x", "publish_mode": "publish", "y": "{{date}} {{nothing}}"#;
        let request = template(json!({"topic": "{{topic}}"})).filled(values(Some(hostile))).unwrap();
        assert_eq!(request.topic.as_str(), hostile);
        assert_eq!(request.publish_mode, galley_api::task::PublishMode::Draft);
    }

    #[test]
    fn variables_are_filled_in_wherever_a_text_is() {
        let request = template(json!({
            "topic": "{{ topic }}: part {{part}} of {{date}}", "tags": ["{{week}}"], "metadata": {"series": "{{part}} }} {{"},
            "target_length": 800,
        }));
        assert!(request.takes_topics());
        let filled = request.filled(values(Some("HTTP caching"))).unwrap();
        assert_eq!(filled.topic.as_str(), "HTTP caching: part 7 of 2027-01-02");
        assert_eq!(
            filled.tags.iter().collect::<Vec<_>>(),
            ["2026-W53"],
            "the week of the ISO, of the year that it belongs to"
        );
        let metadata = serde_json::to_value(&filled.metadata).unwrap();
        assert_eq!(metadata, json!({"series": "7 }} {{"}));
        assert!(!template(json!({"topic": "No {{date}}"})).takes_topics());
    }
}
