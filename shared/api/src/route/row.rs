//! What a row of the table of routes says of its query, and of its throttle.

/// The query parameters of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Anything else is refused by its name.
    Only(&'static [Parameter]),
    /// Other parameters are allowed: a client must ignore those that an OAuth provider adds (RFC 6749, 4.1.2).
    Any(&'static [Parameter]),
}

/// A parameter's name and its description.
pub type Parameter = (&'static str, &'static str);

impl Query {
    /// The documented parameters.
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Only(parameters) | Self::Any(parameters) => parameters,
        }
    }
}

/// How many requests a second the gateway lets through, of all callers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The template's default for all routes.
    Usual,
    /// A rate, and how many may come at once.
    PerSecond(u32, u32),
}

impl Throttle {
    /// The rate, and how many may come at once, where a deployment sets no other numbers.
    pub const fn usually(self) -> (u32, u32) {
        match self {
            Self::Usual => (50, 100),
            Self::PerSecond(rate, burst) => (rate, burst),
        }
    }
}

pub(super) const LIMIT: Parameter = ("limit", "1 to 100, 20 by default");
pub(super) const CURSOR: Parameter = ("cursor", "The `next_cursor` of the page before");
pub(super) const NONE: Query = Query::Only(&[]);
/// What a list of tasks takes.
pub(super) const LISTED: &[Parameter] = &[
    LIMIT,
    CURSOR,
    (
        "status",
        "Only tasks in these states, with commas between them; `open` is pending, generating, awaiting_approval, approved and failed",
    ),
    ("task_type", "Only tasks of this type"),
    ("tag", "Only tasks with this tag"),
    ("author", "Only what this subject has asked for"),
    ("assignee", "Only what this subject is to see to; `me` is the caller, `none` is nobody"),
    ("created_from", "Only what was created at this time or on this day (UTC) or later"),
    ("created_to", "Only what was created before this time, or on this day (UTC) or earlier"),
    ("q", "Only tasks with each of these words, or parts of words, in title or topic"),
    (
        "sort",
        "By time, score or cost; `-` puts the highest or newest first. Tasks without a score come last. Only where all tasks that are asked for are open: a list with others is by time, the newest first, and `sorted_by` says so",
    ),
    ("counts", "`open`: the tasks of every open state are counted, whatever `status` says"),
];
/// What a list of acts takes.
pub(super) const ACTS: &[Parameter] = &[
    LIMIT,
    CURSOR,
    ("actor", "Only what this subject did"),
    ("key", "Only what was done with this API key, by its id; pages may be short"),
    ("what", "Only acts of this kind; pages may be short"),
    ("since", "Only what was done at this time or on this day (UTC) or later"),
    ("until", "Only what was done before this time, or on this day (UTC) or earlier"),
];
pub(super) const PAGE: Query = Query::Only(&[LIMIT, CURSOR]);
