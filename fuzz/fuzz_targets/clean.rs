//! Cleaned HTML stays as it is when it is cleaned again, is within its bound, and was no work beyond measure: the fuzzer's own
//! limits on time and memory (`make fuzz`) look for that.
#![no_main]

use std::time::{Duration, Instant};

use galley_domain::content::clean::{MAX_HTML_BYTES, TooMuch, clean, recheck};
use libfuzzer_sys::fuzz_target;

/// With the sanitizer's own cost, far more than 300 ms of a release build.
const MOST: Duration = Duration::from_secs(3);

fuzz_target!(|html: &str| {
    let begun = Instant::now();
    let cleaned = clean(html);
    assert!(begun.elapsed() < MOST, "{html:?}");
    let cleaned = match cleaned {
        Ok(cleaned) => cleaned,
        // Whatever a parser makes of a text settles.
        Err(bound) => return assert_ne!(bound, TooMuch::Unsettled, "{html:?}"),
    };
    assert!(recheck(cleaned.as_str()).is_ok(), "{html:?} -> {:?}", cleaned.as_str());
    assert!(cleaned.as_str().len() <= MAX_HTML_BYTES, "{html:?}");
    let lower = cleaned.as_str().to_ascii_lowercase();
    for tag in ["<script", "<style", "<iframe", "<svg", "<math", "<object", "<form", "<template"] {
        assert!(!lower.contains(tag), "{html:?}");
    }
});
