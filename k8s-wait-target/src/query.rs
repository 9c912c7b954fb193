//! [`Query`]: reads the options of a target one by one, and refuses those that do not belong there.

use crate::error::{Fault, quoted};
use crate::escape;
use crate::options::{Draft, Place, Row, TABLE};

/// The options of one target while they are read.
pub(crate) struct Query<'a> {
    place: Place,
    draft: Draft,
    /// The names read so far.
    seen: Vec<&'a str>,
}

impl<'a> Query<'a> {
    /// No options yet, for a target that names `namespace` in its path.
    pub(crate) fn new(place: Place, namespace: Option<String>) -> Query<'a> {
        Query { place, draft: Draft { namespace, ..Draft::default() }, seen: Vec::new() }
    }

    /// Reads all options of `text`, which begins at byte `at` of the target.
    pub(crate) fn read(mut self, at: usize, text: Option<&'a str>) -> Result<Draft, Fault> {
        for (at, piece) in text.into_iter().flat_map(|text| pieces(at, text)) {
            self.read_one(at, piece)?;
        }
        match &self.draft.options {
            options if options.grace.is_some() && options.fail_on.is_none() => {
                let end = at + text.map_or(0, str::len);
                Err(Fault::new(end, "grace without fail-on", "fail-on=CAUSE,... beside it"))
            }
            _ => Ok(self.draft),
        }
    }

    /// Reads one `OPTION=VALUE`.
    pub(crate) fn read_one(&mut self, at: usize, piece: &'a str) -> Result<(), Fault> {
        let name = option_name(piece);
        let row = self.find(at, name)?;
        self.note(at, name)?;
        let value_at = at + name.len() + 1;
        let raw = piece.get(name.len() + 1..).filter(|raw| !raw.is_empty());
        let raw = raw.ok_or_else(|| Fault::new(at + piece.len(), "no value", [name, "=VALUE"].concat()))?;
        let value = escape::decode(raw).map_err(|fault| fault.moved(|offset| value_at + offset))?;
        self.set(name, row, &value)
            .map_err(|fault| fault.moved(|offset| value_at + escape::raw_offset(raw, offset)))
    }

    /// What has been read.
    pub(crate) fn finish(self) -> Draft {
        self.draft
    }

    fn set(&mut self, name: &str, row: Option<&Row>, value: &str) -> Result<(), Fault> {
        match row {
            Some(row) => (row.read)(&mut self.draft, value),
            None => {
                self.draft.options.extra.push((name.to_owned(), value.to_owned()));
                Ok(())
            }
        }
    }

    /// The row of an option; `None` for one whose name begins with `x-`.
    fn find(&self, at: usize, name: &str) -> Result<Option<&'static Row>, Fault> {
        match TABLE.iter().find(|row| row.name == name) {
            Some(row) if row.on.contains(&self.place) => Ok(Some(row)),
            Some(row) => Err(self.misplaced(at, row)),
            None if is_extra(name) => Ok(None),
            None => Err(self.unknown(at, name)),
        }
    }

    fn note(&mut self, at: usize, name: &'a str) -> Result<(), Fault> {
        if self.seen.contains(&name) {
            let found = ["the option ", &quoted(name), " a second time"].concat();
            return Err(Fault::new(at, found, "each option once"));
        }
        self.seen.push(name);
        Ok(())
    }

    fn misplaced(&self, at: usize, row: &Row) -> Fault {
        let here = match self.place {
            Place::Object => "an object with a name",
            Place::Set => "a set",
            Place::Network => "a tcp or dns target",
            Place::Url => "an http target",
        };
        Fault::new(at, ["the option \"", row.name, "\" on ", here].concat(), self.names_list())
    }

    fn unknown(&self, at: usize, name: &str) -> Fault {
        let mut expected = self.names_list();
        if let Some(nearest) = nearest(name, self.names()) {
            expected.push_str(" (did you mean ");
            expected.push_str(nearest);
            expected.push_str("?)");
        }
        Fault::with(at, "option", name, expected)
    }

    /// The options that can be given here.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let place = self.place;
        TABLE.iter().filter(move |row| row.on.contains(&place)).map(|row| row.name)
    }

    fn names_list(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        ["one of ", &names.join(", ")].concat()
    }
}

/// The pieces of `text`, which begins at byte `at`, between its `&`, each with the byte at which it begins.
pub(crate) fn pieces(at: usize, text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('&').scan(at, |next, piece| {
        let at = *next;
        *next += piece.len() + 1;
        Some((at, piece))
    })
}

/// What stands before the first `=`.
pub(crate) fn option_name(piece: &str) -> &str {
    piece.split('=').next().unwrap_or(piece)
}

/// Whether `name` is an option of http targets, and so cannot be a parameter of a URL's own.
pub(crate) fn is_url_option(name: &str) -> bool {
    TABLE.iter().any(|row| row.name == name && row.on.contains(&Place::Url))
}

fn is_extra(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.strip_prefix("x-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_allowed))
}

/// The one of `names` that a typist most likely meant: at most a third of its letters are wrong.
fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let candidates = names.map(|candidate| (distance(name, candidate), candidate));
    let close = candidates.filter(|(distance, candidate)| *distance * 3 <= candidate.len());
    close.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, from) in a.bytes().enumerate() {
        let mut left = index + 1;
        let mut diagonal = index;
        for (cell, to) in row.iter_mut().skip(1).zip(b.bytes()) {
            let best = (diagonal + usize::from(from != to)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_letters() {
        for (a, b, count) in
            [("", "", 0), ("", "min", 3), ("min", "", 3), ("timout", "timeout", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), count, "{a} {b}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let names = || TABLE.iter().map(|row| row.name);
        assert_eq!(nearest("timout", names()), Some("timeout"));
        assert_eq!(nearest("name-space", names()), Some("namespace"));
        assert_eq!(nearest("fo", names()), Some("for"));
        assert_eq!(nearest("on-fail", names()), Some("on-failure"));
        assert_eq!(nearest("replicas", names()), None);
    }
}
