//! The part of metric math that the template's alarms use
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>): of one datapoint, which is
//! none where an operand is.

use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Number(f64),
    Metric(String),
    /// `SUM(METRICS())`: those that have data, or none.
    SumOfAll,
    /// `FILL(metric, value)`.
    Fill(Box<Self>, Box<Self>),
    /// `IF(condition, then, otherwise)`.
    If(Box<[Self; 3]>),
    Binary(char, Box<Self>, Box<Self>),
}

impl Expression {
    pub(super) fn parse(text: &str) -> Self {
        let mut parser = Parser { rest: text };
        let parsed = parser.comparison();
        assert!(parser.rest.trim().is_empty(), "{text}: {} is left", parser.rest);
        parsed
    }

    pub(super) fn value(&self, metrics: &BTreeMap<String, Option<f64>>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Metric(id) => metrics[id],
            Self::SumOfAll => {
                let real: Vec<f64> = metrics.values().flatten().copied().collect();
                (!real.is_empty()).then(|| real.iter().sum())
            }
            Self::Fill(metric, instead) => metric.value(metrics).or_else(|| instead.value(metrics)),
            Self::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if condition.value(metrics)? > 0.0 { then.value(metrics) } else { otherwise.value(metrics) }
            }
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(metrics)?, right.value(metrics)?);
                Some(match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    '/' => left / right,
                    '>' => f64::from(u8::from(left > right)),
                    other => panic!("{other}"),
                })
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn comparison(&mut self) -> Expression {
        self.chain(&['>'], Self::sum)
    }

    fn sum(&mut self) -> Expression {
        self.chain(&['+', '-'], Self::product)
    }

    fn product(&mut self) -> Expression {
        self.chain(&['*', '/'], Self::atom)
    }

    fn chain(&mut self, operators: &[char], part: fn(&mut Self) -> Expression) -> Expression {
        let mut left = part(self);
        while let Some(operator) = operators.iter().copied().find(|operator| self.take(*operator)) {
            left = Expression::Binary(operator, Box::new(left), Box::new(part(self)));
        }
        left
    }

    fn atom(&mut self) -> Expression {
        if self.take('(') {
            let inner = self.comparison();
            self.expect(')');
            return inner;
        }
        let word = self.word();
        if let Ok(number) = word.parse() {
            return Expression::Number(number);
        }
        if !self.take('(') {
            return Expression::Metric(word);
        }
        let parsed = match word.as_str() {
            "SUM" => {
                assert_eq!(self.word(), "METRICS");
                self.expect('(');
                self.expect(')');
                Expression::SumOfAll
            }
            "FILL" => {
                let metric = self.comparison();
                self.expect(',');
                Expression::Fill(Box::new(metric), Box::new(self.comparison()))
            }
            "IF" => {
                let condition = self.comparison();
                self.expect(',');
                let then = self.comparison();
                self.expect(',');
                Expression::If(Box::new([condition, then, self.comparison()]))
            }
            other => panic!("no alarm here needs {other}"),
        };
        self.expect(')');
        parsed
    }

    fn word(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_' && sign != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        assert!(!word.is_empty(), "a word before {rest}");
        self.rest = rest;
        word.to_owned()
    }

    fn take(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, sign: char) {
        assert!(self.take(sign), "{sign} before {}", self.rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn math_without_an_operand_has_no_datapoint() {
        let value = |text: &str, all: &[(&str, Option<f64>)]| {
            Expression::parse(text).value(&all.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect())
        };
        let percent = "IF(requests > 20, 100 * errors / requests, 0)";
        assert_eq!(value(percent, &[("requests", Some(50.0)), ("errors", Some(5.0))]), Some(10.0));
        assert_eq!(value(percent, &[("requests", Some(20.0)), ("errors", Some(5.0))]), Some(0.0));
        assert_eq!(value(percent, &[("requests", Some(50.0)), ("errors", None)]), None);
        assert_eq!(value("FILL(a, 0) + 2 * (3 - 1)", &[("a", None)]), Some(4.0));
        assert_eq!(value("SUM(METRICS())", &[("a", None), ("b", Some(2.0)), ("c", Some(1.0))]), Some(3.0));
        assert_eq!(value("SUM(METRICS())", &[("a", None)]), None);
    }
}
