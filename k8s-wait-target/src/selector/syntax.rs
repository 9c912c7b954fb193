//! How selectors are written: [`requirements`] reads the grammar that `labels.Parse` documents.

use super::{Requirement, Test};
use crate::error::{Fault, quoted};
use crate::label::{is_key, is_value};

const KEY_RULE: &str = "a label's key such as app or app.kubernetes.io/name";

const VALUE_RULE: &str =
    "a label's value of at most 63 letters, digits, '-', '_' and '.', with a letter or digit first and last";

/// The signs; one that begins with another sign stands before it.
const SIGNS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", "<", ">"];

const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

#[derive(Clone, Copy)]
enum Token<'a> {
    End,
    /// One of [`SIGNS`].
    Sign(&'static str),
    /// A key, a value, `in` or `notin`: those two words are operators only where an operator stands.
    Word(&'a str),
}

impl Token<'_> {
    fn first_of(text: &str) -> Token<'_> {
        if let Some(sign) = SIGNS.into_iter().find(|sign| text.starts_with(sign)) {
            return Token::Sign(sign);
        }
        let is_end = |c: char| WHITE_SPACE.contains(&c) || "=!(),<>".contains(c);
        match text.split(is_end).next() {
            None | Some("") => Token::End,
            Some(word) => Token::Word(word),
        }
    }

    fn len(self) -> usize {
        match self {
            Token::End => 0,
            Token::Sign(text) | Token::Word(text) => text.len(),
        }
    }

    /// This token at `at` is not what is `expected` there.
    fn fault(self, at: usize, expected: &'static str) -> Fault {
        match self {
            Token::End => Fault::new(at, "the end of the selector", expected),
            Token::Sign(text) | Token::Word(text) => Fault::new(at, quoted(text), expected),
        }
    }
}

/// A text of which the tokens before byte `at` have been taken.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// The next token and where it begins, which stays the next one.
    fn peek(&self) -> (usize, Token<'a>) {
        let rest = self.text.get(self.at..).unwrap_or_default().trim_start_matches(WHITE_SPACE);
        (self.text.len() - rest.len(), Token::first_of(rest))
    }

    fn next(&mut self) -> (usize, Token<'a>) {
        let (at, token) = self.peek();
        self.at = at + token.len();
        (at, token)
    }

    /// Takes the next token if it is `sign`.
    fn take(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), (_, Token::Sign(next)) if next == sign);
        if is_next {
            self.next();
        }
        is_next
    }

    fn is_at_end_of_requirement(&self) -> bool {
        matches!(self.peek(), (_, Token::End | Token::Sign(",")))
    }
}

/// The requirements of a selector, at least one, sorted.
pub(super) fn requirements(text: &str) -> Result<Vec<Requirement>, Fault> {
    let mut tokens = Tokens { text, at: 0 };
    let mut requirements: Vec<Requirement> = Vec::new();
    loop {
        let requirement = requirement(&mut tokens)?;
        // Inserting where it belongs takes less code in the client's binary than std's sort does.
        let place = requirements.partition_point(|before| *before <= requirement);
        requirements.insert(place, requirement);
        match tokens.next() {
            (_, Token::End) => return Ok(requirements),
            (_, Token::Sign(",")) => {}
            (at, token) => return Err(token.fault(at, "',' or the end of the selector")),
        }
    }
}

fn requirement(tokens: &mut Tokens<'_>) -> Result<Requirement, Fault> {
    let is_negated = tokens.take("!");
    let key = key(tokens)?;
    let test = match is_negated {
        true => Test::DoesNotExist,
        false if tokens.is_at_end_of_requirement() => Test::Exists,
        false => test(tokens)?,
    };
    Ok(Requirement { key, test })
}

fn key(tokens: &mut Tokens<'_>) -> Result<String, Fault> {
    match tokens.next() {
        (_, Token::Word(key)) if is_key(key) => Ok(key.to_owned()),
        (at, token) => Err(token.fault(at, KEY_RULE)),
    }
}

fn test(tokens: &mut Tokens<'_>) -> Result<Test, Fault> {
    match tokens.next() {
        (_, Token::Sign("=" | "==")) => Ok(Test::Equals(value(tokens)?)),
        (_, Token::Sign("!=")) => Ok(Test::NotEquals(value(tokens)?)),
        (_, Token::Sign(">")) => Ok(Test::GreaterThan(number(tokens)?)),
        (_, Token::Sign("<")) => Ok(Test::LessThan(number(tokens)?)),
        (_, Token::Word("in")) => Ok(Test::In(values(tokens)?)),
        (_, Token::Word("notin")) => Ok(Test::NotIn(values(tokens)?)),
        (at, token) => Err(token.fault(at, "=, ==, !=, in, notin, < or >")),
    }
}

/// One value; it is empty when no word stands here, as in `a=,b=c`.
fn value(tokens: &mut Tokens<'_>) -> Result<String, Fault> {
    match tokens.peek() {
        (at, token @ Token::Word(word)) => {
            tokens.next();
            if is_value(word) { Ok(word.to_owned()) } else { Err(token.fault(at, VALUE_RULE)) }
        }
        _ => Ok(String::new()),
    }
}

/// Values in parentheses: sorted, each once.
fn values(tokens: &mut Tokens<'_>) -> Result<Vec<String>, Fault> {
    if !tokens.take("(") {
        let (at, token) = tokens.peek();
        return Err(token.fault(at, "'(' and values"));
    }
    let mut values = vec![value(tokens)?];
    while tokens.take(",") {
        let value = value(tokens)?;
        if let Err(place) = values.binary_search(&value) {
            values.insert(place, value);
        }
    }
    if !tokens.take(")") {
        let (at, token) = tokens.peek();
        return Err(token.fault(at, "',' or ')'"));
    }
    Ok(values)
}

fn number(tokens: &mut Tokens<'_>) -> Result<i64, Fault> {
    let (at, token) = tokens.peek();
    let number = value(tokens)?.parse();
    number.map_err(|_| token.fault(at, "a whole number"))
}
