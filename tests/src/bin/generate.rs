//! `make generate`: writes what comes from the table of routes into template.yaml and docs/access.md.

use galley_tests::{
    generated::{of_access, of_template, written},
    root,
};

fn main() -> std::io::Result<()> {
    for (name, blocks) in [("template.yaml", of_template()), ("docs/access.md", of_access())] {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path)?;
        let written = written(&text, &blocks)
            .map_err(|block| std::io::Error::other(format!("{name}: no marks of {}", block.0)))?;
        std::fs::write(&path, written)?;
    }
    Ok(())
}
