//! Kinds of targets. A kind is one row of `kinds!`: its name, what a person says to make one, and its settings, which enforce their own
//! rules. The API's document, the parser, the command line's options and the console's form come from the rows.

pub mod bluesky;
pub mod git;
pub mod kind;
pub mod mastodon;
pub mod wordpress;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{
    read::{Null, Refused, one_of, read},
    target::kind::{Kind, Settings},
};

macro_rules! kinds {
    ($($variant:ident($settings:ty)),+ $(,)?) => {
        /// What is particular to a kind of target.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum TargetSettings {
            $($variant($settings)),+
        }

        /// Every kind there is.
        pub const KINDS: &[&Kind] = &[$(<$settings as Settings>::KIND),+];

        impl TargetSettings {
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$settings as Settings>::KIND.name),+
                }
            }

            /// Where at its address the copies are. Others have copies of their own.
            pub fn place(&self) -> Vec<&str> {
                match self {
                    $(Self::$variant(settings) => settings.place()),+
                }
            }

            fn of(kind: &Value, fields: Value) -> Result<Self, Refused> {
                match kind.as_str() {
                    $(Some(name) if name == <$settings as Settings>::KIND.name => {
                        read(fields, Null::IsAbsent).map(Self::$variant)
                    })+
                    _ => Err(Refused::at("kind", one_of(&KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>()))),
                }
            }
        }
    };
}

kinds! {
    Wordpress(wordpress::WordPress),
    Git(git::Git),
    Mastodon(mastodon::Mastodon),
    Bluesky(bluesky::Bluesky),
}

/// Read by its kind. A derived reader would see `1.0` as no whole number, and name no rule.
impl<'de> Deserialize<'de> for TargetSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let kind = fields.remove("kind").ok_or_else(|| Refused::at("kind", "is required"));
        let read = kind.and_then(|kind| Self::of(&kind, Value::Object(fields)));
        read.map_err(|refused| refused.passed_on())
    }
}

crate::schema::scalar!(TargetSettings, kind::schema::of(KINDS));

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use serde_json::json;

    use super::*;

    fn told(settings: Value) -> Result<TargetSettings, String> {
        read(settings, Null::IsAbsent).map_err(|refused| refused.to_string())
    }

    #[test]
    fn settings_are_read_by_their_kind_and_refused_by_a_rule() {
        let author = |id| json!({"kind": "wordpress", "username": "ana", "author": id});
        let TargetSettings::Wordpress(known) = told(author(json!(7.0))).unwrap() else { panic!("of another kind") };
        assert_eq!(known.author, NonZeroU32::new(7), "a whole number, as JSON Schema has it");
        assert_eq!(told(author(Value::Null)), told(json!({"kind": "wordpress", "username": "ana"})));
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let known = format!("kind must be one of {}", names.join(", "));
        for (settings, rule) in [
            (json!({"username": "ana"}), "kind is required"),
            (json!({"kind": "blog", "username": "ana"}), &*known),
            (json!({"kind": "wordpress"}), "username is required"),
            (author(json!("7")), "author must be a whole number"),
            (json!({"kind": "wordpress", "username": "ana", "x": 1}), "x is not a known field"),
            (json!([]), " must be an object"),
        ] {
            assert_eq!(told(settings.clone()), Err(rule.to_owned()), "{settings}");
        }
    }

    #[test]
    fn a_row_tells_all_that_its_kind_reads_and_writes() {
        for kind in KINDS {
            let mut settings: Map<String, Value> =
                kind.fields.iter().map(|field| (field.name.to_owned(), field.example())).collect();
            settings.insert("kind".to_owned(), json!(kind.name));
            let all = told(Value::Object(settings.clone())).unwrap();
            assert_eq!(all.kind(), kind.name);
            assert_eq!(serde_json::to_value(&all).unwrap(), Value::Object(settings.clone()), "{}", kind.name);
            for field in kind.fields {
                let mut without = settings.clone();
                without.remove(field.name);
                let rule = format!("{} is required", field.name);
                let expected = if field.is_needed() { Err(rule) } else { Ok(kind.name) };
                assert_eq!(told(Value::Object(without)).map(|settings| settings.kind()), expected, "{}", kind.name);
            }
        }
    }
}
