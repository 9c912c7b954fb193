//! Which namespaces may ask about which: [`Rules`].

use k8s_wait_lib::target::is_dns_label;
use std::fmt;
use std::str::FromStr;

/// `FROM=TO`: callers in namespace FROM may ask about namespace TO. `*` as FROM is every namespace. `*` as TO is every
/// namespace too, and what is in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowRule {
    from: Side,
    to: Side,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    Every,
    One(String),
}

/// What somebody asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About<'a> {
    Namespace(&'a str),
    /// Objects that are in no namespace.
    Cluster,
}

/// All rules of a server.
#[derive(Debug)]
pub(crate) struct Rules(Vec<AllowRule>);

impl FromStr for AllowRule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (from, to) = text.split_once('=').ok_or(())?;
        Ok(Self { from: side(from)?, to: side(to)? })
    }
}

fn side(text: &str) -> Result<Side, ()> {
    match text {
        "*" => Ok(Side::Every),
        name if is_dns_label(name) => Ok(Side::One(name.to_owned())),
        _ => Err(()),
    }
}

impl Side {
    fn is(&self, namespace: &str) -> bool {
        match self {
            Self::Every => true,
            Self::One(name) => name == namespace,
        }
    }
}

impl AllowRule {
    fn allows(&self, from: &str, about: About<'_>) -> bool {
        self.from.is(from)
            && match about {
                About::Namespace(name) => self.to.is(name),
                About::Cluster => self.to == Side::Every,
            }
    }
}

impl Rules {
    pub(crate) fn new(rules: Vec<AllowRule>) -> Self {
        Self(rules)
    }

    /// May callers in this namespace ask about that? About their own they may.
    pub(crate) fn allow(&self, from: &str, about: About<'_>) -> bool {
        about == About::Namespace(from) || self.0.iter().any(|rule| rule.allows(from, about))
    }
}

impl fmt::Display for About<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(out, "namespace {name}"),
            Self::Cluster => out.write_str("what is in no namespace"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> Rules {
        Rules::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_caller_may_ask_about_its_own_namespace_and_what_rules_add() {
        let (shop, till, cluster) = (About::Namespace("shop"), About::Namespace("till"), About::Cluster);
        let may = |rules: &Rules, from: &str| [shop, till, cluster].map(|about| rules.allow(from, about));
        assert_eq!(may(&rules(&[]), "shop"), [true, false, false]);
        assert_eq!(may(&rules(&["shop=till"]), "shop"), [true, true, false]);
        assert_eq!(may(&rules(&["shop=till"]), "till"), [false, true, false], "no rule works both ways");
        assert_eq!(may(&rules(&["*=till"]), "a"), [false, true, false]);
        assert_eq!(may(&rules(&["shop=*"]), "shop"), [true, true, true]);
        assert_eq!(may(&rules(&["shop=*"]), "till"), [false, true, false]);
        assert_eq!(may(&rules(&["*=*"]), "a"), [true, true, true]);
        assert_eq!(may(&rules(&["a=till", "b=shop"]), "a"), [false, true, false], "rules are not mixed");
    }

    #[test]
    fn what_is_no_rule_is_none() {
        for text in
            ["", "shop", "=", "shop=", "=shop", "Shop=till", "shop=till=x", "sh*=till", "a,b=c", "shop =till"]
        {
            assert!(text.parse::<AllowRule>().is_err(), "{text:?}");
        }
    }
}
