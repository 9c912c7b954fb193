//! The HTTP API: [`routes`].

mod accept;
mod answers;
mod ask;
mod body;
mod graph;
mod inject;
mod kinds;
mod legacy;
mod metrics;
mod openapi;
mod outlook;
mod overdue;
mod page;
mod parking;
mod permit;
mod problem;
mod pulse;
mod questions;
mod record;
mod roster;
mod shared;
mod waiting;
mod wire;

use crate::auth::{About, Admission, Caller, Readers, Reading};
use crate::contact::Contact;
use crate::events::Events;
use crate::graph::Cycle;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::peers::Peer;
use crate::places::Places;
use crate::replicas::{Replicas, Siblings};
use answers::Answers;
use ask::Asked;
use futures::FutureExt;
pub(crate) use inject::injecting;
use k8s_wait_lib::target::is_dns_subdomain;
use k8s_wait_lib::{CheckRegistry, Kind, Watches};
use kube::Client;
#[cfg(feature = "openapi")]
pub use openapi::text as openapi;
use outlook::Outlook;
use parking::Parking;
use problem::Problem;
pub(crate) use problem::{Limit, Refusal};
use pulse::Pulse;
pub(crate) use questions::stopped;
use roster::Roster;
use shared::Sharing;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::task::AbortOnDropHandle;
use warp::filters::BoxedFilter;
use warp::http::header::{AUTHORIZATION, HeaderValue};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// The header in which a client says which pod it is in.
const POD: &str = "k8s-wait-pod";
/// How often there is a heartbeat for somebody, and answers are looked over.
const TICK: Duration = Duration::from_secs(1);

/// What every handler needs.
pub(crate) struct App {
    /// What may be asked by those who may ask about what is in no namespace.
    everything: CheckRegistry,
    /// What may be asked by all others.
    namespaced: CheckRegistry,
    admission: Admission,
    watches: Watches,
    waiters: Places,
    metrics: Arc<Metrics>,
    readers: Reading,
    limits: Limits,
    /// The waits that several hold.
    sharing: Arc<Sharing>,
    /// The waits that outlive their client's connection.
    parking: Arc<Parking>,
    /// Who waits.
    roster: Arc<Roster>,
    /// Who waits elsewhere.
    replicas: Arc<Replicas>,
    answers: Arc<Answers>,
    pulse: Arc<Pulse>,
    contact: Contact,
    /// Becomes true when the server has been told to stop.
    stopping: watch::Receiver<bool>,
    _ticking: AbortOnDropHandle<()>,
    _looking: AbortOnDropHandle<()>,
}

impl App {
    /// For those whom `admission` lets in, within these limits, with the client of which `watches` are made.
    pub(crate) fn new(
        (registry, watches): (CheckRegistry, Watches),
        (admission, readers, waiters): (Admission, Reading, Places),
        limits: &Limits,
        client: Client,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let (answers, pulse) = (Arc::<Answers>::default(), Arc::new(Pulse::new()));
        let metrics = Arc::new(Metrics::new(watches.clone(), waiters.clone()));
        let roster = Arc::<Roster>::default();
        let replicas = Replicas::new(name());
        let outlook = Outlook::new(&roster, &metrics, &replicas);
        let ticking = tick(Arc::clone(&answers), Arc::clone(&pulse));
        Arc::new(Self {
            namespaced: registry.namespaced(),
            everything: registry,
            admission,
            readers,
            limits: limits.clone(),
            parking: Parking::new(waiters.limit()),
            metrics,
            watches,
            waiters,
            sharing: Arc::default(),
            roster,
            replicas,
            answers,
            pulse,
            contact: Contact::make(client),
            stopping,
            _ticking: AbortOnDropHandle::new(tokio::spawn(ticking)),
            _looking: AbortOnDropHandle::new(tokio::spawn(outlook.keep())),
        })
    }

    /// Asks the other replicas who waits on them, for ever.
    pub(crate) fn follow(&self, siblings: Siblings) -> impl Future<Output = ()> + use<> {
        Arc::clone(&self.replicas).follow(siblings)
    }

    /// Tells pods by Events that they have waited for longer than that, or wait for one another, for ever.
    pub(crate) fn tell_pods(
        self: &Arc<Self>,
        client: Client,
        after: Duration,
    ) -> impl Future<Output = ()> + use<> {
        overdue::tell(Arc::clone(self), Events::new(client, self.replicas.own()), after)
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// For everybody, where so many may wait; with what tells it to stop.
    #[cfg(test)]
    fn open(registry: CheckRegistry, places: usize, client: Client) -> (Arc<Self>, watch::Sender<bool>) {
        let (stop, stopping) = watch::channel(false);
        let watches = Watches::new(client.clone());
        let entry = (Admission::Open, Reading::default(), Places::new(places, places));
        (Self::new((registry, watches), entry, &Limits::default(), client, stopping), stop)
    }

    /// Everybody may know them.
    fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.everything.kinds()
    }

    /// What this caller may ask.
    fn registry(&self, caller: &Caller) -> &CheckRegistry {
        match self.is_confined(caller) {
            true => &self.namespaced,
            false => &self.everything,
        }
    }

    /// What this caller is told of a cycle.
    fn told(&self, caller: &Caller, cycle: &Cycle) -> String {
        outlook::told(cycle, |namespace| self.admission.allows(caller, About::Namespace(namespace)))
    }

    /// May this caller ask about namespaces alone?
    fn is_confined(&self, caller: &Caller) -> bool {
        !self.admission.allows(caller, About::Cluster)
    }
}

async fn tick(answers: Arc<Answers>, pulse: Arc<Pulse>) {
    let mut ticks = interval_at(Instant::now() + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        pulse.beat();
        answers.sweep();
    }
}

/// All paths, below `prefix` if there is one. Path before method, so that an unknown path is 404 and a wrong method 405.
pub(crate) fn routes(
    app: Arc<App>,
    prefix: Option<String>,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone {
    let others = about(Arc::clone(&app)).or(legacy_paths(Arc::clone(&app))).unify().boxed();
    let body_limit = (app.limits.body_bytes, "max-body-bytes");
    let questions = with_methods("GET, POST", questions(app), body_limit);
    let paths = questions.or(with_methods("GET", others, body_limit)).unify();
    let paths = match prefix {
        Some(prefix) => warp::path(prefix).and(paths).boxed(),
        None => paths.boxed(),
    };
    paths.recover(|_| async { Ok::<_, Infallible>(Problem::no_such_path().into_response()) }).unify()
}

/// Paths that have these methods and no others. What warp refuses about them is a problem; unknown paths go on.
fn with_methods(
    methods: &'static str,
    paths: BoxedFilter<(Response,)>,
    body_limit: (u64, &'static str),
) -> BoxedFilter<(Response,)> {
    let refused = move |rejection: Rejection| async move {
        match rejection.is_not_found() {
            true => Err(rejection),
            false => Ok(Problem::refused(&rejection, methods, body_limit).into_response()),
        }
    };
    paths.recover(refused).unify().boxed()
}

fn with(app: Arc<App>) -> impl Filter<Extract = (Arc<App>,), Error = Infallible> + Clone {
    warp::any().map(move || Arc::clone(&app))
}

/// The query as it stands, empty where there is none.
fn raw_query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// `/v1/check` and `/v1/wait`, by query and by body. A filter's future has room for each of its alternatives, so those that
/// need much are boxed.
fn questions(app: Arc<App>) -> BoxedFilter<(Response,)> {
    let check_query = warp::get()
        .and(raw_query())
        .and(caller(&app))
        .and(with(Arc::clone(&app)))
        .then(questions::check_query);
    let check_body = warp::post()
        .and(in_body(&app.limits))
        .and(caller(&app))
        .and(with(Arc::clone(&app)))
        .then(|ask, caller, app| questions::check(ask, caller, app).boxed());
    let check = warp::path!("v1" / "check").and(check_query.or(check_body).unify());
    let wants_lines = header("accept").map(accept::wants_lines);
    let wait = warp::path!("v1" / "wait")
        .and(asked(&app.limits))
        .and(wants_lines)
        .and(caller(&app))
        .and(header(POD).map(pod))
        .and(with(app))
        .then(questions::wait);
    check.or(wait).unify().boxed()
}

/// The name of this replica, by which it knows itself among all of them. Where there is no randomness it knows itself by its
/// process, which is no worse than that.
fn name() -> String {
    getrandom::u64().map_or_else(|_| std::process::id().to_string(), |number| format!("{number:016x}"))
}

/// A pod's name, if it is one: whoever waits may say what it likes.
fn pod(name: Option<String>) -> Option<String> {
    name.filter(|name| is_dns_subdomain(name))
}

/// Who asks. Where everybody may, nothing is looked at.
fn caller(app: &Arc<App>) -> BoxedFilter<(Result<Caller, Problem>,)> {
    if app.admission.is_open() {
        return warp::any().map(|| Ok(Caller::Anyone)).boxed();
    }
    let caller = |headers: HeaderMap, peer: Arc<Peer>, app: Arc<App>| async move {
        let authorization = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        app.admission.caller(authorization, &peer).await.map_err(Problem::from)
    };
    // What stands before the routes says it of each request.
    let peer = warp::ext::get::<Arc<Peer>>();
    warp::header::headers_cloned().and(peer).and(with(Arc::clone(app))).then(caller).boxed()
}

/// Who reads, where it makes a difference: a token need not be reviewed for what everybody may read, or nobody.
fn reader(app: &Arc<App>, makes_difference: bool) -> BoxedFilter<(Result<Caller, Problem>,)> {
    match makes_difference {
        true => caller(app),
        false => warp::any().map(|| Ok(Caller::Anyone)).boxed(),
    }
}

/// What is asked of a wait, from the query of a GET or the body of a POST.
fn asked(limits: &Limits) -> BoxedFilter<(Result<ask::Ask, Problem>,)> {
    let by_query = warp::get().and(raw_query()).map(|query: String| ask::from_query(Asked::Wait, &query));
    by_query.or(warp::post().and(in_body(limits))).unify().boxed()
}

/// What is asked in a body.
fn in_body(
    limits: &Limits,
) -> impl Filter<Extract = (Result<ask::Ask, Problem>,), Error = Rejection> + Clone + use<> {
    let patience = limits.read_timeout;
    raw_query()
        .and(header("content-type"))
        .and(warp::body::content_length_limit(limits.body_bytes))
        .and(warp::body::stream())
        .then(move |query: String, content_type: Option<String>, body| async move {
            ask::from_body(&query, content_type.as_deref(), &body::read(body, patience).await?)
        })
}

/// A header's value, whatever bytes it holds: warp's own filter refuses the request over one that is no text.
fn header(name: &'static str) -> impl Filter<Extract = (Option<String>,), Error = Infallible> + Clone {
    let text = move |headers: HeaderMap| {
        headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    warp::header::headers_cloned().map(text)
}

/// The page, `/openapi.json`, `/v1/kinds`, `/v1/waiters`, `/metrics` and the probes.
fn about(app: Arc<App>) -> BoxedFilter<(Response,)> {
    let of_metrics = reader(&app, app.readers.metrics == Readers::Token);
    // What everybody may read is not the same for everybody.
    let of_page = reader(&app, app.readers.page != Readers::None);
    let kinds =
        warp::path!("v1" / "kinds").and(warp::get()).and(with(Arc::clone(&app))).map(kinds::list).boxed();
    let openapi = warp::path!("openapi.json").and(warp::get()).map(openapi::document).boxed();
    let live = warp::path!("livez").or(warp::path!("healthz")).unify().and(warp::get()).map(alive).boxed();
    let ready = warp::path!("readyz").and(warp::get()).and(with(Arc::clone(&app))).map(readiness).boxed();
    let metrics = warp::path!("metrics")
        .and(warp::get())
        .and(of_metrics)
        .and(with(Arc::clone(&app)))
        .map(metrics::metrics)
        .boxed();
    let waiters = warp::path!("v1" / "waiters")
        .and(warp::get())
        .and(raw_query())
        .and(header("accept").map(accept::wants_lines))
        .and(of_page.clone())
        .and(with(Arc::clone(&app)))
        .map(waiting::waiters)
        .boxed();
    let graph = warp::path!("v1" / "graph")
        .and(warp::get())
        .and(caller(&app))
        .and(with(Arc::clone(&app)))
        .map(graph::graph)
        .boxed();
    let page = warp::path::end()
        .and(warp::get())
        .and(raw_query())
        .and(of_page)
        .and(with(app))
        .map(page::page)
        .boxed();
    // Each type of a filter has the code of all those before it, unless they are boxed.
    let others = [openapi, live, ready, metrics, waiters, graph, page];
    others.into_iter().fold(kinds, |paths, path| paths.or(path).unify().boxed())
}

/// The paths of k8s-when-ready.
fn legacy_paths(app: Arc<App>) -> BoxedFilter<(Response,)> {
    let service = legacy_path(&app, warp::path!("service" / String / String), legacy::SERVICE);
    let job = legacy_path(&app, warp::path!("job" / String / String), legacy::JOB);
    service.or(job).unify().boxed()
}

fn legacy_path(
    app: &Arc<App>,
    path: impl Filter<Extract = (String, String), Error = Rejection> + Clone + Send + Sync + 'static,
    question: legacy::Path,
) -> BoxedFilter<(Response,)> {
    path.and(warp::get())
        .and(raw_query())
        .and(caller(app))
        .and(with(Arc::clone(app)))
        .then(move |namespace, name, query, caller, app| {
            legacy::answer(question, (namespace, name), query, caller, app)
        })
        .boxed()
}

/// Is this the path of a probe?
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/livez" | "/healthz" | "/readyz")
}

/// The answer to one request too many.
pub(crate) fn too_many(rate: u32) -> Response {
    Problem::too_many(rate).into_response()
}

fn alive() -> Response {
    "ok\n".into_response()
}

/// Ready once the API server has answered, and until the server is told to stop. It does not flap with the API server:
/// whoever waits is told what is pending, which is better than finding no server at all.
fn readiness(app: Arc<App>) -> Response {
    let (status, text) = match () {
        () if *app.stopping.borrow() => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        () if !app.contact.is_made() => {
            (StatusCode::SERVICE_UNAVAILABLE, "the API server has not answered yet\n")
        }
        () => (StatusCode::OK, "ok\n"),
    };
    warp::reply::with_status(text, status).into_response()
}
