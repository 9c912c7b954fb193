//! The parameters of a request: [`Query`], decoded as the API server decodes them.

use percent_encoding::percent_decode_str;

use crate::status::Status;

/// The decoded parameters of a URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Query(pairs.map(|(key, value)| (decode(key), decode(value))).collect())
    }

    /// The first value of a parameter, or an empty text.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0.iter().find(|(other, _)| other == key).map_or("", |(_, value)| value)
    }

    pub(crate) fn is_set(&self, key: &str) -> bool {
        !self.text(key).is_empty()
    }

    /// A boolean as the API reads it: present and neither `0` nor `false`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        let given = self.0.iter().find(|(other, _)| other == key);
        given.is_some_and(|(_, value)| value != "0" && !value.eq_ignore_ascii_case("false"))
    }

    /// # Errors
    /// 400 for what is no number.
    pub(crate) fn number(&self, key: &str) -> Result<u64, Status> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(0);
        }
        let invalid = |_| Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
        text.parse().map_err(invalid)
    }

    /// The resourceVersion, where one is given.
    ///
    /// # Errors
    /// 400 for what is no number.
    pub(crate) fn resource_version(&self) -> Result<Option<u64>, Status> {
        let text = self.text("resourceVersion");
        let invalid = |_| {
            Status::bad_request(format!(
                "invalid resource version: resourceVersion: Invalid value: {text:?}: \
                 strconv.ParseUint: parsing {text:?}: invalid syntax"
            ))
        };
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(invalid) }
    }

    /// Refuses combinations that make no sense, with the texts of `ListOptions` validation.
    pub(crate) fn check_list_options(&self, is_watch: bool) -> Result<(), Status> {
        let rule = self.text("resourceVersionMatch");
        let streams = self.is_set("sendInitialEvents");
        let problem = match (is_watch, streams, rule) {
            (false, true, _) => ("sendInitialEvents", "sendInitialEvents is forbidden for list"),
            (false, false, "") | (true, false, "") | (true, true, "NotOlderThan") => return Ok(()),
            (false, false, "Exact" | "NotOlderThan") if self.is_set("resourceVersion") => return Ok(()),
            (false, false, _) => (
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ),
            (true, true, _) => (
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ),
            (true, false, _) => (
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ),
        };
        Err(forbidden_option(problem.0, problem.1))
    }
}

/// A refused option of a list or watch.
pub(crate) fn forbidden_option(option: &str, problem: &str) -> Status {
    Status::invalid("meta.k8s.io", "ListOptions", "", option, &format!("Forbidden: {problem}"))
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
