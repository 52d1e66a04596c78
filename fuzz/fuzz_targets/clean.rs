//! Cleaned HTML stays as it is when it is cleaned again, and grows no more than it may.
#![no_main]

use galley_domain::content::clean::{clean, recheck};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| {
    let cleaned = clean(html);
    assert!(recheck(cleaned.as_str()).is_ok(), "{html:?} -> {:?}", cleaned.as_str());
    let escaped: usize = html.chars().map(|c| if "&<>\"\u{a0}".contains(c) { 6 } else { c.len_utf8() }).sum();
    let links = cleaned.as_str().matches("<a ").count() * 80 + cleaned.as_str().matches("<td").count() * 30;
    assert!(cleaned.as_str().len() <= 2 * escaped + links + 64 * 1024, "{html:?}");
    let lower = cleaned.as_str().to_ascii_lowercase();
    for tag in ["<script", "<style", "<iframe", "<svg", "<math", "<object", "<form", "<template"] {
        assert!(!lower.contains(tag), "{html:?}");
    }
});
