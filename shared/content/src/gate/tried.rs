//! What the tests of detectors share: a whole text is tried, so that nothing else speaks against it either.

use super::{GateInput, findings};
use crate::{blockers::Blocker, markdown};

/// The blockers of a text in Markdown under its topic.
pub(super) fn found(language: &str, topic: &str, markdown: &str) -> Vec<Blocker> {
    let html = markdown::to_html(markdown).unwrap();
    let language = language.parse().unwrap();
    let found = findings(&GateInput { html: &html, title: topic, topic, language, sources: &[] });
    found.into_iter().map(|finding| finding.blocker).collect()
}

/// A text about bees and one about trams, a sentence each.
pub(super) const BEES: [&str; 10] = [
    "A hive of bees wakes in March, when the willow blooms and the keeper hears it hum.",
    "The keeper lifts the lid of the hive only when the bees fly and the frames are warm.",
    "Brood frames belong in the middle of the hive, and honey frames at its walls.",
    "A queen that lays well fills a brood frame from the middle to its edge.",
    "Bees swarm in May when the brood has no room and the queen has grown old.",
    "The keeper catches a swarm in a box and gives it a hive with empty frames.",
    "Honey is ripe when the bees have closed its cells with wax from edge to edge.",
    "The keeper spins honey out of the frames and gives the wax back to the bees.",
    "Mites live in closed brood, so the keeper counts them on a board under the hive.",
    "In October the bees need a heavy hive, a dry lid and a queen that is young.",
];
