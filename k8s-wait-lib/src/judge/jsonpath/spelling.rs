//! How JSONPath expressions are spelled: [`split`] and [`rfc9535`].

use super::Operator;

/// The expression, and what its value is compared with: what follows the first operator that stands in no brackets and
/// no quotes.
pub(super) fn split(text: &str) -> Result<(&str, Option<Comparison<'_>>), String> {
    let end = end_of_path(text)?;
    let (path, rest) = text.split_at(end);
    if path.trim().is_empty() {
        return Err("there is no JSONPath such as {.status.phase} or $.status.phase".to_owned());
    }
    Ok((path, (!rest.is_empty()).then(|| operator(rest)).transpose()?))
}

/// What follows the path.
pub(super) type Comparison<'a> = (Operator, &'a str);

fn operator(text: &str) -> Result<Comparison<'_>, String> {
    let signs = [
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    if text.starts_with("==") {
        return Err("write = once, as in {.status.phase}=Running".to_owned());
    }
    let found = signs.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)));
    found.ok_or_else(|| format!("{text:?} follows the JSONPath, where =, !=, <, <=, > or >= would"))
}

/// Where the path ends: after its closing brace, else before the first operator.
fn end_of_path(text: &str) -> Result<usize, String> {
    let mut nesting = Nesting::default();
    let is_braced = text.starts_with('{');
    for (at, c) in text.char_indices() {
        match c {
            '}' if is_braced && nesting.is_outside() => return Ok(at + 1),
            '!' | '=' | '<' | '>' if !is_braced && nesting.is_outside() => return Ok(at),
            _ => nesting.pass(c),
        }
    }
    match is_braced {
        true => Err("the JSONPath has no closing brace".to_owned()),
        false => Ok(text.len()),
    }
}

/// Which quotes and brackets are open.
#[derive(Default)]
pub(super) struct Nesting {
    brackets: usize,
    quote: Option<char>,
    is_escaped: bool,
}

impl Nesting {
    fn is_outside(&self) -> bool {
        self.brackets == 0 && self.quote.is_none() && !self.is_escaped
    }

    /// How many brackets are open.
    pub(super) fn depth(&self) -> usize {
        self.brackets
    }

    /// Goes on by one letter.
    pub(super) fn pass(&mut self, c: char) {
        if std::mem::take(&mut self.is_escaped) {
            return;
        }
        match (self.quote, c) {
            (_, '\\') => self.is_escaped = true,
            (Some(quote), _) if c == quote => self.quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => self.quote = Some(c),
            (None, '[' | '(') => self.brackets += 1,
            (None, ']' | ')') => self.brackets = self.brackets.saturating_sub(1),
            (None, _) => {}
        }
    }
}

/// kubectl's spelling as RFC 9535 has it; one that begins with `$` is taken as it is.
///
/// kubectl leaves out the `$`, and its names may hold `-`, `/` and, after a backslash, any sign:
/// `{.metadata.annotations.example\.org/x}` is `$['metadata']['annotations']['example.org/x']`.
pub(super) fn rfc9535(path: &str) -> String {
    let inner = path.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(path).trim();
    match inner {
        _ if inner.starts_with('$') && !path.starts_with('{') => inner.to_owned(),
        _ if inner.starts_with(['.', '[', '$']) => translated(inner.strip_prefix('$').unwrap_or(inner)),
        _ => translated(&format!(".{inner}")),
    }
}

fn translated(path: &str) -> String {
    let mut rfc = String::from("$");
    let mut rest = path;
    let mut nesting = Nesting::default();
    while let Some(c) = rest.chars().next() {
        let is_in_filter = nesting.brackets > 0;
        let after = rest.strip_prefix('.').filter(|_| nesting.quote.is_none());
        // Descendants: the name after the two dots stands in brackets then.
        if let Some(after) = after.and_then(|after| after.strip_prefix('.')) {
            rfc.push_str("..");
            rest = bracketed(&mut rfc, after, is_in_filter).unwrap_or(after);
        } else if let Some(after) = after.and_then(|after| bracketed(&mut rfc, after, is_in_filter)) {
            rest = after;
        } else if nesting.quote.is_some() && !nesting.is_escaped && rest.starts_with("\\.") {
            // kubectl's users escape dots in quotes too, where they mean nothing.
            rest = rest.strip_prefix('\\').unwrap_or_default();
        } else {
            nesting.pass(c);
            rfc.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    rfc
}

/// Writes the name at the beginning of `text` in brackets, and answers what follows it; `None` where there is no name.
fn bracketed<'a>(rfc: &mut String, text: &'a str, is_in_filter: bool) -> Option<&'a str> {
    let (name, length) = name(text, is_in_filter);
    if name.is_empty() {
        return None;
    }
    rfc.push_str(&format!("[{}]", quoted(&name)));
    text.get(length..)
}

/// The name at the beginning of `text`, and how many bytes it takes there.
fn name(text: &str, is_in_filter: bool) -> (String, usize) {
    let mut name = String::new();
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        let is_end = match c {
            '.' | '[' | ']' | '*' => true,
            _ => is_in_filter && !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '\\')),
        };
        match c {
            _ if std::mem::take(&mut is_escaped) => name.push(c),
            '\\' => is_escaped = true,
            _ if is_end => return (name, at),
            _ => name.push(c),
        }
    }
    (name, text.len())
}

/// As a string literal of RFC 9535.
fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_spellings_are_translated() {
        for (kubectl, rfc) in [
            ("{.status.phase}", "$['status']['phase']"),
            (".status.phase", "$['status']['phase']"),
            ("status.phase", "$['status']['phase']"),
            ("{status.phase}", "$['status']['phase']"),
            ("{$.status.phase}", "$['status']['phase']"),
            ("{.metadata.annotations.example\\.org/x-y}", "$['metadata']['annotations']['example.org/x-y']"),
            (
                "{.metadata.annotations['example\\.org/x-y']}",
                "$['metadata']['annotations']['example.org/x-y']",
            ),
            ("{.metadata.labels['app']}", "$['metadata']['labels']['app']"),
            ("{.status.loadBalancer.ingress[0].ip}", "$['status']['loadBalancer']['ingress'][0]['ip']"),
            ("{.spec.containers[*].name}", "$['spec']['containers'][*]['name']"),
            ("{.status.*}", "$['status'].*"),
            ("{..phase}", "$..['phase']"),
            (
                "{.status.conditions[?(@.type==\"Ready\")].status}",
                "$['status']['conditions'][?(@['type']==\"Ready\")]['status']",
            ),
            ("{.a[?(@.b-c == 'x.y')].d}", "$['a'][?(@['b-c'] == 'x.y')]['d']"),
            ("{.it's}", "$['it\\'s']"),
            ("$.status.phase", "$.status.phase"),
        ] {
            assert_eq!(rfc9535(kubectl), rfc, "{kubectl}");
        }
    }

    #[test]
    fn the_value_follows_the_first_operator_outside_brackets() {
        for (text, path, test) in [
            ("{.a}", "{.a}", None),
            ("{.a}=b", "{.a}", Some((Operator::Equal, "b"))),
            ("{.a}=b=c", "{.a}", Some((Operator::Equal, "b=c"))),
            (".a!=b", ".a", Some((Operator::Unequal, "b"))),
            ("$.a<=3", "$.a", Some((Operator::LessOrEqual, "3"))),
            ("$.a[?@.b=='c<d']>=3", "$.a[?@.b=='c<d']", Some((Operator::GreaterOrEqual, "3"))),
            ("{.a[?(@.b==\"}\")].c}<3", "{.a[?(@.b==\"}\")].c}", Some((Operator::Less, "3"))),
            ("{.a\\=b}=c", "{.a\\=b}", Some((Operator::Equal, "c"))),
        ] {
            assert_eq!(split(text), Ok((path, test)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_split_is_told() {
        for (text, part) in [
            ("", "there is no JSONPath"),
            ("=b", "there is no JSONPath"),
            ("{.a", "no closing brace"),
            ("{.a}b", "\"b\" follows"),
            ("{.a}==b", "write = once"),
        ] {
            let complaint = split(text).unwrap_err();
            assert!(complaint.contains(part), "{text}: {complaint}");
        }
    }
}
