//! People who sign in. The identity provider says who they are; an admin sets their role.

use galley_domain::{
    access::people::{NewPerson, Person, PersonStore},
    agents::cast,
    kernel::{clock::Clock, ids::Subject},
};
use galley_edge::{
    api::PersonView,
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// Admits a person or changes their role. Takes effect with their next token, within fifteen minutes.
    pub(super) async fn put_person(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let subject = call.path_parameter("subject").unwrap_or_default().parse::<Subject>();
        let subject = subject.map_err(|rule| ApiError::invalid("subject", rule.to_string()))?;
        let asked: NewPerson = body::parse(call.json_bytes()?)?;
        let groups = match asked.groups {
            Some(groups) => groups,
            // Whoever does not know of groups takes none away.
            None => cast::groups_of(&self.store, &by.tenant, &subject).await?,
        };
        let person = Person {
            subject,
            tenant: by.tenant.clone(),
            role: asked.role,
            display_name: asked.display_name,
            groups,
            added_at: self.clock.now(),
            added_by: by.subject.clone(),
        };
        self.recording(call, &by.tenant, &person.subject)?.put_person(&person).await?;
        tracing::info!(subject = %person.subject, role = person.role.name(), by = %by.subject, "a person was let in");
        Ok(Reply::json(200, &PersonView::from(person)))
    }

    pub(super) async fn list_people(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let scope = format!("people/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let page = self.store.people(tenant, call.limit()?, after).await?;
        self.cursors.page(page.map(PersonView::from), &scope).await
    }

    /// The person gets no new token. A token that they have stays valid for at most fifteen minutes.
    pub(super) async fn remove_person(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let subject: Subject = call.named("subject")?;
        let removed = self.recording(call, &by.tenant, &subject)?.remove_person(&by.tenant, &subject).await;
        if !removed? {
            return Err(ApiError::new(Problem::NotFound));
        }
        tracing::info!(%subject, by = %by.subject, "a person was let go");
        Ok(Reply::empty(204))
    }
}
