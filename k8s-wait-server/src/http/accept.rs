//! What kind of answer the caller reads: [`wants_lines`].

/// Does the Accept header ask for `application/x-ndjson`?
pub(super) fn wants_lines(accept: Option<String>) -> bool {
    let accept = accept.unwrap_or_default();
    accept.split(',').any(|range| {
        let media_type = range.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("application/x-ndjson")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sent_to_those_who_ask_for_them() {
        let wants = |accept: &str| wants_lines(Some(accept.to_owned()));
        assert!(wants("application/x-ndjson"));
        assert!(wants("application/json, Application/X-NDJSON;q=0.9"));
        assert!(!wants("application/json"));
        assert!(!wants("*/*"));
        assert!(!wants_lines(None));
    }
}
