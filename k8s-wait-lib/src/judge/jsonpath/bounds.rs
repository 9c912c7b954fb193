//! What a JSONPath may be, so that nobody can keep the server busy with one: [`before`] and [`after`] it is parsed.

use super::spelling::Nesting;
use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, JpQuery, Segment, Selector, SingularQuery, Test,
};

/// The longest expression, in bytes: the parser recurses, and ours runs on a small stack.
const MAX_LENGTH: usize = 1024;
/// How deep brackets and parentheses may be nested.
const MAX_DEPTH: usize = 8;
/// How often an expression may go over everything at a place: each time multiplies the work at worst.
const MAX_BRANCHES: usize = 4;

/// What is seen of its text.
///
/// # Errors
///
/// A sentence about the bound that it exceeds.
pub(super) fn before(path: &str) -> Result<(), String> {
    let mut nesting = Nesting::default();
    let mut deepest = 0;
    for c in path.chars() {
        nesting.pass(c);
        deepest = deepest.max(nesting.depth());
    }
    match () {
        () if path.len() > MAX_LENGTH => Err(format!("a JSONPath has {MAX_LENGTH} bytes at most")),
        () if deepest > MAX_DEPTH => {
            Err(format!("a JSONPath has brackets within brackets {MAX_DEPTH} times at most"))
        }
        () => Ok(()),
    }
}

/// What is seen once it is parsed.
///
/// # Errors
///
/// As above.
pub(super) fn after(query: &JpQuery) -> Result<(), String> {
    let segments = &query.segments;
    let descents = segments.iter().filter(|segment| matches!(segment, Segment::Descendant(_))).count();
    let branches: usize = segments.iter().map(branches).sum();
    match () {
        () if descents > 1 => Err("a JSONPath asks for all descendants (..) once at most".to_owned()),
        () if branches > MAX_BRANCHES => Err(format!(
            "a JSONPath has {MAX_BRANCHES} wildcards, filters, slices and lists of selectors at most"
        )),
        () => segments.iter().try_for_each(segment),
    }
}

fn branches(segment: &Segment) -> usize {
    match segment {
        Segment::Descendant(inner) => 1 + branches(inner),
        Segment::Selector(Selector::Name(_) | Selector::Index(_)) => 0,
        Segment::Selector(_) => 1,
        Segment::Selectors(selectors) => selectors.len(),
    }
}

fn segment(segment: &Segment) -> Result<(), String> {
    match segment {
        Segment::Descendant(inner) => self::segment(inner),
        Segment::Selector(inner) => selector(inner),
        Segment::Selectors(selectors) => selectors.iter().try_for_each(selector),
    }
}

fn selector(selector: &Selector) -> Result<(), String> {
    match selector {
        Selector::Filter(inner) => filter(inner),
        _ => Ok(()),
    }
}

fn filter(filter: &Filter) -> Result<(), String> {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().try_for_each(self::filter),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => self::filter(expr),
        Filter::Atom(FilterAtom::Test { expr, .. }) => test(expr),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            comparable(left).and_then(|()| comparable(right))
        }
    }
}

/// A filter is asked for every element, so it may look at one value of that element and no further.
fn test(test: &Test) -> Result<(), String> {
    match test {
        Test::RelQuery(segments) if segments.iter().all(|segment| branches(segment) == 0) => Ok(()),
        _ => Err(too_much()),
    }
}

fn comparable(comparable: &Comparable) -> Result<(), String> {
    match comparable {
        Comparable::Literal(_) | Comparable::SingularQuery(SingularQuery::Current(_)) => Ok(()),
        Comparable::SingularQuery(SingularQuery::Root(_)) | Comparable::Function(_) => Err(too_much()),
    }
}

fn too_much() -> String {
    "a filter of a JSONPath compares values of its element, as in ?(@.type==\"Ready\"), without functions"
        .to_owned()
}
