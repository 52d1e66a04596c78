//! The message for a refused value: a rule, in the API's words. A library's own message is never passed
//! on, because it names internal types.

/// The rule for `message`, which comes from serde or from one of our own types.
pub(super) fn rule(message: &str) -> String {
    if message.starts_with("must ") {
        return message.to_owned();
    }
    if let Some((_, expected)) = message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    {
        return of_kind(expected).to_owned();
    }
    if let Some((_, expected)) =
        message.strip_prefix("invalid value: ").and_then(|rest| rest.rsplit_once(", expected "))
    {
        return of_range(expected).to_owned();
    }
    if let Some((_, known)) = message.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, expected "))
    {
        let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return format!("must be one of {}", names.join(", "));
    }
    if message.starts_with("UUID ") {
        return "must be a UUID".to_owned();
    }
    "is not valid".to_owned()
}

/// The rule that names the JSON type that was expected.
fn of_kind(expected: &str) -> &'static str {
    match expected {
        "a string" | "string" => "must be a string",
        "a boolean" => "must be true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => "must be a whole number",
        "f32" | "f64" => "must be a number",
        "a formatted UUID string" => "must be a UUID",
        other if other.starts_with("a sequence") || other.starts_with("a tuple") => "must be an array",
        "an object" => "must be an object",
        other if other.starts_with("a map") || other.starts_with("struct ") => "must be an object",
        other if other.contains("enum") || other.contains("variant") => "must be one of its known values, a string",
        _ => "has the wrong type",
    }
}

fn of_range(expected: &str) -> &'static str {
    match expected {
        "u8" => "must be a whole number from 0 to 255",
        "u16" => "must be a whole number from 0 to 65535",
        "u32" => "must be a whole number from 0 to 4294967295",
        "u64" | "usize" => "must be a whole number from 0 to 18446744073709551615",
        "i8" | "i16" | "i32" | "i64" => "must be a smaller whole number",
        _ => "is not valid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_the_inside_is_told() {
        for said in [
            "data did not match any variant of untagged enum Decimal",
            "failed to parse year in date: four digit integer for year must be within its range",
            "invalid type: string \"x\", expected struct Error with 3 elements",
            "invalid type: map, expected a Timestamp",
            "invalid value: character `x`, expected a nonzero thing",
        ] {
            let told = rule(said);
            assert!(
                ["is not valid", "must be an object", "has the wrong type"].contains(&told.as_str()),
                "{said}: {told}"
            );
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_told_the_right_one() {
        assert_eq!(rule("invalid type: boolean `true`, expected a string"), "must be a string");
        assert_eq!(rule("invalid type: string \"a, expected u8\", expected u32"), "must be a whole number");
        assert_eq!(rule("invalid value: integer `-1`, expected u32"), "must be a whole number from 0 to 4294967295");
        assert_eq!(rule("unknown variant `x`, expected one of `a`, `b`"), "must be one of a, b");
        assert_eq!(rule("must be 0 to 100"), "must be 0 to 100");
    }
}
