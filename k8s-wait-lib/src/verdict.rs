//! What a check answers: [`Verdict`], and how many verdicts make one: [`Mode::fold`].

use std::borrow::Cow;
use std::fmt;

/// Whether what was asked for is true.
///
/// Facts about the target, never about us: what keeps us from knowing is a
/// [`CheckError`](crate::CheckError), and turns into pending or failed, never into ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true now.
    Ready,
    /// Not yet; waiting may help.
    Pending(Reason),
    /// Waiting cannot help.
    Failed(Reason),
}

/// Why a verdict is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// CamelCase and stable: scripts may depend on it.
    pub code: Cow<'static, str>,
    /// One sentence for a person.
    pub message: String,
}

impl Reason {
    /// A reason with its code and its sentence.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Verdict {
    /// Pending, with its code and its sentence.
    pub fn pending(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Pending(Reason::new(code, message))
    }

    /// Failed, with its code and its sentence.
    pub fn failed(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Failed(Reason::new(code, message))
    }

    /// Ready if `holds`, else pending.
    pub fn ready_if(holds: bool, code: &'static str, message: impl FnOnce() -> String) -> Self {
        if holds { Self::Ready } else { Self::pending(code, message()) }
    }

    /// Is it true now?
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// Is it not yet true?
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }

    /// Can waiting not help?
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Why it is not ready; `None` when it is.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Ready => None,
            Self::Pending(reason) | Self::Failed(reason) => Some(reason),
        }
    }

    /// The word for it: `ready`, `pending` or `failed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Pending(_) => "pending",
            Self::Failed(_) => "failed",
        }
    }

    /// The same verdict with the object named in front of its message.
    pub(crate) fn about(self, subject: impl fmt::Display) -> Self {
        let named = |reason: Reason| Reason::new(reason.code, format!("{subject}: {}", reason.message));
        match self {
            Self::Ready => Self::Ready,
            Self::Pending(reason) => Self::Pending(named(reason)),
            Self::Failed(reason) => Self::Failed(named(reason)),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Pending(_) => 1,
            Self::Failed(_) => 2,
        }
    }
}

/// How several targets are judged together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every target must be ready, all at the same moment.
    #[default]
    All,
    /// One ready target is enough.
    Any,
}

impl Mode {
    /// Many verdicts as one; the reason is that of the first verdict which decides.
    ///
    /// - [`Mode::All`]: failed before pending before ready.
    /// - [`Mode::Any`]: ready before pending before failed.
    ///
    /// Nothing to judge is pending in both: emptiness is never ready.
    ///
    /// ```
    /// use k8s_wait_lib::{Mode, Verdict};
    ///
    /// let waiting = Verdict::pending("NotFound", "it does not exist yet");
    /// assert_eq!(Mode::All.fold([&Verdict::Ready, &waiting]), waiting);
    /// assert_eq!(Mode::Any.fold([&Verdict::Ready, &waiting]), Verdict::Ready);
    /// assert!(Mode::All.fold([]).is_pending());
    /// ```
    pub fn fold<'a>(self, verdicts: impl IntoIterator<Item = &'a Verdict>) -> Verdict {
        let verdicts = verdicts.into_iter();
        let deciding = match self {
            // `max_by_key` keeps the last of equals, hence the reversed comparison.
            Self::All => verdicts.reduce(|a, b| if b.rank() > a.rank() { b } else { a }),
            Self::Any => verdicts.reduce(|a, b| if b.rank() < a.rank() { b } else { a }),
        };
        deciding.cloned().unwrap_or_else(|| Verdict::pending("NothingToJudge", "there is no target to judge"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![Just(Verdict::Ready), Just(Verdict::pending("P", "p")), Just(Verdict::failed("F", "f"))]
    }

    fn shuffled() -> impl Strategy<Value = (Vec<Verdict>, Vec<Verdict>)> {
        let verdicts = prop::collection::vec(verdict(), 0..8);
        verdicts.prop_flat_map(|verdicts| (Just(verdicts.clone()), Just(verdicts).prop_shuffle()))
    }

    #[test]
    fn emptiness_is_pending() {
        assert!(Mode::All.fold([]).is_pending());
        assert!(Mode::Any.fold([]).is_pending());
    }

    #[test]
    fn the_first_deciding_reason_is_told() {
        let (a, b) = (Verdict::pending("A", "a"), Verdict::pending("B", "b"));
        assert_eq!(Mode::All.fold([&Verdict::Ready, &a, &b]), a);
        assert_eq!(Mode::Any.fold([&Verdict::failed("F", "f"), &a, &b]), a);
    }

    proptest! {
        #[test]
        fn all_is_ready_only_when_each_one_is(verdicts in prop::collection::vec(verdict(), 1..8)) {
            let folded = Mode::All.fold(&verdicts);
            prop_assert_eq!(folded.is_ready(), verdicts.iter().all(Verdict::is_ready));
            prop_assert_eq!(folded.is_failed(), verdicts.iter().any(Verdict::is_failed));
        }

        #[test]
        fn any_is_failed_only_when_each_one_is(verdicts in prop::collection::vec(verdict(), 1..8)) {
            let folded = Mode::Any.fold(&verdicts);
            prop_assert_eq!(folded.is_ready(), verdicts.iter().any(Verdict::is_ready));
            prop_assert_eq!(folded.is_failed(), verdicts.iter().all(Verdict::is_failed));
        }

        #[test]
        fn order_does_not_matter((verdicts, shuffled) in shuffled()) {
            for mode in [Mode::All, Mode::Any] {
                prop_assert_eq!(mode.fold(&verdicts).rank(), mode.fold(&shuffled).rank());
            }
        }

        #[test]
        fn another_pending_target_never_makes_a_wait_ready(
            verdicts in prop::collection::vec(verdict(), 0..8),
            at in any::<prop::sample::Index>(),
        ) {
            let mut more = verdicts.clone();
            more.insert(at.index(verdicts.len() + 1), Verdict::pending("P", "p"));
            prop_assert!(!Mode::All.fold(&more).is_ready());
            prop_assert!(Mode::All.fold(&more).rank() >= Mode::All.fold(&verdicts).rank());
            prop_assert_eq!(Mode::Any.fold(&more).is_ready(), Mode::Any.fold(&verdicts).is_ready());
        }

        #[test]
        fn the_reason_is_that_of_one_of_them(verdicts in prop::collection::vec(verdict(), 1..8)) {
            for mode in [Mode::All, Mode::Any] {
                prop_assert!(verdicts.contains(&mode.fold(&verdicts)));
            }
        }
    }
}
