//! A token bucket for each route, as API Gateway keeps one: `rate` a second, `burst` at once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use crate::template::{Route, Throttle};

#[derive(Debug, Default)]
pub(super) struct Throttles {
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Throttles {
    pub(super) fn admit(&self, route: &Route) -> bool {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = || Bucket { tokens: f64::from(route.throttle.burst), filled: now };
        buckets.entry(route.key.clone()).or_insert_with(full).take(route.throttle, now)
    }
}

impl Bucket {
    fn take(&mut self, throttle: Throttle, now: Instant) -> bool {
        let gained = now.duration_since(self.filled).as_secs_f64() * f64::from(throttle.rate);
        self.tokens = (self.tokens + gained).min(f64::from(throttle.burst));
        self.filled = now;
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_admitted_and_refilled_at_the_rate() {
        let (throttle, start) = (Throttle { rate: 2, burst: 3 }, Instant::now());
        let mut bucket = Bucket { tokens: 3.0, filled: start };
        let admitted = (0..5).filter(|_| bucket.take(throttle, start)).count();
        assert_eq!(admitted, 3);
        assert!(!bucket.take(throttle, start + Duration::from_millis(400)));
        assert!(bucket.take(throttle, start + Duration::from_millis(600)));
    }
}
