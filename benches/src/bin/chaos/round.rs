//! One fault, from the first client to the last: [`play`].

use crate::clock::{Clock, LIBRARY};
use crate::crowd::{Crowd, Recipe};
use crate::faults::{Fault, Scene};
use crate::group::Group;
use crate::network::Network;
use crate::plane::Plane;
use crate::replicas::Replicas;
use crate::report::{Row, SHOWN, Seen};
use crate::script::Script;
use crate::targets::{self, Fate};
use k8s_wait_benches::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Until all have come to wait.
const GATHERING: Duration = Duration::from_secs(300);
/// From the end of a fault until the rest becomes ready or fails.
const QUIET: Duration = Duration::from_secs(5);
/// Whoever has not left so long after all is as it was waited for is lost.
const BOUND: Duration = Duration::from_secs(120);
/// How often it is looked.
const GLANCE: Duration = Duration::from_millis(50);

/// What all rounds have in common.
pub(crate) struct Setting {
    pub(crate) group: Arc<Group>,
    pub(crate) plane: Plane,
    pub(crate) client: PathBuf,
    pub(crate) server: PathBuf,
    pub(crate) network: Option<Network>,
    pub(crate) waiters: usize,
    pub(crate) pause: Duration,
}

/// Plays a round, or says why that cannot be done here.
pub(crate) async fn play(name: &'static str, fault: Fault, setting: &mut Setting) -> Result<Row, Failure> {
    let folder = setting.group.folder().join(name);
    std::fs::create_dir_all(&folder)?;
    let clock = if fault.is_clock() { Clock::new(&folder) } else { None };
    match () {
        () if fault.is_network() && setting.network.is_none() => {
            return Ok(Row::skipped(name, "unshare and nft cannot make a network of our own here"));
        }
        () if fault.is_clock() && clock.is_none() => {
            return Ok(Row::skipped(name, "libfaketime is not installed"));
        }
        () => {}
    }
    let give = |command: &mut Command| clock.iter().for_each(|clock| clock.give(command));
    let mut replicas =
        Replicas::start(&setting.group, &setting.plane, &setting.server, &folder, give).await?;
    if fault.is_clock() && !replicas.first()?.has_mapped(LIBRARY) {
        replicas.leave().await?;
        return Ok(Row::skipped(name, "the server is linked statically: give one that is not with --server"));
    }
    let seen = watch(fault, setting, &mut replicas, (name, &folder), clock.as_ref()).await?;
    replicas.leave().await?;
    std::fs::remove_dir_all(&folder)?;
    Ok(Row::seen(name, seen))
}

/// From the first client to the last.
async fn watch(
    fault: Fault,
    setting: &mut Setting,
    replicas: &mut Replicas,
    (name, folder): (&str, &Path),
    clock: Option<&Clock>,
) -> Result<Seen, Failure> {
    let (api, waiters, namespace) = (&setting.plane.api, setting.waiters, format!("chaos-{name}"));
    api.namespace(&namespace).await?;
    let script = Script::begin(api, targets::all(&namespace)).await?;
    let recipe = Recipe {
        group: Arc::clone(&setting.group),
        client: setting.client.clone(),
        service: replicas.service.address,
        namespace,
        folder: folder.to_owned(),
    };
    let mut crowd = Crowd::gather(recipe, waiters, &script.words(), &script.ledger);
    gathered(&mut crowd, replicas, &script, waiters).await?;
    replicas.service.forget();
    let (plane, network) = (&mut setting.plane, setting.network);
    let mut scene = Scene { plane, replicas, crowd: &crowd, network, clock };
    let over = go_wrong(fault, &mut scene, &script, fault.lasts(setting.pause)).await?;
    script.fulfil(&[Fate::After, Fate::FailsAfter, Fate::Flaps]).await;
    left(&mut crowd).await?;
    let outcome = script.ledger.lock().outcome(waiters, over);
    Ok(Seen { waiters, outcome, peak: replicas.service.peak(), last_words: crowd.last_words(SHOWN) })
}

/// Waits until all wait, or have left already.
async fn gathered(
    crowd: &mut Crowd,
    replicas: &Replicas,
    script: &Script,
    waiters: usize,
) -> Result<(), Failure> {
    let begin = Instant::now();
    while replicas.service.open() + script.ledger.lock().exits() < waiters {
        crowd.is_over()?;
        if begin.elapsed() > GATHERING {
            return Err(format!("{} of {waiters} have come to wait", replicas.service.open()).into());
        }
        sleep(GLANCE).await;
    }
    // And have asked.
    sleep(QUIET).await;
    Ok(())
}

/// The fault, and what becomes ready in it. Returns when it was over.
async fn go_wrong(
    fault: Fault,
    scene: &mut Scene<'_>,
    script: &Script,
    lasts: Duration,
) -> Result<Instant, Failure> {
    let flapping = script.clone();
    let for_so_long = if fault.is_silent() { Duration::ZERO } else { lasts + QUIET };
    let flapping = tokio::spawn(async move { flapping.flap(for_so_long).await });
    script.fulfil(&[Fate::Before]).await;
    fault.strike(scene).await?;
    let during = script.clone();
    let during = tokio::spawn(async move {
        sleep(lasts / 2).await;
        during.fulfil(&[Fate::During, Fate::FailsDuring]).await;
    });
    sleep(lasts).await;
    fault.heal(scene).await?;
    let over = Instant::now();
    sleep(QUIET).await;
    flapping.await?;
    during.await?;
    Ok(over)
}

/// Waits until all have left, or are lost.
async fn left(crowd: &mut Crowd) -> Result<(), Failure> {
    let begin = Instant::now();
    while !crowd.is_over()? && begin.elapsed() < BOUND {
        sleep(GLANCE).await;
    }
    Ok(())
}
