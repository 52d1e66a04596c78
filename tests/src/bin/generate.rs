//! `make generate`: writes what comes from the code into template.yaml and the documents.

use galley_tests::{
    dashboard,
    generated::{KINDS_FILE, of_access, of_kinds, of_pipeline, of_template, written},
    prometheus, root, usage,
};

fn main() -> std::io::Result<()> {
    if usage::told(
        "Writes what comes from the code into template.yaml, deploy/prometheus, the console and the documents.\n\nUsage: generate",
    ) {
        return Ok(());
    }
    let files =
        [("template.yaml", of_template()), ("docs/access.md", of_access()), ("docs/pipeline.md", of_pipeline())];
    for (name, blocks) in files {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path)?;
        let written = written(&text, &blocks)
            .map_err(|block| std::io::Error::other(format!("{name}: no marks of {}", block.0)))?;
        std::fs::write(&path, written)?;
    }
    std::fs::write(root().join(dashboard::FILE), dashboard::dashboard())?;
    std::fs::write(root().join(KINDS_FILE), of_kinds())?;
    std::fs::write(root().join(prometheus::FILE), prometheus::rules())
}
