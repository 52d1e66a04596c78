//! How long to wait before trying again: full jitter, so that those who failed together do not come back together
//! (<https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/>).

use std::time::Duration;

/// The ceiling doubles with each try, from `shortest` up to `longest`; the wait is drawn between `shortest` and it.
pub fn full_jitter(shortest: Duration, longest: Duration, tries: u32, random: [u8; 10]) -> Duration {
    let ceiling = shortest.saturating_mul(1 << tries.min(16)).min(longest);
    let [a, b, ..] = random;
    let share = f64::from(u16::from_be_bytes([a, b])) / f64::from(u16::MAX);
    shortest + ceiling.saturating_sub(shortest).mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_their_bounds() {
        let (shortest, longest) = (Duration::from_secs(10), Duration::from_mins(5));
        for tries in [0, 1, 3, 6, u32::MAX] {
            for random in [[0; 10], [127; 10], [255; 10]] {
                let wait = full_jitter(shortest, longest, tries, random);
                assert!((shortest..=longest).contains(&wait), "{tries}: {wait:?}");
            }
        }
        assert_eq!(full_jitter(shortest, longest, 9, [255; 10]), longest);
        assert_eq!(full_jitter(shortest, longest, 9, [0; 10]), shortest);
    }
}
