//! The options of each kind of target, made of its row (`galley_api::target::KINDS`).

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, builder::PossibleValuesParser};
use galley_client::api::target::{
    KINDS,
    kind::{Field, Shape},
};
use serde_json::{Map, Value, json};

/// What was said of a kind's settings, as the API reads them. What the kind has no such field for, the API refuses.
#[derive(Debug)]
pub(crate) struct Settings(pub(crate) Map<String, Value>);

/// The fields of a name, each with its kind's: kinds share an option where they share a name.
fn fields(name: &str) -> impl Iterator<Item = (&'static str, &'static Field)> {
    KINDS.iter().filter_map(move |kind| Some((kind.name, kind.fields.iter().find(|field| field.name == name)?)))
}

fn names() -> impl Iterator<Item = &'static str> {
    let mut all: Vec<&str> = Vec::new();
    for field in KINDS.iter().flat_map(|kind| kind.fields) {
        if !all.contains(&field.name) {
            all.push(field.name);
        }
    }
    all.into_iter()
}

fn option(name: &'static str) -> Arg {
    let help = |(kind, field): (&str, &Field)| {
        let choices = match field.shape {
            Shape::Choice(known) => known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
            _ => String::new(),
        };
        let about = field.about.trim_end_matches('.');
        format!("Of {kind}: {about}{}{choices}", if choices.is_empty() { "" } else { ": " })
    };
    let help = fields(name).map(help).collect::<Vec<_>>().join("; ");
    // Once in a run, for as long as it lasts.
    let long: &'static str = name.replace('_', "-").leak();
    let option = Arg::new(name).long(long).help(help);
    if fields(name).all(|(_, field)| matches!(field.shape, Shape::Flag)) {
        return option.action(ArgAction::SetTrue);
    }
    option.value_name("VALUE")
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        let kinds = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name));
        let kind = Arg::new("kind").long("kind").value_name("KIND").default_value("wordpress").value_parser(kinds);
        command.arg(kind.help("What it is")).args(names().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let kind = matches.get_one::<String>("kind").cloned().unwrap_or_default();
        let mut settings = Map::new();
        for name in names() {
            let of_kind = fields(name).find(|(of, _)| *of == kind).map(|(_, field)| &field.shape);
            // An option that is a flag to one kind alone is one to all.
            let value = match matches.try_get_one::<bool>(name) {
                Ok(said) => said.copied().filter(|said| *said).map(|said| json!(said)),
                Err(_) => matches.get_one::<String>(name).map(|text| match (of_kind, text.parse::<u32>()) {
                    (Some(Shape::Whole { .. }), Ok(number)) => json!(number),
                    _ => json!(text),
                }),
            };
            settings.extend(value.map(|value| (name.to_owned(), value)));
        }
        settings.insert("kind".to_owned(), json!(kind));
        Ok(Self(settings))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
