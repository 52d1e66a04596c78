//! The settings of a target that is a Git repository on GitHub or GitLab. What becomes part of a path or of a reference there is of a
//! closed set of characters.

use serde::{Deserialize, Serialize};

use crate::{
    printable,
    rule::RuleBroken,
    target::kind::{Field, Kind, Needed, Settings, Shape},
    url::PublicUrl,
};

/// A repository that articles are written to as files, by its forge's interface, with a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Git {
    pub forge: Forge,
    pub repository: Repository,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    pub preset: Preset,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<Directory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_url: Option<PublicUrl>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pull_request: bool,
}

impl Settings for Git {
    const KIND: &'static Kind = &Kind {
        name: "git",
        title: "Git",
        connect: "Connect a repository",
        about: "A Git repository on GitHub or GitLab that Hugo, Jekyll or Astro makes a site of. Each change of an article is one commit.",
        url: "Of its API: https://api.github.com, or https://gitlab.com/api/v4",
        usual_url: "https://api.github.com",
        secret: "Token",
        fields: &[
            Field {
                name: "forge",
                label: "Where it is",
                about: "Whose API it is.",
                shape: Shape::Choice(&[("github", "GitHub"), ("gitlab", "GitLab")]),
                needed: Needed::Always,
            },
            Field {
                name: "repository",
                label: "Repository",
                about: "owner/name",
                shape: text(Repository::PATTERN, Repository::MOST, "acme/site"),
                needed: Needed::Always,
            },
            Field {
                name: "preset",
                label: "The site is made by",
                about: "What makes a site of the files.",
                shape: Shape::Choice(&[("hugo", "Hugo"), ("jekyll", "Jekyll"), ("astro", "Astro")]),
                needed: Needed::Always,
            },
            Field {
                name: "branch",
                label: "Branch",
                about: "Without it: the repository's default branch.",
                shape: text(Branch::PATTERN, Branch::MOST, "main"),
                needed: Needed::No,
            },
            Field {
                name: "directory",
                label: "Folder of the articles",
                about: "Where articles are. Without it: the preset's usual one.",
                shape: text(Directory::PATTERN, Directory::MOST, "content/posts"),
                needed: Needed::No,
            },
            Field {
                name: "author",
                label: "Author",
                about: "The name that articles bear.",
                shape: text(AuthorName::PATTERN, AuthorName::MOST, "The editors"),
                needed: Needed::No,
            },
            Field {
                name: "site_url",
                label: "Address of the articles",
                about: "An article's page is at this address and its slug.",
                shape: Shape::Url,
                needed: Needed::No,
            },
            Field {
                name: "pull_request",
                label: "Propose changes",
                about: "Whether changes are proposed for somebody to merge, rather than made.",
                shape: Shape::Flag,
                needed: Needed::No,
            },
        ],
    };

    fn place(&self) -> Vec<&str> {
        std::iter::once(self.repository.as_str()).chain(self.branch.as_ref().map(Branch::as_str)).collect()
    }
}

const fn text(pattern: &'static str, most: usize, example: &'static str) -> Shape {
    Shape::Text { pattern, most, example }
}

/// Whose interface it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    Github,
    Gitlab,
}

/// What makes a site of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    Hugo,
    Jekyll,
    Astro,
}

impl Git {
    /// Where articles are.
    pub fn directory(&self) -> &str {
        match (&self.directory, self.preset) {
            (Some(directory), _) => &directory.0,
            (None, Preset::Hugo) => "content/posts",
            (None, Preset::Jekyll) => "_posts",
            (None, Preset::Astro) => "src/content/blog",
        }
    }
}

/// A text of a rule of its own.
macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $most:literal, $rule:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// As JSON Schema has it. What it cannot say, the rule does.
            pub const PATTERN: &str = $pattern;
            pub const MOST: usize = $most;

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = RuleBroken;
            fn try_from(text: String) -> Result<Self, RuleBroken> {
                let fits: fn(&str) -> bool = $fits;
                if text.chars().count() <= Self::MOST && fits(&text) { Ok(Self(text)) } else { Err(RuleBroken($rule)) }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

/// Names with slashes between, none of which a file system or Git reads as anything else.
fn are_names(text: &str, counts: std::ops::RangeInclusive<usize>, first: fn(u8) -> bool) -> bool {
    let is_name = |name: &str| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        name.bytes().next().is_some_and(first)
            && name.bytes().all(is_known)
            && !name.contains("..")
            && !name.ends_with('.')
            && !has_ending(name, ".lock")
            && !has_ending(name, ".git")
    };
    text.split('/').all(is_name) && counts.contains(&text.split('/').count())
}

fn has_ending(name: &str, ending: &str) -> bool {
    let start = name.len().checked_sub(ending.len());
    start.and_then(|start| name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

checked!(
    /// `owner/name`; on GitLab there may be groups between.
    Repository,
    "^[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*(/[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*)+$",
    200,
    "must be owner/name, each of A-Z, a-z, 0-9, '.', '_' and '-', without '..'",
    |text| are_names(text, 2..=20, is_word)
);
checked!(
    /// The name of a branch.
    Branch,
    "^[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*(/[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*)*$",
    100,
    "must be at most 100 of A-Z, a-z, 0-9, '.', '_', '-' and '/' between, without '..'",
    |text| are_names(text, 1..=20, is_word)
);
checked!(
    /// A folder of the repository.
    Directory,
    "^[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*(/[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*)*$",
    100,
    "must be folders of A-Z, a-z, 0-9, '.', '_' and '-' with '/' between, at most 100 characters, none beginning with '.'",
    |text| are_names(text, 1..=10, is_word)
);
checked!(
    /// A name as readers see it.
    AuthorName,
    "^\\S(.*\\S)?$",
    100,
    "must be 1 to 100 characters, none of them a control or hidden, without spaces around them",
    |text| !text.is_empty() && text.trim() == text && printable::is_printable(text)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_repository_or_is_read_as_another() {
        for text in [
            "",
            "/",
            "/content",
            "content/",
            "content//posts",
            "..",
            "content/../..",
            "a..b",
            ".git/hooks",
            ".github/workflows",
            "content\\posts",
            "content posts",
            "content/posts\n",
            "c%2e%2e",
            "a/.",
            "~",
            "ä",
            "-rf",
            "refs.lock",
            "x/a.LOCK",
            "a:b",
            "a?b",
            "a#b",
            "a@{1}",
            "a^",
            "x.git",
        ] {
            assert!(Directory::try_from(text.to_owned()).is_err(), "{text:?}");
            assert!(Branch::try_from(text.to_owned()).is_err(), "{text:?}");
            assert!(Repository::try_from(format!("acme/{text}")).is_err(), "{text:?}");
            assert!(Repository::try_from(format!("{text}/acme")).is_err(), "{text:?}");
        }
        assert!(Repository::try_from("acme".to_owned()).is_err(), "a repository has an owner");
        assert!(Directory::try_from("a/".repeat(60)).is_err());
        assert!(Directory::try_from("a".repeat(101)).is_err());
        for text in ["_posts", "content/posts", "src/content/blog", "v1.2_x-y"] {
            assert!(Directory::try_from(text.to_owned()).is_ok(), "{text}");
            assert!(Branch::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["acme/site", "acme/docs/site", "acme/acme.github.io"] {
            assert!(Repository::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["", " Ana", "Ana\nadmin: true", "Ana\u{202e}"] {
            assert!(AuthorName::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
