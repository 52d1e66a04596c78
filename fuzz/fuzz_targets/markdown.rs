//! Markdown is read within its bounds or refused, and a text that may link nothing links nothing in any reading.
#![no_main]

use std::time::{Duration, Instant};

use galley_domain::content::{clean::{Admitted, recheck}, markdown};
use libfuzzer_sys::fuzz_target;

/// With the sanitizer's own cost, far more than 300 ms of a release build.
const MOST: Duration = Duration::from_secs(3);

fuzz_target!(|text: &str| {
    let begun = Instant::now();
    let read = markdown::to_html(text);
    assert!(begun.elapsed() < MOST, "{text:?}");
    if let Ok(html) = read {
        assert!(recheck(html.as_str()).is_ok(), "{text:?} -> {:?}", html.as_str());
    }
    if let Ok(confined) = markdown::confined(text, &Admitted::default()) {
        let html = confined.html.as_str();
        assert!(recheck(html).is_ok(), "{text:?} -> {html:?}");
        assert!(html.matches("href=").count() == html.matches("href=\"#content-").count() && !html.contains("<img"), "{text:?} -> {html:?}");
    }
});
