//! How things stand with the server: [`Connection`].

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::trouble::Trouble;
use crate::wire::CUT;

/// A stream that lasted so long has served: after it, pauses start over.
const SERVED: Duration = Duration::from_secs(10);

/// Where the conversation with the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// There is nothing to ask, or nothing left.
    Absent,
    /// A question is open since then.
    Open(Instant),
    /// The next question waits until then.
    Resting(Instant),
    /// Everything that was asked for was ready, at the moment of that answer.
    Answered,
}

/// The conversation with the server: when to ask again, and whether its troubles were told already.
pub(crate) struct Connection {
    state: State,
    backoff: Backoff,
    trouble: Option<Trouble>,
    /// The reason of the trouble that was told last, since the server was last heard.
    told: Option<&'static str>,
}

impl Connection {
    /// No question yet.
    pub(crate) fn new(random: fn() -> u32) -> Self {
        Self { state: State::Absent, backoff: Backoff::new(random), trouble: None, told: None }
    }

    /// Whether nothing is asked of the server, now or later.
    pub(crate) fn is_absent(&self) -> bool {
        self.state == State::Absent
    }

    /// Whether the last thing heard was that everything is ready.
    pub(crate) fn is_answered(&self) -> bool {
        self.state == State::Answered
    }

    /// When the next question is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.state {
            State::Resting(until) => Some(until),
            _ => None,
        }
    }

    /// Why the server cannot be asked, while it cannot.
    pub(crate) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// A question was put.
    pub(crate) fn open(&mut self, now: Instant) {
        self.state = State::Open(now);
    }

    /// The server has said something. True when people were told of a trouble, so that they hear of its end.
    pub(crate) fn heard(&mut self) -> bool {
        self.trouble = None;
        self.told.take().is_some()
    }

    /// Everything that was asked for is ready.
    pub(crate) fn answered(&mut self) {
        self.backoff.reset();
        self.state = State::Answered;
    }

    /// Nothing is left to ask.
    pub(crate) fn close(&mut self) {
        self.state = State::Absent;
    }

    /// Has to ask again after a pause.
    pub(crate) fn rest(&mut self, retry_after: Option<Duration>, now: Instant) {
        self.forgive(now);
        let pause = self.backoff.pause(retry_after);
        self.state = State::Resting(now + pause);
    }

    /// No answer came. True when that should be told: once for each reason, and not for the first end of a
    /// stream, because a server that leaves ends all of them and another replica is there.
    pub(crate) fn lose(&mut self, trouble: Trouble, now: Instant) -> bool {
        self.forgive(now);
        let is_first_cut = trouble.reason == CUT && self.backoff.failures() == 0;
        let is_news = !is_first_cut && self.told != Some(trouble.reason);
        if is_news {
            self.told = Some(trouble.reason);
        }
        self.trouble = Some(trouble);
        is_news
    }

    fn forgive(&mut self, now: Instant) {
        if let State::Open(since) = self.state
            && now.saturating_duration_since(since) >= SERVED
        {
            self.backoff.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Trouble {
        Trouble::new("ConnectionRefused", "refused")
    }

    fn cut() -> Trouble {
        Trouble::new(CUT, "ended")
    }

    /// Loses the connection after `millis`, and gives whether that was told and how long the pause is.
    fn lose(connection: &mut Connection, now: &mut Instant, millis: u64, trouble: Trouble) -> (bool, u128) {
        connection.open(*now);
        *now += Duration::from_millis(millis);
        let is_told = connection.lose(trouble, *now);
        connection.rest(None, *now);
        (is_told, connection.due().unwrap().duration_since(*now).as_millis())
    }

    #[test]
    fn a_trouble_is_told_once_and_again_when_its_reason_changes() {
        let mut now = Instant::now();
        let mut connection = Connection::new(|| 0);
        assert_eq!(lose(&mut connection, &mut now, 1, refused()), (true, 100));
        assert_eq!(lose(&mut connection, &mut now, 1, refused()), (false, 200));
        assert_eq!(lose(&mut connection, &mut now, 1, Trouble::new("ServerBusy", "no")), (true, 400));
        assert_eq!(connection.trouble().unwrap().reason, "ServerBusy");
        assert!(connection.heard());
        assert!(!connection.heard());
        assert_eq!(connection.trouble(), None);
    }

    #[test]
    fn a_served_stream_that_ends_is_followed_at_once_and_silently() {
        let mut now = Instant::now();
        let mut connection = Connection::new(|| 0);
        for _ in 0..3 {
            assert_eq!(lose(&mut connection, &mut now, 10_000, cut()), (false, 100));
            connection.heard();
        }
    }

    #[test]
    fn a_server_that_cuts_every_stream_at_once_is_backed_off_from_and_told() {
        let mut now = Instant::now();
        let mut connection = Connection::new(|| 0);
        assert_eq!(lose(&mut connection, &mut now, 50, cut()), (false, 100));
        assert_eq!(lose(&mut connection, &mut now, 50, cut()), (true, 200));
        assert_eq!(lose(&mut connection, &mut now, 50, cut()), (false, 400));
    }

    #[test]
    fn an_answer_resets_the_pauses() {
        let mut now = Instant::now();
        let mut connection = Connection::new(|| 0);
        lose(&mut connection, &mut now, 1, refused());
        lose(&mut connection, &mut now, 1, refused());
        connection.answered();
        assert!(connection.is_answered() && connection.due().is_none());
        assert_eq!(lose(&mut connection, &mut now, 1, refused()).1, 100);
    }
}
