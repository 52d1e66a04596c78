//! Exports and erasures.

use galley_domain::{
    access::limits::QuotaDay,
    kernel::ids::JobId,
    privacy::jobs::{First, Job, JobKind, Made},
    task::{
        audit::{Actor, Context},
        revision::Author,
        store::Change,
    },
};
use uuid::Uuid;

use crate::{
    build::{a_task, change, context, revision, subject, tenant, trace},
    contract::{
        steps::{due_of, later, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    who_is_named_is_linked_and_can_be_erased(store).await;
    the_tasks_of_somebody_are_read_from_either_end(store).await;
    a_job_is_kept_over_what_was_read(store).await;
}

async fn the_tasks_of_somebody_are_read_from_either_end(store: &impl Store) {
    let (of, eve) = (tenant("ends"), subject("eve"));
    let mut made = Vec::new();
    for nth in 0..3 {
        let accepted = a_task().of("ends").by("eve").at(later(nth)).accepted();
        made.push(accepted.task.id.clone());
        store.accept(accepted).await.unwrap();
    }
    made.sort();
    for first in [First::Oldest, First::Newest] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = store.tasks_of(&of, &eve, first, 2, after).await.unwrap();
            assert!(page.items.len() <= 2, "{first:?}");
            read.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, made, "{first:?}");
        made.reverse();
    }
}

async fn who_is_named_is_linked_and_can_be_erased(store: &impl Store) {
    let (of, ana, ben, nobody) = (tenant("privacy"), subject("ana"), subject("ben"), subject("erased-1"));
    let cleo = subject("cleo");
    let accepted = a_task().of("privacy").by("ana").at(later(0)).accepted();
    let id = accepted.task.id.clone();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let tasks = async |who: &_| store.tasks_of(&of, who, First::Oldest, 10, None).await.unwrap().items;
    assert_eq!(tasks(&ana).await, std::slice::from_ref(&id));
    assert!(
        tasks(&ben).await.is_empty()
            && store.tasks_of(&tenant("rival"), &ana, First::Oldest, 10, None).await.unwrap().items.is_empty()
    );

    // A worker has it: nothing is erased now.
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert!(!store.erase_from_task(&id, &ana, &nobody).await.unwrap());
    // Held, it may rest so for long, and nobody has it.
    let held = Change::new(generating.stamp(), generating.held(later(2)), Vec::new());
    let generating = held.task.clone();
    store.commit(held).await.unwrap();
    assert!(store.erase_from_task(&id, &cleo, &nobody).await.unwrap());

    let written = revision(1, "A title", later(2));
    let drafted = change(&generating, generating.drafted(&written, &context(later(2))).unwrap());
    let drafted = Change { revision: Some(written), ..drafted };
    let waiting = drafted.task.clone();
    store.commit(drafted).await.unwrap();
    let by_ben = Context { actor: Actor::Person { subject: ben.clone() }, ..context(later(3)) };
    let mut mine = revision(2, "Of ben", later(3));
    mine.author = Author::Person { subject: ben.clone() };
    let mut edited = change(&waiting, waiting.edited(&mine, &by_ben, None).unwrap());
    edited.task.counts_in(&QuotaDay::of(&waiting.tenant, &ben, later(3)));
    store.commit(Change { revision: Some(mine), ..edited }).await.unwrap();
    assert_eq!(tasks(&ben).await, std::slice::from_ref(&id));

    let before = present(store, &task).await.version;
    for _ in 0..2 {
        assert!(store.erase_from_task(&id, &ana, &nobody).await.unwrap());
        assert!(store.erase_from_task(&id, &ben, &nobody).await.unwrap());
    }
    let erased = present(store, &task).await;
    assert_eq!((erased.requested_by, erased.version), (nobody.clone(), before + 1));
    assert!(erased.place.is_none_or(|place| place.subject != ben), "whoever asked for another try is forgotten too");
    let events = store.events(&id, 100, None).await.unwrap().items;
    assert!(events.iter().any(|event| event.actor == Actor::Person { subject: nobody.clone() }));
    assert!(events.iter().all(|event| event.actor != Actor::Person { subject: ben.clone() }));
    let revisions = store.revisions(&id, 10, None).await.unwrap().items;
    assert!(
        revisions.iter().any(|one| one.author == Author::Person { subject: nobody.clone() } && one.title == "Of ben")
    );
    store.unlink(&of, &ben, &id).await.unwrap();
    store.unlink(&of, &ben, &id).await.unwrap();
    assert!(tasks(&ben).await.is_empty());
}

async fn a_job_is_kept_over_what_was_read(store: &impl Store) {
    let job = Job {
        id: JobId::from_uuid(Uuid::nil()),
        tenant: tenant("jobs"),
        kind: JobKind::Export,
        subject: subject("ana"),
        pseudonym: subject("erased-1"),
        requested_by: subject("ben"),
        begun: false,
        tasks: 0,
        parts: 0,
        after: None,
        left: 0,
        created_at: later(0),
        completed_at: None,
        failed_at: None,
        due_at: Some(later(30)),
        version: 1,
        trace_id: trace(),
    };
    assert_eq!(store.job(&job.id).await.unwrap(), None);
    store.put_job(&job, None).await.unwrap();
    assert_eq!(store.job(&job.id).await.unwrap(), Some(job.clone()));
    let due = due_of(store, "jobs", later(60)).await;
    assert_eq!((due.len(), &due[0].message), (1, &job.message()));
    let after = store.tasks_of(&job.tenant, &job.subject, First::Oldest, 1, None).await.unwrap().next;
    let done =
        Job { completed_at: Some(later(9)), due_at: None, version: 2, begun: true, parts: 1, after, ..job.clone() };
    assert!(!store.keep_job(&done, 2).await.unwrap());
    assert!(store.keep_job(&done, 1).await.unwrap());
    assert!(!store.keep_job(&done, 1).await.unwrap());
    assert_eq!(store.job(&job.id).await.unwrap(), Some(done));
    assert!(due_of(store, "jobs", later(60)).await.is_empty());
    store.rename_maker(&job.tenant, &Made::Job(job.id.clone()), &subject("ben"), &subject("erased-2")).await.unwrap();
    let renamed = store.job(&job.id).await.unwrap().unwrap();
    assert_eq!((&renamed.requested_by, renamed.version), (&subject("erased-2"), 3), "whoever read it before is behind");
    let listed = store.jobs(&job.tenant, 10, None).await.unwrap().items;
    assert_eq!((listed.len(), &listed[0].id, listed[0].parts), (1, &job.id, 1));
    assert!(store.jobs(&tenant("rival"), 10, None).await.unwrap().items.is_empty());
    assert_eq!(store.part(&job.id, 1).await.unwrap(), None);
    store.put_part(&job, 1, "[1]", later(10)).await.unwrap();
    store.put_part(&job, 1, "[2]", later(11)).await.unwrap();
    assert_eq!(store.part(&job.id, 1).await.unwrap().as_deref(), Some("[2]"));
}
