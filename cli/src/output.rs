//! What a command says: JSON for programs, tables and fields for people. Colour goes to a terminal alone, and never where
//! `NO_COLOR` is set, which `anstream` sees to.

use std::io::{IsTerminal, stderr, stdout};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::say::{line, one_line, safe};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Json,
    /// A person at a terminal.
    Person,
    /// Another program, as text.
    Pipe,
}

impl Output {
    pub(crate) fn new(json: Option<()>) -> Self {
        match json {
            Some(()) => Self::Json,
            None if stdout().is_terminal() => Self::Person,
            None => Self::Pipe,
        }
    }

    pub(crate) fn is_json(self) -> bool {
        self == Self::Json
    }

    /// What a person wants to know beside the result: nothing where the result is piped.
    pub(crate) fn hint(self, text: &str) {
        if self == Self::Person {
            anstream::eprintln!("{}", safe(text));
        }
    }

    /// A table for a person; for another program the same cells with tabs between them, without a head.
    pub(crate) fn table(self, head: &[&str], rows: Vec<Vec<String>>) {
        if self == Self::Pipe {
            for row in rows {
                line(&row.iter().map(|cell| one_line(cell)).collect::<Vec<_>>().join("\t"));
            }
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = width() {
            table.set_width(width);
        }
        table.set_header(head.iter().map(|name| name.to_uppercase()));
        for row in rows {
            table.add_row(row.iter().map(|cell| one_line(cell)));
        }
        anstream::println!("{}", table.trim_fmt());
    }

    /// Shows that something goes on, on a terminal's error stream.
    pub(crate) fn spinner(self) -> ProgressBar {
        let target = if self == Self::Person && stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let bar = ProgressBar::with_draw_target(None, target);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        bar
    }
}

/// As many columns as `COLUMNS` says, otherwise as the terminal has.
fn width() -> Option<u16> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    named.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)).filter(|columns| *columns >= 40)
}
