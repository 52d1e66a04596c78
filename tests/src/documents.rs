//! The files of the project: its documents, the commands in them, and its code.

use std::path::{Path, PathBuf};

/// All Markdown files below a folder.
pub fn documents(folder: &Path) -> Vec<PathBuf> {
    files(folder, "md")
}

/// All Rust files below a folder.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn files(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, kind));
        } else if path.extension().is_some_and(|extension| extension == kind) {
            found.push(path);
        }
    }
    found
}

/// The code blocks with this info string.
pub fn blocks(text: &str, marked: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<(bool, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut block) {
            (Some(mark), None) => block = Some((mark == marked, String::new())),
            (Some(_), Some(_)) => found.extend(block.take().filter(|(wanted, _)| *wanted).map(|(_, code)| code)),
            (None, Some((_, code))) => code.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    found
}

/// Whether what was said is what was wanted. A line that is `…` stands for any lines, one that has it for anything there.
pub fn says(wanted: &[String], said: &str) -> bool {
    fits(wanted, &said.lines().collect::<Vec<_>>())
}

fn fits(wanted: &[String], said: &[&str]) -> bool {
    match (wanted.split_first(), said.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line == "…" => (0..=said.len()).any(|skipped| fits(rest, &said[skipped..])),
        (Some((line, rest)), Some((first, others))) => line_fits(line, first) && fits(rest, others),
        _ => false,
    }
}

fn line_fits(wanted: &str, said: &str) -> bool {
    match wanted.split_once('…') {
        None => wanted == said,
        Some((before, after)) => said.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_fits(after, &rest[at..]))
        }),
    }
}
