//! One request: [`answer`] records it, lets faults happen, and hands it to the part that knows the answer.

use std::future;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request as HttpRequest};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::query::Query;
use super::reply::{self, Reply};
use super::route::{Route, Target};
use super::{discovery, list, review, watch, write};
use crate::cluster::Cluster;
use crate::fault::{Asked, Fault, Kind};
use crate::request::Request;
use crate::status::Status;

/// What a kube-apiserver takes at most.
const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// A request with its body read and its URL understood.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) query: Query,
    pub(crate) accept: String,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// Answers one request.
pub(crate) async fn answer(cluster: Arc<Cluster>, request: HttpRequest<Incoming>) -> Reply {
    let route = Route::parse(request.uri().path(), &cluster.store.resources());
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let verb = verb(&route, request.method(), &query);
    let path = match &route {
        Route::Resource(target) => target.path(),
        Route::Other(_) => String::new(),
    };
    let asked = match &route {
        Route::Resource(target) => target.asked(&verb, &path),
        Route::Other(_) => Asked { verb: &verb, group: "", resource: "", namespace: None, name: "" },
    };
    let number = cluster.record.arrived(recorded(&request, asked));
    let reply = with_faults(&cluster, asked, respond(&cluster, &route, &verb, query, request)).await;
    cluster.record.answered(number, reply.status().as_u16());
    reply
}

fn verb(route: &Route, method: &Method, query: &Query) -> String {
    let known = match route {
        Route::Resource(target) => target.verb(method, query),
        Route::Other(_) => None,
    };
    known.map_or_else(|| method.as_str().to_lowercase(), str::to_owned)
}

fn recorded(request: &HttpRequest<Incoming>, asked: Asked<'_>) -> Request {
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    Request {
        verb: asked.verb.to_owned(),
        resource: asked.resource.to_owned(),
        namespace: asked.namespace.map(str::to_owned),
        path: path.to_owned(),
        user_agent: header(request, &USER_AGENT),
        status: None,
    }
}

fn header(request: &HttpRequest<Incoming>, name: &http::HeaderName) -> String {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

async fn with_faults(cluster: &Cluster, asked: Asked<'_>, reply: impl Future<Output = Reply>) -> Reply {
    let Some(fault) = cluster.faults.on_request(asked) else { return reply.await };
    match fault.kind {
        Kind::Status(code) => refused(&fault, code, asked),
        Kind::Delay(duration) => {
            tokio::time::sleep(duration).await;
            reply.await
        }
        Kind::Hang => future::pending().await,
        Kind::TruncatedList => reply::truncated(reply.await).await,
        Kind::HalfEvent | Kind::WatchError(_) => reply.await,
    }
}

fn refused(fault: &Fault, code: u16, asked: Asked<'_>) -> Reply {
    reply::error(&fault.refusal(code, asked))
}

async fn respond(
    cluster: &Arc<Cluster>,
    route: &Route,
    verb: &str,
    query: Query,
    request: HttpRequest<Incoming>,
) -> Reply {
    let answer = match read(query, request).await {
        Err(status) => Err(status),
        Ok(call) => match route {
            Route::Other(path) => discovery::answer(cluster, path, &call),
            Route::Resource(target) => resource(cluster, target, verb, &call),
        },
    };
    answer.unwrap_or_else(|status| reply::error(&status))
}

async fn read(query: Query, request: HttpRequest<Incoming>) -> Result<Call, Status> {
    let (accept, content_type) = (header(&request, &ACCEPT), header(&request, &CONTENT_TYPE));
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_owned();
    let method = request.method().clone();
    let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => Status::too_large_body(BODY_LIMIT),
        None => Status::bad_request(format!("the body could not be read: {error}")),
    })?;
    Ok(Call { method, query, accept, content_type, body: body.to_bytes() })
}

fn resource(cluster: &Arc<Cluster>, target: &Target, verb: &str, call: &Call) -> Result<Reply, Status> {
    let is_status = target.subresource.as_deref() == Some("status") && target.resource.has_status;
    if target.subresource.is_some() && !is_status {
        return Err(Status::no_such_resource());
    }
    match verb {
        _ if !target.resource.verbs().contains(&verb) => Err(Status::method_not_allowed()),
        "get" => list::get(cluster, target, call),
        "list" => list::list(cluster, target, call),
        "watch" => watch::watch(cluster, target, call),
        "create" if target.resource.is_review() => review::create(cluster, call),
        "create" if target.resource.is_namespaced == target.namespace.is_some() => {
            write::create(cluster, target, call)
        }
        "update" => write::update(cluster, target, call),
        "patch" => write::patch(cluster, target, call),
        "delete" => write::delete(cluster, target, call),
        "deletecollection" => write::delete_collection(cluster, target, call),
        _ => Err(Status::method_not_allowed()),
    }
}
