//! What becomes of one raw answer when nobody but the formulas judges it: read, cleaned, scored and looked at by the gate.

use jiff::Timestamp;

use crate::{
    content::{
        blockers::Finish,
        gate::Finding,
        quality::{Quality, Score},
        removed::What,
    },
    generation::answers,
    task::{
        request::TaskRequest,
        revision::{Author, Manuscript, Revision, Work},
    },
};

#[derive(Clone, Debug)]
pub struct Verdict {
    pub overall: u8,
    /// The scores behind it. None: the answer is of no use.
    pub quality: Option<Quality>,
    /// Codes of blockers; for an answer of no use, why it is of none.
    pub blockers: Vec<String>,
    pub findings: Vec<Finding>,
    /// What was said to whoever asked, and taken off.
    pub removed: Vec<String>,
}

/// Judges `answer`, as a model gave it, to `request`. One without a title of its own has `title`.
pub fn of(answer: &str, title: &str, request: &TaskRequest, bar: Score) -> Verdict {
    let no_use = |reason: String| Verdict {
        overall: 0,
        quality: None,
        blockers: vec![reason],
        findings: Vec::new(),
        removed: Vec::new(),
    };
    let (written, read) = match answers::cleaned(answer, "", request.topic.as_str(), request.task_type) {
        Ok(written) => written,
        Err(reason) => return no_use(reason.to_string()),
    };
    let title = if written.title == request.topic.as_str() { title.to_owned() } else { written.title };
    let manuscript = Manuscript {
        title,
        html: read.html,
        excerpt: None,
        seo: None,
        featured_image: None,
        finish: Finish::Complete,
        author: Author::Outline,
        work: Work { cleaned: read.removed, ..Work::default() },
    };
    match Revision::assessed(1, manuscript, request, bar, Timestamp::UNIX_EPOCH) {
        Ok(revision) => Verdict {
            overall: revision.quality_score.value(),
            quality: Some(revision.quality),
            blockers: revision.blockers.iter().map(|blocker| blocker.code().to_owned()).collect(),
            findings: revision.findings,
            removed: written.removed.into_iter().filter(|one| one.what == What::Chatter).map(|one| one.text).collect(),
        },
        Err(reason) => no_use(reason.to_string()),
    }
}
