//! CEL expressions over an object: [`Cel`].

mod bounds;

use super::document;
use crate::Verdict;
use crate::object::Document;
use kube_cel::KubeCelExt;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{Context, ExecutionError, Program, Value};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::thread;

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 1024;
/// How deep brackets may be nested: the parser recurses, and evaluating does.
const MAX_DEPTH: usize = 12;
/// The stack on which expressions are parsed and evaluated, in bytes. Both recurse: the worst that fits the two limits
/// above takes 32 MiB in a debug build. What is not used of it is no memory.
const STACK: usize = 128 << 20;
/// How many steps an evaluation may take, as estimated before it: well below a second.
const MAX_STEPS: u64 = 1_000_000;

/// A CEL expression over `self`, the object, with Kubernetes' own functions.
#[derive(Clone)]
pub struct Cel {
    text: String,
    program: Arc<Program>,
}

impl Cel {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in half a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        bounded(text)?;
        let program =
            guarded(|| Program::compile(text).map_err(|errors| one_line(&errors))).map_err(|why| {
                format!("{text:?} is no CEL expression such as self.status.phase == 'Running': {why}")
            })?;
        match undeclared(&program, text) {
            Some(name) => Err(format!("{name:?} is unknown in {text:?}; the object is called self")),
            None => {
                bounds::check(&program.expression().expr)
                    .map_err(|why| format!("{text:?} is refused: {why}"))?;
                Ok(Self { text: text.to_owned(), program: Arc::new(program) })
            }
        }
    }

    /// The expression is true. Anything but a boolean, and an error such as a field that is not there yet, is pending.
    ///
    /// No value of the object is told: whoever may ask must not thereby be able to read the object.
    pub fn judge(&self, object: Option<&Document>) -> Verdict {
        document::judge(object, |object| self.evaluate(object))
    }

    fn evaluate(&self, object: &Json) -> Verdict {
        if bounds::steps(&self.program.expression().expr, object) > MAX_STEPS {
            let message = "the expression would take too long over an object of this size";
            return Verdict::pending("CelTooCostly", message);
        }
        match guarded(|| self.execute(object)) {
            Ok(Value::Bool(true)) => Verdict::Ready,
            Ok(Value::Bool(false)) => Verdict::pending("CelNotMet", "the expression is false"),
            Ok(other) => Verdict::pending(
                "CelError",
                format!("the expression comes out as {}, not as a boolean", other.type_of()),
            ),
            Err(why) => Verdict::pending("CelError", format!("the expression cannot be evaluated: {why}")),
        }
    }

    fn execute(&self, object: &Json) -> Result<Value, String> {
        let mut context = Context::default().with_all();
        context.add_variable_from_value("self", value(object));
        self.program.execute(&context).map_err(|error| self.told(&error))
    }

    /// What went wrong, without the values that most of these errors carry.
    fn told(&self, error: &ExecutionError) -> String {
        match error {
            // A key may be a value of the object, unless it is written in the expression.
            ExecutionError::NoSuchKey(key) if self.text.contains(key.as_str()) => {
                format!("there is no {key} yet")
            }
            ExecutionError::NoSuchKey(_) => "there is no such key yet".to_owned(),
            ExecutionError::UndeclaredReference(name) => format!("{name} is unknown"),
            ExecutionError::NoSuchOverload => {
                "no operator or function takes values of these types".to_owned()
            }
            ExecutionError::IndexOutOfBounds(_) => "a list is shorter than that yet".to_owned(),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
                "it divides by zero".to_owned()
            }
            ExecutionError::Overflow(..) => "a number becomes too large".to_owned(),
            ExecutionError::FunctionError { function, .. } => format!("function {function} failed"),
            ExecutionError::InvalidArgumentCount { expected, actual } => {
                format!("a function takes {expected} arguments and gets {actual}")
            }
            _ => "values of these types do not go together".to_owned(),
        }
    }
}

impl fmt::Debug for Cel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cel").field("text", &self.text).finish_non_exhaustive()
    }
}

/// Keeps the parser's stack, and ours, within bounds.
fn bounded(text: &str) -> Result<(), String> {
    let depth = text.chars().scan(0_usize, |depth, c| {
        match c {
            '[' | '(' | '{' => *depth += 1,
            ']' | ')' | '}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    });
    match () {
        () if text.len() > MAX_LENGTH => Err(format!("a CEL expression has {MAX_LENGTH} bytes at most")),
        () if depth.max() > Some(MAX_DEPTH) => {
            Err(format!("a CEL expression has brackets within brackets {MAX_DEPTH} times at most"))
        }
        () => Ok(()),
    }
}

/// A variable that is neither the object nor that of a loop.
fn undeclared(program: &Program, text: &str) -> Option<String> {
    let dense: String = text.split_whitespace().collect();
    let is_known =
        |name: &&str| *name == "self" || name.starts_with('@') || dense.contains(&format!("({name},"));
    program.references().variables().into_iter().find(|name| !is_known(name)).map(str::to_owned)
}

/// A value as CEL has it. Whole numbers are `int`, as in Kubernetes' own expressions: here `uint` 3 is not 3.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(is) => Value::Bool(*is),
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        Json::Object(fields) => {
            let fields =
                fields.iter().map(|(name, field)| (Key::String(Arc::new(name.clone())), value(field)));
            Value::Map(Map { map: Arc::new(fields.collect::<HashMap<_, _>>()) })
        }
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => number.as_f64().map_or(Value::Null, Value::Float),
        },
    }
}

/// Does it on a stack that is large enough. The evaluator's own panics are errors like any other.
fn guarded<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let worker =
            thread::Builder::new().name("cel".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| format!("the system gives no thread for it: {error}"))?;
        worker.join().unwrap_or_else(|_| Err("the evaluator failed over it".to_owned()))
    })
}

fn one_line(error: &impl fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "cel_tests.rs"]
mod tests;
