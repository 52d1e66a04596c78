//! The template's alarms, evaluated as `CloudWatch` documents that it does
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.md>).

mod math;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use yaml_serde::Value;

use self::math::Expression;
use crate::root;

/// All alarms look every minute, over windows that end then.
const MINUTE: i64 = 60;
/// So many periods more than an alarm evaluates are looked at for data, if some is missing. The documentation's examples
/// have two for standard metrics, and leave the number open.
const BEYOND: usize = 2;

/// A metric: its namespace, its name, and its dimensions with their values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, String>,
}

impl Key {
    pub fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }
}

/// What was measured, with the second of each value.
#[derive(Clone, Debug, Default)]
pub struct Metrics(BTreeMap<Key, Vec<(i64, f64)>>);

impl Metrics {
    pub fn add(&mut self, key: Key, at_s: i64, value: f64) {
        self.0.entry(key).or_default().push((at_s, value));
    }

    /// What a line of a log measures in the embedded metric format, as if it had been written at `at_s`.
    pub fn add_line(&mut self, line: &Json, at_s: i64) {
        let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
        for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
            for metric in list(&directive["Metrics"]) {
                let name = metric["Name"].as_str().unwrap();
                let values = line[name].as_array().cloned().unwrap_or_else(|| vec![line[name].clone()]);
                for names in list(&directive["Dimensions"]) {
                    let names: Vec<String> =
                        list(&names).iter().map(|name| name.as_str().unwrap().to_owned()).collect();
                    let dimensions: Vec<(&str, &str)> =
                        names.iter().map(|name| (name.as_str(), line[name].as_str().unwrap())).collect();
                    for value in &values {
                        let key = Key::new(directive["Namespace"].as_str().unwrap(), name, &dimensions);
                        self.add(key, at_s, value.as_f64().unwrap());
                    }
                }
            }
        }
    }

    fn datapoint(&self, key: &Key, statistic: &str, from_s: i64, to_s: i64) -> Option<f64> {
        let all = self.0.get(key)?.iter();
        let mut values: Vec<f64> = all.filter(|(at, _)| (from_s..to_s).contains(at)).map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        let (first, last) = (*values.first()?, *values.last()?);
        #[expect(clippy::cast_precision_loss, reason = "a test has few values")]
        let count = values.len() as f64;
        Some(match statistic {
            "Sum" => values.iter().sum(),
            "Minimum" => first,
            "Maximum" => last,
            "SampleCount" => count,
            "Average" => values.iter().sum::<f64>() / count,
            percentile => {
                let rank: f64 = percentile.strip_prefix('p').expect("a statistic").parse().unwrap();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
                let place = (rank / 100.0 * count).ceil().max(1.0) as usize - 1;
                values[place]
            }
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Breaching,
    NotBreaching,
}

#[derive(Clone, Debug)]
enum Watched {
    One(Key, String),
    Math(Expression, BTreeMap<String, (Key, String)>),
}

/// An alarm on metrics.
#[derive(Clone, Debug)]
pub struct Alarm {
    watched: Watched,
    period_s: i64,
    periods: usize,
    datapoints: usize,
    missing: Missing,
    threshold: f64,
    below: bool,
}

/// The alarms of the template, and those that ring when several others do.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    single: BTreeMap<String, Alarm>,
    composite: BTreeMap<String, Vec<String>>,
    /// Those that tell somebody.
    told: BTreeSet<String>,
    descriptions: BTreeMap<String, String>,
}

/// What an alarm says to whoever reads it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Of a composite, one for each of its parts.
    pub thresholds: Vec<f64>,
    /// How long it lasts until it rings, after it was seen first.
    pub minutes: i64,
    pub what: String,
}

/// What an intrinsic function stands for: the logical id of what it names, and the stage.
fn resolved(value: &Value) -> String {
    let text = match value {
        Value::Tagged(tagged) => tagged.value.as_str().unwrap(),
        plain => plain.as_str().unwrap(),
    };
    let id = text.split('.').next().unwrap();
    if id == "Stage" { "dev".to_owned() } else { id.to_owned() }
}

fn key(of: &Value) -> Key {
    let dimensions = of["Dimensions"].as_sequence().unwrap().iter();
    let dimensions = dimensions.map(|one| (one["Name"].as_str().unwrap().to_owned(), resolved(&one["Value"])));
    Key {
        namespace: of["Namespace"].as_str().unwrap().to_owned(),
        name: of["MetricName"].as_str().unwrap().to_owned(),
        dimensions: dimensions.collect(),
    }
}

impl Alarm {
    fn parse(of: &Value) -> Self {
        let count = |name: &str| usize::try_from(of[name].as_u64().unwrap()).unwrap();
        let (watched, period_s) = match of["Metrics"].as_sequence() {
            None => {
                let statistic = of["Statistic"].as_str().or(of["ExtendedStatistic"].as_str()).unwrap();
                (Watched::One(key(of), statistic.to_owned()), of["Period"].as_i64().unwrap())
            }
            Some(queries) => {
                let expression = queries.iter().find_map(|query| query["Expression"].as_str()).unwrap();
                let stats = queries.iter().filter(|query| query.get("MetricStat").is_some());
                let (mut metrics, mut periods) = (BTreeMap::new(), BTreeSet::new());
                for query in stats {
                    assert_eq!(query["ReturnData"], false, "one series alone is watched");
                    let stat = &query["MetricStat"];
                    periods.insert(stat["Period"].as_i64().unwrap());
                    let metric = (key(&stat["Metric"]), stat["Stat"].as_str().unwrap().to_owned());
                    metrics.insert(query["Id"].as_str().unwrap().to_owned(), metric);
                }
                assert_eq!(periods.len(), 1, "an alarm has one period");
                (Watched::Math(Expression::parse(expression), metrics), *periods.first().unwrap())
            }
        };
        Self {
            watched,
            period_s,
            periods: count("EvaluationPeriods"),
            datapoints: of["DatapointsToAlarm"]
                .as_u64()
                .map_or(count("EvaluationPeriods"), |_| count("DatapointsToAlarm")),
            missing: match of["TreatMissingData"].as_str() {
                Some("breaching") => Missing::Breaching,
                Some("notBreaching") => Missing::NotBreaching,
                other => panic!("{other:?} keeps a state, which no alarm here does"),
            },
            threshold: of["Threshold"].as_f64().unwrap(),
            below: match of["ComparisonOperator"].as_str().unwrap() {
                "GreaterThanThreshold" => false,
                "LessThanThreshold" => true,
                other => panic!("{other}"),
            },
        }
    }

    fn datapoint(&self, metrics: &Metrics, end_s: i64) -> Option<f64> {
        let value = |(key, statistic): &(Key, String)| metrics.datapoint(key, statistic, end_s - self.period_s, end_s);
        match &self.watched {
            Watched::One(key, statistic) => value(&(key.clone(), statistic.clone())),
            Watched::Math(expression, all) => {
                expression.value(&all.iter().map(|(id, metric)| (id.clone(), value(metric))).collect())
            }
        }
    }

    fn rings(&self, metrics: &Metrics, now_s: i64) -> bool {
        let range = i64::try_from(self.periods + BEYOND).unwrap();
        let latest_first = (0..range).map(|back| self.datapoint(metrics, now_s - back * self.period_s));
        self.decide(&latest_first.collect::<Vec<_>>())
    }

    /// Data counts before what is missing, however far back in the range; what is missing fills what is left.
    fn decide(&self, latest_first: &[Option<f64>]) -> bool {
        let breaches = |value: f64| if self.below { value < self.threshold } else { value > self.threshold };
        let real: Vec<bool> = latest_first.iter().flatten().map(|value| breaches(*value)).take(self.periods).collect();
        let filled = if self.missing == Missing::Breaching { self.periods - real.len() } else { 0 };
        real.iter().filter(|breaching| **breaching).count() + filled >= self.datapoints
    }
}

impl Alarms {
    /// Those of the template.
    pub fn load() -> Self {
        let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
        let yaml: Value = yaml_serde::from_str(&text).unwrap();
        let mut all = Self::default();
        for (id, resource) in yaml["Resources"].as_mapping().unwrap() {
            let (id, properties) = (id.as_str().unwrap().to_owned(), &resource["Properties"]);
            match resource["Type"].as_str().unwrap() {
                "AWS::CloudWatch::Alarm" => drop(all.single.insert(id.clone(), Alarm::parse(properties))),
                "AWS::CloudWatch::CompositeAlarm" => {
                    let Value::Tagged(rule) = &properties["AlarmRule"] else { panic!("{id} names no others") };
                    let parts = rule.value.as_str().unwrap().split(" AND ").map(|part| {
                        let name = part.strip_prefix("ALARM(\"${").and_then(|rest| rest.strip_suffix("}\")"));
                        name.unwrap_or_else(|| panic!("{part}")).to_owned()
                    });
                    all.composite.insert(id.clone(), parts.collect());
                }
                _ => continue,
            }
            if properties["AlarmActions"].is_sequence() {
                let description = properties["AlarmDescription"].as_str().unwrap();
                all.descriptions.insert(id.clone(), description.to_owned());
                all.told.insert(id);
            }
        }
        all
    }

    /// All that tell somebody.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.told
    }

    pub fn told(&self, id: &str) -> Told {
        let own = [id.to_owned()];
        let parts = self.composite.get(id).map_or(&own[..], Vec::as_slice);
        let parts: Vec<&Alarm> = parts.iter().map(|part| &self.single[part]).collect();
        let lasts = |alarm: &&Alarm| i64::try_from(alarm.datapoints - 1).unwrap() * alarm.period_s / MINUTE;
        Told {
            thresholds: parts.iter().map(|alarm| alarm.threshold).collect(),
            minutes: parts.iter().map(lasts).max().unwrap(),
            what: self.descriptions[id].clone(),
        }
    }

    /// Those that neither tell somebody nor are a part of one that does.
    pub fn silent(&self) -> Vec<&str> {
        let heard: BTreeSet<&String> =
            self.composite.iter().filter(|(id, _)| self.told.contains(*id)).flat_map(|(_, parts)| parts).collect();
        let all = self.single.keys().chain(self.composite.keys());
        all.filter(|id| !self.told.contains(*id) && !heard.contains(id)).map(String::as_str).collect()
    }

    fn rings(&self, id: &str, metrics: &Metrics, now_s: i64) -> bool {
        match self.composite.get(id) {
            Some(parts) => parts.iter().all(|part| self.single[part].rings(metrics, now_s)),
            None => self.single[id].rings(metrics, now_s),
        }
    }

    /// The minute, counted from `from_s`, in which an alarm first rings, if it does before `to_s`.
    pub fn first(&self, id: &str, metrics: &Metrics, from_s: i64, to_s: i64) -> Option<i64> {
        let minutes = (from_s..to_s).step_by(usize::try_from(MINUTE).unwrap());
        minutes.into_iter().find(|now| self.rings(id, metrics, *now)).map(|now| (now - from_s) / MINUTE)
    }

    /// All that tell somebody in this time.
    pub fn ringing(&self, metrics: &Metrics, from_s: i64, to_s: i64) -> Vec<String> {
        self.told.iter().filter(|id| self.first(id, metrics, from_s, to_s).is_some()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(datapoints: usize, missing: Missing) -> Alarm {
        let watched = Watched::One(Key::new("n", "m", &[]), "Sum".to_owned());
        Alarm { watched, period_s: 60, periods: 3, datapoints, missing, threshold: 1.0, below: false }
    }

    /// Written as the documentation has it: oldest first, `0` is within the threshold, `X` breaches, `-` is missing.
    fn rings(points: &str, datapoints: usize, missing: Missing) -> bool {
        let points = points.split(' ').rev().map(|point| match point {
            "0" => Some(0.0),
            "X" => Some(2.0),
            _ => None,
        });
        alarm(datapoints, missing).decide(&points.collect::<Vec<_>>())
    }

    /// The tables of <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>.
    #[test]
    fn missing_data_is_treated_as_the_documentations_tables_say() {
        use Missing::{Breaching, NotBreaching};
        for (points, breaching, not_breaching) in [
            ("0 - X - X", false, false),
            ("- - - - 0", false, false),
            ("- - - - -", true, false),
            ("0 X X - X", true, true),
            ("- - X - -", true, false),
        ] {
            assert_eq!(rings(points, 3, Breaching), breaching, "{points}");
            assert_eq!(rings(points, 3, NotBreaching), not_breaching, "{points}");
        }
        for (points, breaching, not_breaching) in [
            ("0 - X - X", true, true),
            ("0 0 X 0 X", true, true),
            ("0 - X - -", true, false),
            ("- - - - 0", true, false),
            ("- - - - X", true, false),
        ] {
            assert_eq!(rings(points, 2, Breaching), breaching, "2 of 3: {points}");
            assert_eq!(rings(points, 2, NotBreaching), not_breaching, "2 of 3: {points}");
        }
    }
}
