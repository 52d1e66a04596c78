//! A clock that stands still until it is moved. Sleeping waits for it to be moved far enough.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use galley_domain::kernel::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<AtomicI64>,
    moved: Arc<watch::Sender<()>>,
    drawn: Arc<AtomicU64>,
}

impl TestClock {
    pub fn at(time: &str) -> Self {
        let now: Timestamp = time.parse().unwrap();
        Self {
            now: Arc::new(AtomicI64::new(now.as_millisecond())),
            moved: Arc::new(watch::channel(()).0),
            drawn: Arc::default(),
        }
    }

    pub fn advance(&self, by: SignedDuration) {
        self.now.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
        self.moved.send_replace(());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn random(&self) -> [u8; 10] {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        std::array::from_fn(|at| drawn.get(at).copied().unwrap_or(7))
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now() + SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let mut moved = self.moved.subscribe();
        while self.now() < until {
            moved.changed().await.unwrap();
        }
    }
}

/// How long this thread has been on a processor, so that a bound of time holds beside whatever else the machine does. Where the
/// system does not say, the time that has passed since the first look.
pub fn on_processor() -> Duration {
    static FIRST: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| FIRST.elapsed(), Duration::from_nanos)
}
