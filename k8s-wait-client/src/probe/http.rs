//! HTTP: [`Http::get`].

use std::io::Read;
use std::str::FromStr;
use std::time::Duration;

use k8s_wait_target::{Options, Statuses};
use ureq::Agent;
use ureq::http::Uri;

use super::{late, renamed};
use crate::agent::agent;
use crate::lookup::Lookup;
use crate::tls::Roots;
use crate::trouble::Trouble;

/// How much of a body is searched for a text.
const LONGEST_BODY: u64 = 1024 * 1024;

/// A URL and what its response has to be.
pub(super) struct Http {
    agent: Agent,
    url: Uri,
    status: Statuses,
    contains: Option<String>,
    bound: Duration,
}

impl Http {
    /// A new connection is made for each request. Redirects are not followed: what they answer is a status like any
    /// other. `None` for a text that is no URL.
    pub(super) fn new(url: &str, options: &Options, bound: Duration, roots: &Roots) -> Option<Self> {
        let url = Uri::from_str(url).ok()?;
        let agent = agent(Lookup::of(&url), roots, |config| config.timeout_global(Some(bound)));
        let (status, contains) = (options.status.clone().unwrap_or_default(), options.contains.clone());
        Some(Self { agent, url, status, contains, bound })
    }

    /// Asks once: the status has to be accepted and the body has to hold the text, all within the connect timeout.
    pub(super) fn get(&self) -> Result<(), Trouble> {
        let mut response = self.agent.get(&self.url).call().map_err(|error| self.why(&error, "no answer"))?;
        let status = response.status().as_u16();
        if !self.status.contains(status) {
            let message = format!("status {status} where {} is wanted", self.status);
            return Err(Trouble::new("UnexpectedStatus", message));
        }
        match &self.contains {
            Some(text) => self.search(response.body_mut().as_reader(), text),
            None => Ok(()),
        }
    }

    /// Reads until the text has come, for many a body has no end.
    fn search(&self, body: impl Read, text: &str) -> Result<(), Trouble> {
        match find(body.take(LONGEST_BODY), text.as_bytes()) {
            Ok(None) => Ok(()),
            Ok(Some(read)) => {
                let what =
                    if read < LONGEST_BODY as usize { "body does" } else { "first 1 MiB of the body do" };
                Err(Trouble::new("TextNotFound", format!("the {what} not contain {text:?}")))
            }
            Err(error) => {
                let error = ureq::Error::from(error);
                Err(self.why(&error, &format!("neither {text:?} nor the end of the body")))
            }
        }
    }

    fn why(&self, error: &ureq::Error, missing: &str) -> Trouble {
        match error {
            ureq::Error::Timeout(_) => late(missing, self.bound),
            other => renamed(Trouble::of(other)),
        }
    }
}

/// How much was read to the end without finding the text; `None` when it is there.
fn find(mut body: impl Read, text: &[u8]) -> std::io::Result<Option<usize>> {
    let (mut read, mut tail, mut chunk) = (0, Vec::<u8>::new(), [0; 4096]);
    loop {
        let length = body.read(&mut chunk)?;
        if length == 0 {
            return Ok(Some(read));
        }
        read += length;
        tail.extend(chunk.iter().take(length));
        if tail.windows(text.len()).any(|window| window == text) {
            return Ok(None);
        }
        // The text may have begun in what has come.
        tail.drain(..tail.len().saturating_sub(text.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that comes a few bytes at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = buffer.len().min(3);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn a_text_is_found_wherever_it_is_cut() {
        for (body, text, missing) in [
            ("all is well", "well", None),
            ("all is well", "is w", None),
            ("well", "well", None),
            ("all is wel", "well", Some(10)),
            ("wewewell", "well", None),
            ("", "x", Some(0)),
        ] {
            assert_eq!(find(Slow(body.as_bytes()), text.as_bytes()).unwrap(), missing, "{body}");
        }
    }

    #[test]
    fn a_body_without_an_end_is_read_until_the_text_is_there() {
        let body = (&b"ok"[..]).chain(std::io::repeat(b'x'));
        assert_eq!(find(body, b"ok").unwrap(), None);
    }
}
