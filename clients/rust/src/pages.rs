//! Lists as streams: page after page, by the cursor of each answer.

use std::collections::VecDeque;

use futures_util::{Stream, stream};
use galley_api::page::Page;
use serde::de::DeserializeOwned;

use crate::{call::Call, client::Client, error::Error};

struct Pages<T> {
    items: VecDeque<T>,
    next: Next,
}

enum Next {
    First,
    At(String),
    Nothing,
}

impl Client {
    /// Every item of a list, asked for page by page as they are taken. A page may be short or empty before the last.
    pub fn list<'a, T: DeserializeOwned + 'a>(&'a self, call: Call) -> impl Stream<Item = Result<T, Error>> + 'a {
        let begin = Pages { items: VecDeque::new(), next: Next::First };
        stream::try_unfold((begin, call), async move |(mut pages, call)| {
            loop {
                if let Some(item) = pages.items.pop_front() {
                    return Ok(Some((item, (pages, call))));
                }
                let page = match &pages.next {
                    Next::Nothing => return Ok(None),
                    Next::First => call.clone(),
                    Next::At(cursor) => call.clone().query("cursor", cursor),
                };
                let page: Page<T> = self.read(&page).await?;
                pages.next = page.next_cursor.map_or(Next::Nothing, Next::At);
                pages.items = page.data.into();
            }
        })
    }
}
