//! The parts of a text that is sent and not read on a page: the posts of a thread, the subject and the body of an e-mail, as plain
//! text that whatever sends it can take as it is.

use serde::{Deserialize, Serialize};

use crate::{
    kind::TaskType,
    shape::{Form, Shape},
    typed::{points, readable},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Parts {
    Thread {
        /// In their order. The address of a link stands in brackets after its words.
        posts: Vec<String>,
    },
    Email {
        subject: String,
        /// Plain text, a blank line between paragraphs. The HTML beside it is the same body for who shows HTML.
        body: String,
    },
}

impl Parts {
    /// Of a revision's title and its stored text, which was cleaned when it was stored. An article has none.
    pub fn of(task_type: TaskType, title: &str, stored: &str) -> Option<Self> {
        match Shape::of(task_type).form {
            Form::Article => None,
            Form::Thread { .. } => Some(Self::Thread { posts: points(stored) }),
            Form::Letter => Some(Self::Email { subject: title.to_owned(), body: readable(stored) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::to_html;

    fn parts(task_type: TaskType, markdown: &str) -> Option<Parts> {
        Parts::of(task_type, "A title", to_html(markdown).unwrap().as_str())
    }

    fn posts_of(markdown: &str) -> Vec<String> {
        match parts(TaskType::SocialMedia, markdown) {
            Some(Parts::Thread { posts }) => posts,
            other => panic!("{other:?}"),
        }
    }

    fn body_of(markdown: &str) -> String {
        match parts(TaskType::Email, markdown) {
            Some(Parts::Email { subject, body }) if subject == "A title" => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_article_has_no_parts() {
        assert_eq!(parts(TaskType::BlogPost, "1. One.\n2. Two.\n"), None);
        assert_eq!(parts(TaskType::Newsletter, "Dear reader,\n\nit is here.\n"), None);
    }

    #[test]
    fn a_thread_is_a_list_of_its_posts_as_they_are_sent() {
        let posts = posts_of(
            "1. Stop & **look**.\n2. Read [the docs](https://example.com/docs?a=1&b=2) first.\n3. <https://example.com> #go\n",
        );
        assert_eq!(
            posts,
            ["Stop & look.", "Read the docs (https://example.com/docs?a=1&b=2) first.", "https://example.com #go"]
        );
        assert_eq!(posts_of("No list at all.\n"), Vec::<String>::new());
    }

    #[test]
    fn a_post_keeps_its_paragraphs_and_its_own_list() {
        let posts = posts_of("1. Three things:\n\n   - one\n   - two\n\n   That is all.\n2. The end.\n");
        assert_eq!(posts, ["Three things:\n\n- one\n- two\n\nThat is all.", "The end."]);
    }

    #[test]
    fn an_email_is_a_subject_and_a_body_that_can_be_typed() {
        let body = body_of(
            "Dear reader,\n\nit is here. **[Open it](https://example.com/x)** today:\n\n- one\n- two\n\n3. three\n4. four\n\nLine\\\nbreak.\n\nKind regards,\n",
        );
        assert_eq!(
            body,
            "Dear reader,\n\nit is here. Open it (https://example.com/x) today:\n\n- one\n- two\n\n3. three\n4. four\n\nLine\nbreak.\n\nKind regards,"
        );
        assert_eq!(
            body_of("Write to <ana@example.org> or [us](mailto:us@example.org).\n"),
            "Write to ana@example.org or us (us@example.org)."
        );
        assert_eq!(body_of("    let a = 1;\n      b\n\nEnd.\n"), "let a = 1;\n  b\n\nEnd.");
    }
}
