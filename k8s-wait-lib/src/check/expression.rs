//! States that any kind has: [`Expression`].

use super::goal::{self, Goal};
use super::request::ObjectRequest;
use super::subject::Scope;
use super::{Judge, Request};
use crate::TargetError;
use crate::judge::cel::Cel;
use crate::judge::condition;
use crate::judge::jsonpath::JsonPath;
use crate::object::{Cached, Conditioned, Document, Served};
use k8s_wait_target::Target;
use std::sync::Arc;

/// What `for=` asks of an object of any kind.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// `condition=TYPE[=STATUS]`
    Condition { type_: String, status: String },
    /// `jsonpath=EXPR[=VALUE]`
    JsonPath(JsonPath),
    /// `cel=EXPR`
    Cel(Cel),
}

impl Expression {
    /// How they are written, among the states of a kind.
    pub(super) const FORMS: [&str; 3] = ["condition=TYPE[=STATUS]", "jsonpath=EXPR[=VALUE]", "cel=EXPR"];

    /// The expression of a target; `None` where it asks for a state that its kind has to know.
    pub(super) fn of(target: &Target) -> Result<Option<Self>, TargetError> {
        let state = target.options().state.as_deref().unwrap_or_default();
        let expression = match state.split_once('=') {
            Some(("condition", text)) => condition_of(text),
            Some(("jsonpath", text)) => JsonPath::read(text).map(Self::JsonPath),
            Some(("cel", text)) => Cel::read(text).map(Self::Cel),
            _ => return Ok(None),
        };
        expression.map(Some).map_err(|problem| TargetError::option(target, problem))
    }

    /// Asks it of the objects that a target names.
    pub(super) fn request(
        self,
        kind: &str,
        served: Served,
        target: &Target,
    ) -> Result<Box<dyn Request>, TargetError> {
        match self {
            Self::Condition { type_, status } => asked::<Conditioned>(kind, served, target, move |object| {
                condition::is(object, &type_, &status)
            }),
            Self::JsonPath(path) => asked::<Document>(kind, served, target, move |object| path.judge(object)),
            Self::Cel(cel) => asked::<Document>(kind, served, target, move |object| cel.judge(object)),
        }
    }
}

/// As kubectl: without a status it is True.
fn condition_of(text: &str) -> Result<Expression, String> {
    let (type_, status) = text.split_once('=').unwrap_or((text, "True"));
    match (type_, status) {
        ("", _) | (_, "") => {
            Err("a condition is written for=condition=TYPE or for=condition=TYPE=STATUS".to_owned())
        }
        _ => Ok(Expression::Condition { type_: type_.to_owned(), status: status.to_owned() }),
    }
}

/// A request that judges objects in a shape which any kind has.
pub(super) fn asked<S>(
    kind: &str,
    served: Served,
    target: &Target,
    judge: impl Fn(Option<&S::View>) -> crate::Verdict + Send + Sync + 'static,
) -> Result<Box<dyn Request>, TargetError>
where
    S: Cached<Wire: kube::Resource<DynamicType = Served>>,
{
    let scope = Scope::of(kind, served.is_namespaced, target)?;
    let state = target.options().state.as_deref().unwrap_or("ready");
    goal::check_min(target, kind, state, scope.is_set())?;
    let judge: Judge<S::View> = Arc::new(judge);
    let goal = Goal::<S>::judged(judge, |_| true, target.options());
    Ok(Box::new(ObjectRequest::new(scope, goal, served, target)))
}
