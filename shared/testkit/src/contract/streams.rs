//! Open streams, and the tickets that open them.

use galley_domain::{
    access::{
        role::Role,
        streams::{Holder, Opened, StreamSlot},
        tickets::{Bearer, Proof, Ticket, TicketId},
    },
    kernel::ids::{KeyId, SessionId},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    build::{a_task, principal, subject},
    contract::{steps::later, store::Store},
};

pub(super) async fn holds_for(store: &impl Store) {
    a_place_is_held_until_it_is_given_back_or_its_time_is_over(store).await;
    many_at_once_take_no_more_places_than_there_are(store).await;
    whoever_lost_the_answer_holds_no_second_place(store).await;
    a_ticket_is_taken_once(store).await;
    of_many_who_show_a_ticket_at_once_one_gets_it(store).await;
}

fn holder(name: &str) -> Holder {
    let mut principal = principal(Role::Viewer);
    principal.subject = subject(name);
    Holder::of(&principal)
}

async fn opened(store: &impl Store, of: &Holder, most: u32, now: i64, until: i64) -> Result<StreamSlot, Timestamp> {
    match store.open_stream(of, most, later(now), later(until)).await.unwrap() {
        Opened::Taken(place) => Ok(place),
        Opened::Full { free_at } => Err(free_at),
    }
}

async fn a_place_is_held_until_it_is_given_back_or_its_time_is_over(store: &impl Store) {
    let ana = holder("streams-ana");
    let first = opened(store, &ana, 2, 0, 30).await.unwrap();
    let second = opened(store, &ana, 2, 0, 60).await.unwrap();
    assert_ne!(first.number, second.number);
    assert_eq!(opened(store, &ana, 2, 1, 90).await, Err(later(30)), "the first is free again then");
    opened(store, &holder("streams-ben"), 1, 1, 90).await.unwrap();
    store.close_stream(&first).await.unwrap();
    let third = opened(store, &ana, 2, 2, 90).await.unwrap();
    assert_eq!(third.number, first.number);
    // Its time is over, and whoever held it gives back nothing that is another's by now.
    let fourth = opened(store, &ana, 2, 60, 99).await.unwrap();
    assert_eq!(fourth.number, second.number);
    store.close_stream(&second).await.unwrap();
    store.close_stream(&first).await.unwrap();
    assert_eq!(opened(store, &ana, 2, 61, 120).await, Err(later(90)));
}

async fn many_at_once_take_no_more_places_than_there_are(store: &impl Store) {
    let of = holder("streams-many");
    let tries: Vec<_> = (0..12).map(|at| opened(store, &of, 3, 0, 30 + at)).collect();
    let taken: Vec<StreamSlot> = futures_util::future::join_all(tries).await.into_iter().flatten().collect();
    let mut numbers: Vec<u32> = taken.iter().map(|place| place.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(!taken.is_empty() && taken.len() <= 3 && numbers.len() == taken.len(), "{taken:?}");
    assert!(numbers.iter().all(|number| *number < 3));
}

async fn whoever_lost_the_answer_holds_no_second_place(store: &impl Store) {
    let of = holder("streams-lost");
    let until = |nanoseconds| later(30) + SignedDuration::from_nanos(nanoseconds);
    let open = async |until| match store.open_stream(&of, 2, later(0), until).await.unwrap() {
        Opened::Taken(place) => Some(place),
        Opened::Full { .. } => None,
    };
    let first = open(until(1)).await.unwrap();
    assert_eq!(open(until(1)).await, Some(first.clone()), "the same call, made again");
    // Another of the same millisecond is another.
    let second = open(until(2)).await.unwrap();
    assert_ne!(first.number, second.number);
    assert_eq!(open(until(3)).await, None);
    store.close_stream(&first).await.unwrap();
    assert_eq!(open(until(3)).await.map(|place| place.number), Some(first.number));
}

fn ticket(number: u8, proof: Proof) -> (TicketId, Ticket) {
    let id = TicketId::of(&format!("galley_ticket_{}", format!("{number:02x}").repeat(32))).unwrap();
    let bearer = Bearer::of(&principal(Role::Viewer), proof);
    (id, Ticket { task: a_task().number(1).accepted().task.id, bearer, expires_at: later(30) })
}

async fn a_ticket_is_taken_once(store: &impl Store) {
    let session = SessionId::new("a".repeat(64)).unwrap();
    let proof = Proof::Token { session: Some(session), expires_at: later(900) };
    let (id, ticket) = ticket(1, proof);
    assert_eq!(store.take_ticket(&id).await.unwrap(), None, "there is none");
    store.keep_ticket(&id, &ticket).await.unwrap();
    assert_eq!(store.take_ticket(&id).await.unwrap(), Some(ticket.clone()));
    assert_eq!(store.take_ticket(&id).await.unwrap(), None, "it was used");
}

async fn of_many_who_show_a_ticket_at_once_one_gets_it(store: &impl Store) {
    let (id, ticket) = ticket(2, Proof::Key(KeyId::of("galley_of-ana")));
    store.keep_ticket(&id, &ticket).await.unwrap();
    let tries = (0..8).map(|_| store.take_ticket(&id));
    let taken = futures_util::future::join_all(tries).await;
    assert_eq!(taken.into_iter().filter_map(Result::unwrap).collect::<Vec<_>>(), [ticket]);
}
