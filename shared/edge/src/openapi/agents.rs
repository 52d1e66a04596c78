//! The operations of agents and their prompts.

use galley_api::agent::{AgentPatch, AliasMove, LabelMove, NewAgent, NewPrompt};
use serde_json::json;

use super::operation::{MATCH, Operation};
use crate::api::{AgentLines, AgentList, AgentView, PromptView};

const TAG: &str = "agents";

pub(super) fn lines() -> Operation {
    Operation::of(TAG).answer::<AgentLines>(200, "AgentLines", "The system's, then the tenant's own that you may name")
}

pub(super) fn make() -> Operation {
    Operation::of(TAG)
        .body::<NewAgent>(
            "NewAgent",
            json!({"aliases": ["house-style"], "display_name": "House style", "phases": ["draft", "refine"]}),
        )
        .answer::<AgentView>(201, "Agent", "The agent; `Location` is where it is")
        .sends(&["ETag", "Location"])
        .keyed(&[409, 422])
}

pub(super) fn all() -> Operation {
    Operation::of(TAG).answer::<AgentList>(200, "AgentList", "The tenant's own agents, the oldest first")
}

pub(super) fn get() -> Operation {
    Operation::of(TAG).answer::<AgentView>(200, "Agent", "The agent").sends(&["ETag"]).problems(&[404])
}

pub(super) fn patch() -> Operation {
    Operation::of(TAG)
        .body::<AgentPatch>("AgentPatch", json!({"groups": ["brand"]}))
        .headers(&[MATCH])
        .answer::<AgentView>(200, "Agent", "The agent as it is now")
        .sends(&["ETag"])
        .problems(&[404, 409, 412])
}

pub(super) fn remove() -> Operation {
    Operation::of(TAG)
        .headers(&[MATCH])
        .says(204, "Removed, with its prompts and aliases. Texts say by which version they were written all the same")
        .problems(&[404, 409, 412])
}

pub(super) fn make_prompt() -> Operation {
    Operation::of(TAG)
        .body::<NewPrompt>("NewPrompt", json!({"note": "Shorter sentences", "text": "Write as we speak: short sentences, no jargon, never \"leverage\"."}))
        .answer::<PromptView>(201, "Prompt", "The version, without its text; `Location` is where it is")
        .sends(&["Location"])
        .keyed(&[404, 409, 422])
}

pub(super) fn list_prompts() -> Operation {
    Operation::of(TAG).page::<PromptView>("PromptPage", "A page of versions, the newest first").problems(&[404])
}

pub(super) fn get_prompt() -> Operation {
    Operation::of(TAG).answer::<PromptView>(200, "Prompt", "The version").problems(&[404])
}

pub(super) fn move_label() -> Operation {
    Operation::of(TAG)
        .body::<LabelMove>("LabelMove", json!({"reason": "Reads better in the trial", "version": 1}))
        .headers(&[MATCH])
        .answer::<AgentView>(200, "Agent", "The agent as it is now")
        .sends(&["ETag"])
        .problems(&[404, 409, 412])
}

pub(super) fn move_alias() -> Operation {
    Operation::of(TAG)
        .body::<AliasMove>("AliasMove", json!({"reason": "The new one takes over"}))
        .headers(&[MATCH])
        .answer::<AgentView>(200, "Agent", "The agent as it is now")
        .sends(&["ETag"])
        .problems(&[404, 409, 412])
}

pub(super) fn remove_alias() -> Operation {
    Operation::of(TAG).headers(&[MATCH]).says(204, "Nobody has it now").problems(&[404, 409, 412])
}
