//! Who is to see to a task: an attribute of its own within `META`, which no move writes.

use galley_domain::{
    kernel::{error::StoreError, ids::Subject},
    task::{
        assigning::{Assigning, AssignmentStore},
        assignment::Assignment,
        record::Task,
    },
};

use crate::dynamodb::{
    errors::met,
    items::{self, n, s},
    keys,
    table::Table,
    task::{
        shapes::StoredAssignment,
        transaction::{Part, Transaction},
    },
};

const ASSIGN: &str = "SET #times.#assigned = :assigned";
const FIRST: &str = "#state = :state AND attribute_not_exists(#times.#assigned)";
const NEXT: &str = "#state = :state AND #times.#assigned.#number = :was";
const THEIRS: &str = "#times.#assigned.#assignee = :subject";

impl AssignmentStore for Table {
    async fn assign(&self, assigning: &Assigning) -> Result<bool, StoreError> {
        let Assigning { task, event } = assigning;
        let mut transaction = Transaction::new(&self.name);
        transaction.assignment(task)?;
        transaction.event(task, event)?;
        for subject in assigning.names() {
            transaction.link(task, subject)?;
        }
        self.write(transaction).await
    }
}

impl Transaction<'_> {
    fn assignment(&mut self, task: &Task) -> Result<(), StoreError> {
        let (pk, sk) = keys::task(&task.id);
        let assigned = items::to_value("assignment", &StoredAssignment::from(&task.assignment))?;
        let update = aws_sdk_dynamodb::types::Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(ASSIGN)
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#times", "times")
            .expression_attribute_names("#assigned", "assigned")
            .expression_attribute_values(":state", s(task.state.name()))
            .expression_attribute_values(":assigned", assigned);
        let was = task.assignment.number.saturating_sub(1);
        let update = if was == 0 {
            update.condition_expression(FIRST)
        } else {
            update
                .condition_expression(NEXT)
                .expression_attribute_names("#number", "number")
                .expression_attribute_values(":was", n(was))
        };
        self.update(Part::Task, update)
    }
}

impl Table {
    /// What the subject is to see to is nobody's from now on.
    pub(crate) async fn erase_assignee(&self, task: &Task, subject: &Subject) -> Result<(), StoreError> {
        let Assignment { assignee: Some(assignee), number } = &task.assignment else { return Ok(()) };
        if assignee != subject {
            return Ok(());
        }
        let nobody = StoredAssignment::from(&Assignment { assignee: None, number: number + 1 });
        let erased = self
            .update(keys::task(&task.id))
            .update_expression(ASSIGN)
            .condition_expression(THEIRS)
            .expression_attribute_names("#times", "times")
            .expression_attribute_names("#assigned", "assigned")
            .expression_attribute_names("#assignee", "assignee")
            .expression_attribute_values(":assigned", items::to_value("assignment", &nobody)?)
            .expression_attribute_values(":subject", s(subject.as_str()))
            .send()
            .await;
        met(erased).map(|_| ())
    }
}
