//! Keeps dead letters across restarts: written to the data folder at a stop, sent to their queue again at the next start.
//! Nothing else would restore them, because no due item refers to them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{error::StackError, folder::Folder, parts::Parts, pumps::Queue, template::Template};

const FILE: &str = "dead-letters.json";

type Letters = BTreeMap<String, Vec<Value>>;

pub(crate) async fn keep(template: &Template, parts: &Parts, folder: &Folder) -> Result<(), StackError> {
    let mut letters = Letters::new();
    for (queue, _) in template.queues.iter().filter_map(|queue| queue.redrive.as_ref()) {
        let found = Queue::new(parts, queue).peek().await.map_err(failed)?;
        if !found.is_empty() {
            letters.insert(queue.clone(), found);
        }
    }
    Ok(folder.write(FILE, &letters)?)
}

pub(crate) async fn restore(template: &Template, parts: &Parts, folder: &Folder) -> Result<(), StackError> {
    let letters: Letters = folder.read(FILE)?.unwrap_or_default();
    for (queue, messages) in &letters {
        // The letters of a queue that is no longer in the template stay in the file until it is rewritten.
        if template.queues.iter().any(|known| known.id == *queue) {
            for message in messages {
                Queue::new(parts, queue).restore(message).await.map_err(failed)?;
            }
        }
    }
    Ok(())
}

const fn failed(why: String) -> StackError {
    StackError::Part { what: "dead letters", why }
}
