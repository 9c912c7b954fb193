//! How far a cache can be believed: [`Trust`], and answers that cannot be had without it: [`Reading`].

use crate::{CheckError, Verdict};

/// What the cache knows of its own freshness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The first list is not in; there may be an error that says why.
    Unsynced(Option<CheckError>),
    /// The watch is up.
    Live,
    /// The first list was in once, but the watch is down.
    Broken {
        /// Why.
        error: CheckError,
        /// Has it been down for so long that whoever waits should be told?
        is_lasting: bool,
    },
}

/// Something read from a cache. [`Reading::judge`] is the only way to what is in it, and never answers from a cache
/// that has not finished its first list.
#[derive(Debug)]
pub struct Reading<T> {
    value: T,
    trust: Trust,
    /// What the cache holds, as `pods in namespace shop`.
    resource: String,
}

impl<T> Reading<T> {
    pub(crate) fn new(value: T, trust: Trust, resource: String) -> Self {
        Self { value, trust, resource }
    }

    /// The same reading of something else.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: change(self.value), trust: self.trust, resource: self.resource }
    }

    /// A look at what was read, to prepare for judging it and not to conclude anything.
    pub(crate) fn peek(&self) -> &T {
        &self.value
    }

    /// Is the watch up, so that what was read is what is there?
    pub fn is_live(&self) -> bool {
        self.trust == Trust::Live
    }

    /// Two readings as one, no more trusted than the less trusted of them.
    pub fn and<U>(self, other: Reading<U>) -> Reading<(T, U)> {
        let is_worse = other.trust.rank() > self.trust.rank();
        let (trust, resource) =
            if is_worse { (other.trust, other.resource) } else { (self.trust, self.resource) };
        Reading { value: (self.value, other.value), trust, resource }
    }

    /// The judge's verdict, as far as it can be trusted.
    ///
    /// While the watch is down, what is cached may be out of date. Pending stays pending, with the last reason known;
    /// ready and failed are not claimed.
    ///
    /// # Errors
    ///
    /// [`CheckError::NotSynced`] before the first list; the watch's own error while it is down and either the verdict
    /// would be more than pending or the watch has been down for more than a few seconds.
    pub fn judge(self, judge: impl FnOnce(T) -> Verdict) -> Result<Verdict, CheckError> {
        match self.trust {
            Trust::Unsynced(error) => Err(error.unwrap_or(CheckError::NotSynced { resource: self.resource })),
            Trust::Live => Ok(judge(self.value)),
            Trust::Broken { error, is_lasting: true } => Err(error),
            Trust::Broken { error, is_lasting: false } => match judge(self.value) {
                verdict if verdict.is_pending() => Ok(verdict),
                _ => Err(error),
            },
        }
    }
}

impl Trust {
    fn rank(&self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Broken { is_lasting: false, .. } => 1,
            Self::Broken { is_lasting: true, .. } => 2,
            Self::Unsynced(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(trust: Trust) -> Reading<()> {
        Reading::new((), trust, "pods".into())
    }

    fn down() -> CheckError {
        CheckError::Unavailable { resource: "pods".into(), error: "connection refused".into() }
    }

    fn broken(is_lasting: bool) -> Trust {
        Trust::Broken { error: down(), is_lasting }
    }

    #[test]
    fn the_judge_is_not_even_asked_before_the_first_list() {
        let answer = reading(Trust::Unsynced(None)).judge(|()| unreachable!("asked about nothing"));
        assert_eq!(answer, Err(CheckError::NotSynced { resource: "pods".into() }));
    }

    #[test]
    fn a_broken_watch_claims_neither_ready_nor_failed() {
        assert_eq!(reading(broken(false)).judge(|()| Verdict::Ready), Err(down()));
        assert_eq!(reading(broken(false)).judge(|()| Verdict::failed("F", "f")), Err(down()));
    }

    #[test]
    fn a_broken_watch_keeps_the_last_reason_until_it_lasts() {
        let waiting = Verdict::pending("PodNotReady", "p");
        assert_eq!(reading(broken(false)).judge(|()| waiting.clone()), Ok(waiting.clone()));
        assert_eq!(reading(broken(true)).judge(|()| waiting), Err(down()));
    }

    #[test]
    fn two_readings_are_trusted_as_the_worse_of_them() {
        let both = reading(Trust::Live).and(reading(Trust::Unsynced(None)));
        assert!(both.judge(|_| Verdict::Ready).is_err());
        let both = reading(broken(false)).and(reading(Trust::Live));
        assert!(both.judge(|_| Verdict::Ready).is_err());
        let both = reading(Trust::Live).and(reading(Trust::Live));
        assert_eq!(both.judge(|_| Verdict::Ready), Ok(Verdict::Ready));
    }
}
