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

    /// A number, 0 when it is not given or negative.
    ///
    /// # Errors
    /// 400 for what is no number.
    pub(crate) fn number(&self, key: &str) -> Result<u64, Status> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(0);
        }
        let invalid = |_| Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
        text.parse::<i64>().map(|number| number.max(0).unsigned_abs()).map_err(invalid)
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
        let (option, problem) = match (is_watch, streams, rule) {
            (false, true, _) => ("sendInitialEvents", "Forbidden: sendInitialEvents is forbidden for list"),
            (false, false, "") | (true, false, "") | (true, true, "NotOlderThan") => return Ok(()),
            (false, false, rule) => return self.check_match(rule),
            (true, true, _) => {
                (MATCH, "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
            }
            (true, false, _) => (
                MATCH,
                "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ),
        };
        Err(invalid_option(option, problem))
    }

    fn check_match(&self, rule: &str) -> Result<(), Status> {
        let problem = match (rule, self.text("resourceVersion")) {
            (_, "") => {
                "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided".to_owned()
            }
            ("Exact", "0") => {
                "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"".to_owned()
            }
            ("Exact" | "NotOlderThan", _) => return Ok(()),
            (other, _) => {
                format!("Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\", \"\"")
            }
        };
        Err(invalid_option(MATCH, &problem))
    }
}

const MATCH: &str = "resourceVersionMatch";

/// A refused option of a list or watch.
pub(crate) fn invalid_option(option: &str, problem: &str) -> Status {
    Status::invalid("meta.k8s.io", "ListOptions", "", option, problem)
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
