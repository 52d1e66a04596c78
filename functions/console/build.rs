//! Embeds the console as `make console` has built it: each file compressed in two ways, under its hashed name. Without it a
//! debug build serves a page that says how to build it; a release build fails, because a deployment must not lack it.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let built = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("built");
    println!("cargo::rerun-if-changed={}", built.display());
    let page = built.join("index.html");
    if !page.exists() && env::var("PROFILE")? == "release" {
        println!("cargo::error=the console is not built: run `make console` first");
        return Ok(());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let text = if page.exists() { embedded(&built, &out)? } else { String::from(ABSENT) };
    fs::write(out.join("built.rs"), text)?;
    Ok(())
}

const ABSENT: &str = "pub static BUILT: Option<Built> = None;\n";

/// The files are copied first, because `make console` may replace them while this is compiled.
fn embedded(built: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let copied = |name: &str| -> Result<String, Box<dyn Error>> {
        let to = out.join(name);
        fs::create_dir_all(to.parent().unwrap_or(out))?;
        fs::copy(built.join(name), &to)?;
        Ok(to.display().to_string())
    };
    let mut names = Vec::new();
    for file in fs::read_dir(built.join("assets"))? {
        let name = file?.file_name().into_string().map_err(|name| format!("{}", name.display()))?;
        names.extend(name.strip_suffix(".gz").map(str::to_owned));
    }
    names.sort();
    let mut text = String::from("pub static BUILT: Option<Built> = Some(Built {\n");
    writeln!(text, "    page: include_str!({:?}),", copied("index.html")?)?;
    text.push_str("    assets: &[\n");
    for name in names {
        let [brotli, gzip] = [copied(&format!("assets/{name}.br"))?, copied(&format!("assets/{name}.gz"))?];
        writeln!(
            text,
            "        Asset {{ name: {name:?}, brotli: include_bytes!({brotli:?}), gzip: include_bytes!({gzip:?}) }},"
        )?;
    }
    text.push_str("    ],\n});\n");
    Ok(text)
}
