//! Which trace a request belongs to.

use galley_domain::kernel::ids::{TraceId, uuid_from};
use jiff::Timestamp;

#[derive(Debug)]
pub struct Trace {
    pub id: TraceId,
    /// The span that asks, if the client names one.
    pub parent: Option<String>,
}

/// The client's W3C trace, X-Ray's, or one made of this request's own id.
pub fn of<'a>(header: impl Fn(&str) -> Option<&'a str>, request_id: &str) -> Trace {
    let w3c = || {
        let mut parts = header("traceparent")?.split('-').skip(1);
        let id = TraceId::new(parts.next()?).ok()?;
        let is_span = |part: &&str| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Trace { id, parent: parts.next().filter(is_span).map(str::to_owned) })
    };
    let xray = || {
        let root = header("x-amzn-trace-id")?.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
        Some(Trace { id: TraceId::new(root.strip_prefix("1-")?.replace('-', "")).ok()?, parent: None })
    };
    w3c().or_else(xray).unwrap_or_else(|| {
        let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
        let seed = request_id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Trace { id: TraceId::from_uuid(uuid_from(now, seed)), parent: None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_trace_is_followed() {
        let of = |name: &'static str, value: &str| {
            let Trace { id, parent } = of(|asked| (asked == name).then_some(value), "request");
            (id.as_str().to_owned(), parent)
        };
        let w3c = "4bf92f3577b34da6a3ce929d0e0e4736";
        let (id, parent) = of("traceparent", &format!("00-{w3c}-00f067aa0ba902b7-01"));
        assert_eq!((id.as_str(), parent.as_deref()), (w3c, Some("00f067aa0ba902b7")));
        let (id, parent) = of("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678;Sampled=1");
        assert_eq!((id.as_str(), parent), ("67891233abcdef012345678912345678", None));
        let made = of("traceparent", "00-XYZ-1-01").0;
        assert!(TraceId::new(made.clone()).is_ok() && made != w3c);
    }
}
