//! The documents say where their commands run, and their links lead somewhere.

use std::collections::BTreeSet;

use galley_tests::{
    documents::{blocks, documents},
    root,
};

#[test]
fn every_block_says_where_it_runs() {
    for path in documents(&root().join("docs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for command in
            blocks(&text, "sh aws").iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("aws "))
        {
            assert!(!command.contains("AKIA"), "{}", path.display());
        }
        // The sessions of the command line are run by a test of their own.
        let unmarked: &[&str] =
            if path.ends_with("docs/cli.md") { &["bash", "shell"] } else { &["bash", "shell", "console"] };
        assert!(unmarked.iter().all(|mark| blocks(&text, mark).is_empty()), "{}", path.display());
        // What needs an account is marked so.
        let local = blocks(&text, "sh").concat();
        assert!(local.lines().all(|line| !line.starts_with("aws ") && !line.starts_with("sam ")), "{}", path.display());
    }
}

/// Whoever copies a command knows whose key it wants.
#[test]
fn a_command_with_a_key_stands_below_a_line_that_says_whose() {
    let mut used = 0;
    for path in documents(&root().join("docs")).into_iter().chain([root().join("README.md")]) {
        let text = std::fs::read_to_string(&path).unwrap();
        for mark in ["sh", "sh aws", "console", ""] {
            let mut is_named = false;
            for line in blocks(&text, mark).concat().lines() {
                is_named |= line.starts_with("KEY=") && line.contains("# a key of");
                if line.contains("$KEY\"") || line.contains("$KEY ") || line.contains("${KEY}") {
                    used += 1;
                    assert!(is_named, "{}: {line}", path.display());
                }
            }
        }
    }
    assert!(used >= 5, "{used}");
}

/// A link within the project leads somewhere.
#[test]
fn every_link_leads_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
        .map(|name| root().join(name));
    for path in documents(&root().join("docs")).into_iter().chain(top) {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with("mailto:") || link.contains(' ') {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !anchor.is_empty() && target.extension().is_some_and(|extension| extension == "md") {
                let told = std::fs::read_to_string(&target).unwrap();
                let heading = |line: &str| {
                    let text = line.trim_start_matches('#').trim().to_lowercase();
                    let kept: String = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect();
                    kept.replace(' ', "-")
                };
                let named = told.contains(&format!("<a id=\"{anchor}\"></a>"));
                assert!(named || told.lines().any(|line| line.starts_with('#') && heading(line) == anchor), "{link}");
            }
        }
    }
}

/// What stands between bars in the rows of a table that begin with a link or with code.
fn first_cells(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect()
}

#[test]
fn every_decision_is_in_the_index_and_has_its_four_parts() {
    let folder = root().join("docs/adr");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut numbers = BTreeSet::new();
    for path in documents(&folder).into_iter().filter(|path| !path.ends_with("README.md")) {
        let (name, text) = (path.file_name().unwrap().to_str().unwrap(), std::fs::read_to_string(&path).unwrap());
        let (number, title) = text.lines().next().unwrap().trim_start_matches("# ").split_once(". ").unwrap();
        assert!(name.starts_with(&format!("{:04}-", number.parse::<u16>().unwrap())), "{name}: {number}");
        assert!(numbers.insert(number.to_owned()), "{name}: a second {number}");
        let row = format!("| [{number}]({name}) | {title} | ");
        assert_eq!(index.lines().filter(|line| line.starts_with(&row)).count(), 1, "the index has no row {row}");
        let parts =
            ["Context", "Decision", "Alternatives", "Consequences"].map(|part| text.find(&format!("**{part}.**")));
        assert!(parts.iter().all(Option::is_some) && parts.is_sorted(), "{name}: {parts:?}");
    }
    let rows = first_cells(&index).into_iter().filter(|cell| cell.starts_with('[')).count();
    assert_eq!(rows, numbers.len());
}

/// `make layers` holds the order of the rows.
#[test]
fn the_map_of_the_domain_has_every_module_once() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = map.split("\n## The domain\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let told: Vec<&str> =
        first_cells(section).into_iter().filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`')).collect();
    let code = std::fs::read_to_string(root().join("shared/domain/src/lib.rs")).unwrap();
    let declared = code.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let modules: BTreeSet<&str> = declared.collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), modules);
    assert_eq!(told.len(), modules.len(), "a module stands twice: {told:?}");
    for entry in std::fs::read_dir(root().join("shared/domain/src")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        assert!(module == "lib" || modules.contains(module), "{} is no module of the map", path.display());
    }
}
