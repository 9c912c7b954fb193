//! One day: an API, those who wait, and what happens to both: [`Day::play`].

use crate::common::{registry, watches};
use crate::history::History;
use crate::reference::{NAMES, NAMESPACES, Question, State, Verdict};
use crate::step::{Event, RESOURCES, Step, Trouble, fault, memory};
use k8s_wait_lib::{CheckRegistry, Mode, Plan, Report, Wait, Watches};
use k8s_wait_testkit::{Api, FaultGuard};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// After so long without a trouble everybody has been told: a watch that died is noticed, given up and begun anew.
const RECOVERY: Duration = Duration::from_secs(80);
/// Where nothing went wrong. What belongs to a verdict that is not ready, as its pods, may take so long.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How often the sockets are looked at until what is on its way has come: from the API to a cache it is some hops, each of
/// which may need a look of its own.
const LOOKS: u32 = 40;

/// What has been seen, so that it can be told that something was.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    steps: usize,
    changes: usize,
    troubles: usize,
    waits: usize,
    checks: usize,
    ready: usize,
    failed: usize,
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.changes += other.changes;
        self.troubles += other.troubles;
        self.waits += other.waits;
        self.checks += other.checks;
        self.ready += other.ready;
        self.failed += other.failed;
    }
}

pub(crate) struct Day {
    api: Api,
    watches: Watches,
    registry: CheckRegistry,
    history: Arc<Mutex<History>>,
    waits: Vec<Waiting>,
    faults: Vec<FaultGuard>,
    is_calm: bool,
    figures: Figures,
}

/// Somebody who waits until it is ready or has failed.
struct Waiting {
    question: Question,
    task: AbortOnDropHandle<Verdict>,
}

impl Day {
    pub(crate) async fn play(steps: &[Step]) -> Result<Figures, String> {
        let api = Api::start().await.unwrap();
        let mut day = Self {
            watches: watches(&api),
            api,
            registry: registry(),
            history: Arc::default(),
            waits: Vec::new(),
            faults: Vec::new(),
            is_calm: true,
            figures: Figures::default(),
        };
        for step in steps {
            day.step(step).await;
            day.judged()?;
        }
        day.settle().await;
        day.judged()?;
        Ok(day.figures)
    }

    async fn step(&mut self, step: &Step) {
        self.figures.steps += 1;
        match &step.event {
            Event::Put(object) => {
                self.api.apply(object.build()).unwrap();
                self.changed();
            }
            Event::Delete(object) => {
                let _ = self.api.delete(object.resource, object.namespace, &object.key());
                self.changed();
            }
            Event::Trouble(trouble) => self.trouble(trouble).await,
            Event::Begin(question) => self.begin(question),
            Event::Leave(index) if !self.waits.is_empty() => {
                drop(self.waits.swap_remove(index.index(self.waits.len())))
            }
            Event::Leave(_) => {}
            Event::Ask(question) => self.ask(question).await,
            Event::Settle => self.settle().await,
        }
        if !step.pause.is_zero() {
            arrival().await;
            sleep(step.pause).await;
        }
    }

    /// The truth, before anybody else can have seen it.
    fn changed(&mut self) {
        self.figures.changes += 1;
        let mut state = State::new();
        for (resource, namespace) in RESOURCES.into_iter().flat_map(|r| NAMESPACES.map(|n| (r, n))) {
            for name in NAMES.into_iter().flat_map(|name| ["", "-0", "-1"].map(|end| format!("{name}{end}")))
            {
                let object = self.api.get(resource, namespace, &name);
                state.extend(object.map(|object| ((resource, namespace, name), object)));
            }
        }
        self.history.lock().unwrap().note(state);
    }

    async fn trouble(&mut self, trouble: &Trouble) {
        self.figures.troubles += 1;
        self.is_calm = false;
        if trouble.is_silent() {
            self.history.lock().unwrap().fall_silent();
        }
        match trouble {
            Trouble::Drop => self.api.drop_watches(),
            Trouble::End => {
                self.api.end_watches();
                // They go on before anything else happens. A cluster that was set back just then would be watched from a
                // version that is yet to come, and say nothing: no informer notices that.
                arrival().await;
            }
            Trouble::Stall => self.api.stall_watches(),
            Trouble::Compact => self.api.compact(),
            Trouble::Restart(kept) => {
                self.api.restart(memory(kept)).await.unwrap();
                self.changed();
            }
            Trouble::Away => self.api.stop().await,
            Trouble::Streaming(on) => self.api.set_streaming_lists(*on),
            Trouble::Fault { fault: what, on, times } => {
                self.faults.push(self.api.inject(fault(what).on(on).times(*times)))
            }
        }
    }

    fn wait(&self, question: &Question) -> Wait {
        let targets = question.goals.iter().map(|goal| goal.to_string().parse().unwrap()).collect();
        let mode = if question.is_any { Mode::Any } else { Mode::All };
        let plan = Plan { targets, namespace: "default".to_owned(), mode, timeout: None };
        Wait::new(&self.registry, &self.watches, plan).unwrap()
    }

    fn begin(&mut self, question: &Question) {
        self.figures.waits += 1;
        let (mut wait, heard, history) = (self.wait(question), question.clone(), Arc::clone(&self.history));
        let task = tokio::spawn(async move {
            loop {
                let report = wait.next().await.unwrap();
                history.lock().unwrap().hear(&heard, word(&report), &report);
                if report.is_final {
                    return word(&report);
                }
            }
        });
        self.waits.push(Waiting { question: question.clone(), task: AbortOnDropHandle::new(task) });
    }

    async fn ask(&mut self, question: &Question) {
        self.figures.checks += 1;
        if self.is_calm {
            arrival().await;
        }
        let report = self.wait(question).now().await;
        let mut history = self.history.lock().unwrap();
        history.hear(question, word(&report), &report);
        let truth = question.verdict(history.now());
        if self.is_calm && truth != word(&report) {
            history.wrong.push(format!("{question:?} is {truth:?}, and all that is told is {report:?}"));
        }
    }

    /// All is well again, and after a while everybody has been told what is so, and is told when asked anew.
    async fn settle(&mut self) {
        self.faults.clear();
        self.api.resume().await.unwrap();
        self.history.lock().unwrap().speak();
        arrival().await;
        sleep(if self.is_calm { AT_ONCE } else { RECOVERY }).await;
        self.is_calm = true;
        for question in self.waits.iter().map(|waiting| waiting.question.clone()).collect::<Vec<_>>() {
            self.ask(&question).await;
        }
        let over: Vec<_> = self.waits.extract_if(.., |waiting| waiting.task.is_finished()).collect();
        for Waiting { task, .. } in over {
            match task.await.unwrap() {
                Verdict::Ready => self.figures.ready += 1,
                _ => self.figures.failed += 1,
            }
        }
        let mut history = self.history.lock().unwrap();
        let forgotten =
            self.waits.iter().filter(|waiting| waiting.question.verdict(history.now()) != Verdict::Pending);
        let told =
            forgotten.map(|waiting| format!("nobody is told of {:?}", waiting.question)).collect::<Vec<_>>();
        history.wrong.extend(told);
    }

    fn judged(&self) -> Result<(), String> {
        match self.history.lock().unwrap().wrong.first() {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }
}

/// Until what is on its way has come. Where time is paused it goes on as soon as nobody has anything to do, and a socket
/// that can be read counts only at the next look.
async fn arrival() {
    for _ in 0..LOOKS {
        sleep(Duration::from_millis(1)).await;
    }
}

fn word(report: &Report) -> Verdict {
    match report.verdict.word() {
        "ready" => Verdict::Ready,
        "failed" => Verdict::Failed,
        _ => Verdict::Pending,
    }
}
