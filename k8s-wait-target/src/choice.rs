//! [`Missing`], [`OnFailure`] and [`FailOn`]: the values of options that choose among a few words.

use crate::error::Fault;
use std::collections::BTreeSet;
use std::fmt;

/// What an absent object means (`missing=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// `wait`: it may come; the default.
    #[default]
    Wait,
    /// `fail`: it will not come.
    Fail,
    /// `ready`: it has been there and is gone, as a job that its TTL has removed.
    Ready,
}

impl Missing {
    const WORDS: [(&str, Missing); 3] =
        [("wait", Missing::Wait), ("fail", Missing::Fail), ("ready", Missing::Ready)];

    pub(crate) fn read(text: &str) -> Result<Missing, Fault> {
        one_of(&Missing::WORDS, text, "wait, fail or ready")
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_for(&Missing::WORDS, self))
    }
}

/// What an object that has failed means (`on-failure=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// `fail`: waiting cannot help; the default.
    #[default]
    Fail,
    /// `wait`: it may be replaced.
    Wait,
}

impl OnFailure {
    const WORDS: [(&str, OnFailure); 2] = [("fail", OnFailure::Fail), ("wait", OnFailure::Wait)];

    pub(crate) fn read(text: &str) -> Result<OnFailure, Fault> {
        one_of(&OnFailure::WORDS, text, "fail or wait")
    }
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_for(&OnFailure::WORDS, self))
    }
}

/// A cause for which a pod may be given up (`fail-on=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// `crashloop`: a container starts and ends, again and again.
    CrashLoop,
    /// `imagepull`: an image cannot be had.
    ImagePull,
    /// `unschedulable`: no node takes the pod.
    Unschedulable,
}

impl Cause {
    const WORDS: [(&str, Cause); 3] = [
        ("crashloop", Cause::CrashLoop),
        ("imagepull", Cause::ImagePull),
        ("unschedulable", Cause::Unschedulable),
    ];
}

impl Cause {
    /// The reason of a verdict that has failed by it, CamelCase and stable.
    pub fn reason(self) -> &'static str {
        match self {
            Cause::CrashLoop => "CrashLoop",
            Cause::ImagePull => "ImagePull",
            Cause::Unschedulable => "Unschedulable",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_for(&Cause::WORDS, self))
    }
}

/// The causes that count as failed once they have lasted (`fail-on=CAUSE,...`): one at least.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailOn(BTreeSet<Cause>);

impl FailOn {
    /// Whether `cause` is among them.
    pub fn contains(&self, cause: Cause) -> bool {
        self.0.contains(&cause)
    }

    /// All of them, in the order in which they are written.
    pub fn causes(&self) -> impl Iterator<Item = Cause> {
        self.0.iter().copied()
    }

    /// Causes with commas in between; one that stands there twice is there once.
    pub(crate) fn read(text: &str) -> Result<FailOn, Fault> {
        let mut at = 0;
        let mut causes = BTreeSet::new();
        for word in text.split(',') {
            let cause = one_of(&Cause::WORDS, word, "crashloop, imagepull or unschedulable");
            causes.insert(cause.map_err(|fault| fault.moved(|offset| at + offset))?);
            at += word.len() + 1;
        }
        Ok(FailOn(causes))
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, cause) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            cause.fmt(f)?;
        }
        Ok(())
    }
}

fn one_of<T: Copy>(words: &[(&str, T)], text: &str, expected: &'static str) -> Result<T, Fault> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| Fault::with(0, "value", text, expected))
}

/// Each value has a word; the lists above hold them all, as the tests see.
fn word_for<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, candidate)| candidate == value).map_or("", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_written() {
        for text in ["wait", "fail", "ready"] {
            assert_eq!(Missing::read(text).unwrap().to_string(), text);
        }
        for text in ["fail", "wait"] {
            assert_eq!(OnFailure::read(text).unwrap().to_string(), text);
        }
        for text in ["crashloop", "imagepull", "unschedulable", "crashloop,imagepull,unschedulable"] {
            assert_eq!(FailOn::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Missing::default(), Missing::Wait);
        assert_eq!(OnFailure::default(), OnFailure::Fail);
    }

    #[test]
    fn causes_have_an_order_and_no_doubles() {
        let causes = FailOn::read("unschedulable,crashloop,unschedulable").unwrap();
        assert_eq!(causes.to_string(), "crashloop,unschedulable");
        assert!(causes.contains(Cause::CrashLoop) && !causes.contains(Cause::ImagePull));
        assert_eq!(causes.causes().collect::<Vec<_>>(), [Cause::CrashLoop, Cause::Unschedulable]);
    }

    #[test]
    fn other_words_are_refused_where_they_stand() {
        for bad in ["", "Ready", "wait ", "never"] {
            assert!(Missing::read(bad).is_err() && OnFailure::read(bad).is_err(), "{bad}");
        }
        for bad in ["", ",", "crashloop,", "CrashLoop", "crashloop imagepull"] {
            assert!(FailOn::read(bad).is_err(), "{bad}");
        }
    }
}
