//! The help of `galley` itself: its commands by what a person does, because clap has no headings for subcommands.

use std::fmt::Write;

use clap::{
    Command,
    builder::{StyledStr, Styles},
};

/// What a person does, and with which commands. A command stands in one group alone, which a test holds.
const GROUPS: &[(&str, &[&str])] = &[
    ("Log in", &["login", "logout", "whoami", "profiles"]),
    ("Plan, write and review", &["tasks", "intent", "agents", "schedules", "calendar", "feeds", "comments", "review"]),
    ("Publish", &["publish", "schedule", "unpublish", "targets"]),
    ("Webhooks and callbacks", &["sources", "webhooks", "deliveries", "listen"]),
    ("Team and settings", &["keys", "people", "settings", "acts", "privacy"]),
    ("Money", &["estimate", "costs", "usage"]),
    ("Operate", &["doctor", "health", "stuck", "dlq", "inspect", "tenants", "limits", "flags"]),
    ("This machine, and all else", &["dev", "api", "completion", "man"]),
];

/// `command` with its subcommands in groups.
pub(crate) fn grouped(command: Command) -> Command {
    let template = template(&command);
    command.help_template(template)
}

fn template(command: &Command) -> StyledStr {
    let styles = Styles::styled();
    let (head, name) = (styles.get_header(), styles.get_literal());
    let width = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or(0);
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (does, names) in GROUPS {
        text.push_str(&format!("\n{head}{does}:{head:#}\n"));
        for sub in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {name}{:<width$}{name:#}  {about}\n", sub.get_name()));
        }
    }
    text.push_str(&format!("\n{head}Options:{head:#}\n{{options}}{{after-help}}"));
    let mut template = StyledStr::new();
    let _ = template.write_str(&text);
    template
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn each_command_stands_in_one_group_and_its_line_fits_a_narrow_terminal() {
        let command = Arguments::command();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let mut all: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
        let help = super::grouped(command).render_help().to_string();
        for line in help.lines().skip_while(|line| *line != "Log in:").take_while(|line| *line != "Options:") {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(help.contains("\nMoney:\n  estimate    Price a task before it is made\n"), "{help}");
    }

    #[test]
    fn every_command_says_what_it_does_in_its_help() {
        fn silent(command: &Command, at: &str, found: &mut Vec<String>) {
            for sub in command.get_subcommands() {
                let at = format!("{at} {}", sub.get_name());
                if sub.get_about().is_none() {
                    found.push(at.clone());
                }
                silent(sub, &at, found);
            }
        }
        let mut found = Vec::new();
        silent(&Arguments::command(), "galley", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
