//! Where an article's files are. Paths are made of settings and slugs, whose characters are of closed sets.

use galley_domain::outbox::{
    kinds::git::{Git, Preset},
    port::{Piece, RemoteId},
};

/// A copy's path and mark, which is what its id is made of. `None`: it is none of ours.
pub(super) fn parsed(RemoteId(id): &RemoteId) -> Option<(&str, &str)> {
    let (path, mark) = id.rsplit_once('#')?;
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let is_path = path.strip_suffix(".md").is_some()
        && path.bytes().all(is_known)
        && !path.starts_with('/')
        && !path.contains("..");
    let is_mark = mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && mark.starts_with("galley-");
    (is_path && is_mark).then_some((path, mark))
}

/// Where an article is, and its picture is beside it. Jekyll wants a date in the name, and shows no picture beside a post.
pub(super) fn path_of(settings: &Git, slug: &str, piece: &Piece) -> String {
    let directory = settings.directory();
    match settings.preset {
        Preset::Hugo => format!("{directory}/{slug}/index.md"),
        Preset::Jekyll => format!("{directory}/{}-{slug}.md", piece.published_at.strftime("%Y-%m-%d")),
        Preset::Astro => format!("{directory}/{slug}.md"),
    }
}

/// What `path_of` made the path of.
pub(super) fn slug_of(preset: Preset, path: &str) -> &str {
    let stem = path.strip_suffix(if preset == Preset::Hugo { "/index.md" } else { ".md" }).unwrap_or(path);
    let name = stem.rsplit('/').next().unwrap_or(stem);
    if preset == Preset::Jekyll { name.get("2025-01-01-".len()..).unwrap_or(name) } else { name }
}

/// The path of an article's picture, and how the article names it.
pub(super) fn picture_of(preset: Preset, path: &str, ending: &str) -> Option<(String, String)> {
    Some(match preset {
        Preset::Hugo => (format!("{}cover.{ending}", path.strip_suffix("index.md")?), format!("cover.{ending}")),
        Preset::Jekyll => {
            let name = path.strip_suffix(".md")?.rsplit('/').next()?;
            let path = format!("assets/images/{name}.{ending}");
            (path.clone(), format!("/{path}"))
        }
        Preset::Astro => {
            let path = format!("{}.{ending}", path.strip_suffix(".md")?);
            let name = format!("./{}", path.rsplit('/').next()?);
            (path, name)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::tests::{a_git, a_piece};

    #[test]
    fn what_is_no_id_of_ours_names_no_file() {
        for id in [
            "987654",
            "",
            "#",
            "content/a.md",
            "content/a.md#",
            "content/a.md#other-1",
            "../a.md#galley-1",
            "/a.md#galley-1",
            "a/../b.md#galley-1",
            "a.yml#galley-1",
            "a?b.md#galley-1",
            "a.md#galley-1/..",
            "a%2e.md#galley-1",
        ] {
            assert_eq!(parsed(&RemoteId(id.to_owned())), None, "{id}");
        }
        let id = RemoteId("content/posts/a/index.md#galley-0f".to_owned());
        assert_eq!(parsed(&id), Some(("content/posts/a/index.md", "galley-0f")));
    }

    #[test]
    fn a_path_is_made_of_the_slug_and_says_it() {
        for preset in [Preset::Hugo, Preset::Jekyll, Preset::Astro] {
            let path = path_of(&Git { preset, ..a_git() }, "a-slug", &a_piece());
            assert_eq!(slug_of(preset, &path), "a-slug", "{path}");
            assert!(
                picture_of(preset, &path, "png")
                    .is_some_and(|(at, name)| at.ends_with(name.trim_start_matches(['.', '/'])))
            );
        }
        assert_eq!(picture_of(Preset::Hugo, "content/posts/a.md", "png"), None, "of another preset");
    }
}
