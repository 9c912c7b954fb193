//! What an expression may be, so that nobody can keep the server busy with one: [`check`]; and what it costs: [`steps`].
//!
//! The evaluator cannot be stopped and has no limits of its own. So only functions are let in whose work and whose result
//! are bounded by what they are given, and no macro that makes lists, which could be nested into any size.

use kube_cel::cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators};
use serde_json::Value as Json;

/// How deep loops may be nested.
const MAX_LOOPS: usize = 2;
/// How many `+` there may be: each copies what it joins.
const MAX_SUMS: usize = 8;
/// How many bytes of a text are looked at in one step.
const BYTES: u64 = 64;

/// The operators and functions that expressions may use.
const KNOWN: [&str; 61] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "duration",
    "timestamp",
    "getFullYear",
    "getMonth",
    "getDayOfYear",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
    "quantity",
    "isQuantity",
    "isInteger",
    "asInteger",
    "asApproximateFloat",
    "sign",
    "add",
    "sub",
    "compareTo",
    "isGreaterThan",
    "isLessThan",
    "semver",
    "isSemver",
    "major",
    "minor",
    "patch",
    "ip",
    "isIP",
    "cidr",
    "isCIDR",
    "containsIP",
];

/// Refuses what could take long or grow.
///
/// # Errors
///
/// Half a sentence about the first such thing.
pub(super) fn check(expr: &Expr) -> Result<(), String> {
    let mut sums = 0;
    walk(expr, 0, &mut |expr, loops| permit(expr, loops, &mut sums))
}

fn permit(expr: &Expr, loops: usize, sums: &mut usize) -> Result<(), String> {
    match expr {
        Expr::Call(call) => permit_call(call, loops, sums),
        Expr::Comprehension(inner) => permit_loop(inner, loops),
        Expr::Map(_) | Expr::Struct(_) => Err("maps and messages cannot be made in it".to_owned()),
        _ => Ok(()),
    }
}

fn permit_call(call: &CallExpr, loops: usize, sums: &mut usize) -> Result<(), String> {
    let name = call.func_name.as_str();
    *sums += usize::from(name == operators::ADD);
    match name {
        _ if !KNOWN.contains(&name) => {
            Err(format!("it uses {name}, which is not among the functions that it may use"))
        }
        operators::ADD if *sums > MAX_SUMS => Err(format!("it has more than {MAX_SUMS} times +")),
        "matches" if loops > 0 => Err("matches cannot stand in a loop".to_owned()),
        "matches" if !has_plain_pattern(call) => {
            Err("the pattern of matches has to be written out, without {n}".to_owned())
        }
        _ => Ok(()),
    }
}

/// A pattern that repeats itself can be a megabyte once it is compiled.
fn has_plain_pattern(call: &CallExpr) -> bool {
    let pattern = call.args.last().map(|argument| &argument.expr);
    matches!(pattern, Some(Expr::Literal(LiteralValue::String(text))) if !text.inner().contains('{'))
}

fn permit_loop(inner: &ComprehensionExpr, loops: usize) -> Result<(), String> {
    match () {
        // The macros map and filter begin with an empty list.
        () if matches!(inner.accu_init.expr, Expr::List(_)) => {
            Err("map and filter cannot be used in it; ask with exists, exists_one or all".to_owned())
        }
        () if !is_field(&inner.iter_range.expr) => Err("a loop goes over a field of the object".to_owned()),
        () if loops >= MAX_LOOPS => Err(format!("loops can be nested {MAX_LOOPS} times at most")),
        () => Ok(()),
    }
}

/// A path such as `self.status.conditions` or `c.items[0]`.
fn is_field(expr: &Expr) -> bool {
    match expr {
        Expr::Ident(_) => true,
        Expr::Select(select) => is_field(&select.operand.expr),
        Expr::Call(call) if call.func_name == operators::INDEX => {
            call.args.first().is_some_and(|base| is_field(&base.expr))
        }
        _ => false,
    }
}

/// Visits every part with the number of loops around it.
fn walk(
    expr: &Expr,
    loops: usize,
    visit: &mut impl FnMut(&Expr, usize) -> Result<(), String>,
) -> Result<(), String> {
    visit(expr, loops)?;
    match expr {
        Expr::Comprehension(inner) => {
            walk(&inner.iter_range.expr, loops, visit)?;
            body(inner).into_iter().try_for_each(|part| walk(part, loops + 1, visit))
        }
        _ => parts(expr).into_iter().try_for_each(|part| walk(part, loops, visit)),
    }
}

fn body(inner: &ComprehensionExpr) -> [&Expr; 4] {
    [&inner.accu_init.expr, &inner.loop_cond.expr, &inner.loop_step.expr, &inner.result.expr]
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Call(call) => call
            .target
            .iter()
            .map(|target| &target.expr)
            .chain(call.args.iter().map(|arg| &arg.expr))
            .collect(),
        Expr::Select(select) => vec![&select.operand.expr],
        Expr::List(list) => list.elements.iter().map(|element| &element.expr).collect(),
        _ => Vec::new(),
    }
}

/// How many steps an expression takes over an object, at most.
pub(super) fn steps(expr: &Expr, object: &Json) -> u64 {
    let (mut values, mut bytes) = (0, 0);
    measure(object, &mut values, &mut bytes);
    cost(expr, values, bytes)
}

fn measure(value: &Json, values: &mut u64, bytes: &mut u64) {
    *values += 1;
    match value {
        Json::Array(items) => items.iter().for_each(|item| measure(item, values, bytes)),
        Json::Object(fields) => fields.values().for_each(|field| measure(field, values, bytes)),
        Json::String(text) => *bytes += text.len() as u64,
        _ => {}
    }
}

/// `values` and `bytes`: how many values and how much text there are in the object, which no part of it exceeds.
fn cost(expr: &Expr, values: u64, bytes: u64) -> u64 {
    let sum =
        |parts: &[&Expr]| parts.iter().fold(1_u64, |sum, part| sum.saturating_add(cost(part, values, bytes)));
    match expr {
        Expr::Comprehension(inner) => cost(&inner.iter_range.expr, values, bytes)
            .saturating_add(sum(&body(inner)).saturating_mul(values)),
        Expr::Call(call) => sum(&parts(expr)).saturating_add(own_cost(call, values, bytes)),
        _ => sum(&parts(expr)),
    }
}

fn own_cost(call: &CallExpr, values: u64, bytes: u64) -> u64 {
    let texts = bytes / BYTES;
    let is_literal = |expr: &&Expr| matches!(expr, Expr::Literal(_));
    let has_literal = call.args.iter().map(|argument| &argument.expr).any(|argument| is_literal(&argument));
    match call.func_name.as_str() {
        operators::EQUALS | operators::NOT_EQUALS if has_literal => 0,
        operators::EQUALS | operators::NOT_EQUALS | operators::IN | operators::ADD => {
            values.saturating_add(texts)
        }
        operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => 0,
        operators::NOT_STRICTLY_FALSE | operators::CONDITIONAL | operators::INDEX => 0,
        operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO => 0,
        // Its pattern is compiled each time.
        "matches" => texts.saturating_add(1_000),
        _ => texts,
    }
}
