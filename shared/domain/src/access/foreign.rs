//! Subjects of other identity providers, in a form of ours. Two different ones of a provider are never the same here, and none is taken
//! for a subject that somebody was given here by such a form. Those of two providers are told apart by their prefixes.

use sha2::{Digest, Sha256};

use crate::kernel::ids::Subject;

/// What a subject that is no name of ours begins with here.
const MARK: &str = "sub-";
/// The characters of its hash.
const HASH: usize = 32;
/// `OpenID` Connect allows no more (Core, 2).
const LONGEST: usize = 255;
const LONGEST_PREFIX: usize = 40;
/// What subjects begin with that are given here: of people who sign in with GitHub, and of webhook sources.
const GIVEN_HERE: [&str; 2] = ["github-", "webhook-"];

/// The subject that a provider calls `text`: itself, if it is one; otherwise its hash, so that no address is in a log. `None`: it
/// names nobody.
pub fn subject(prefix: &str, text: &str) -> Option<Subject> {
    let is_named = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_named || prefix.len() > LONGEST_PREFIX {
        return None;
    }
    let is_ours = Subject::new(text).is_ok();
    let name = format!("{prefix}{}", if is_ours { text.to_owned() } else { hashed(text) });
    let is_taken = GIVEN_HERE.iter().any(|given| name.starts_with(given)) || (is_ours && is_hashed(&name));
    if is_taken { None } else { Subject::new(name).ok() }
}

fn hashed(text: &str) -> String {
    let hash = hex::encode(Sha256::digest(text));
    format!("{MARK}{}", hash.get(..HASH).unwrap_or(&hash))
}

/// Whether `text` could be the hash of another.
fn is_hashed(text: &str) -> bool {
    text.strip_prefix(MARK).is_some_and(|hash| hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_the_form_of_anothers_subject() {
        let auth0 = subject("", "auth0|123").unwrap();
        assert_eq!(auth0.as_str().len(), 36);
        for taken in [auth0.as_str().to_owned(), auth0.as_str().to_uppercase().replace("SUB-", "sub-")] {
            assert_eq!(subject("", &taken), None, "{taken}");
        }
        for given in ["github-583231", "webhook-cms"] {
            assert_eq!(subject("", given), None, "{given}");
            let (prefix, rest) = given.split_at(given.find('-').unwrap() + 1);
            assert_eq!(subject(prefix, rest), None, "{given}, by a prefix");
        }
        assert_eq!(subject("sub-", &auth0.as_str()[4..]), None, "by a prefix");
        assert_eq!(subject("okta-", "github-1").unwrap().as_str(), "okta-github-1");
        assert_ne!(subject("", "auth0|124"), Some(auth0.clone()));
        assert_ne!(subject("login-", "auth0|123"), Some(auth0));
    }

    #[test]
    fn a_name_of_ours_stays_and_an_address_is_not_shown() {
        assert_eq!(subject("", "ana").unwrap().as_str(), "ana");
        assert_eq!(subject("okta-", "ana").unwrap().as_str(), "okta-ana");
        let address = subject("", "ana@example.com").unwrap();
        assert!(!address.as_str().contains("ana") && address.as_str().starts_with(MARK), "{address}");
    }

    #[test]
    fn what_names_nobody_is_no_subject() {
        for wrong in ["", "a b", "a\n", "\u{e4}na", &"x".repeat(256)] {
            assert_eq!(subject("", wrong), None, "{wrong:?}");
        }
        for prefix in ["a b", "a|", &"x".repeat(41)] {
            assert_eq!(subject(prefix, "ana"), None, "{prefix}");
        }
        assert_eq!(subject("x", &"y".repeat(100)), None, "with its prefix it is too long");
    }
}
