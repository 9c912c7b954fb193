//! What goes wrong: [`Fault`], and how it does ([`Scene`]).

use crate::clock::Clock;
use crate::crowd::{Crowd, Order};
use crate::network::Network;
use crate::plane::Plane;
use crate::replicas::Replicas;
use k8s_wait_benches::Failure;
use rustix::process::Signal;
use std::time::Duration;

/// One thing that goes wrong in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    KillApiserver,
    KillEtcd,
    KillReplica,
    RollingRestart,
    KillClients,
    StopApiserver,
    StopEtcd,
    StopReplica,
    StopReplicas,
    StopClients,
    PartitionApi,
    PartitionReplica,
    /// So many of a hundred packets.
    Loss(u32),
    /// The wall clock, by so many seconds.
    Clock(&'static str),
    Outage,
}

/// Each with its name, and what it is.
pub(crate) const ALL: [(&str, Fault, &str); 18] = [
    ("nothing", Fault::Nothing, "no fault, to compare with"),
    ("kill-apiserver", Fault::KillApiserver, "kill -9 of the API server"),
    ("kill-etcd", Fault::KillEtcd, "kill -9 of etcd"),
    ("kill-replica", Fault::KillReplica, "kill -9 of a replica"),
    ("rolling-restart", Fault::RollingRestart, "both replicas restarted with SIGTERM, one after the other"),
    ("kill-clients", Fault::KillClients, "kill -9 of a tenth of the clients"),
    ("stop-apiserver", Fault::StopApiserver, "SIGSTOP of the API server"),
    ("stop-etcd", Fault::StopEtcd, "SIGSTOP of etcd"),
    ("stop-replica", Fault::StopReplica, "SIGSTOP of a replica"),
    ("stop-replicas", Fault::StopReplicas, "SIGSTOP of both replicas"),
    ("stop-clients", Fault::StopClients, "SIGSTOP of a tenth of the clients"),
    ("partition-api", Fault::PartitionApi, "a replica cannot reach the API server"),
    ("partition-replica", Fault::PartitionReplica, "clients cannot reach a replica"),
    ("loss-5", Fault::Loss(5), "5 % of all packets are lost"),
    ("loss-30", Fault::Loss(30), "30 % of all packets are lost"),
    ("clock-forward", Fault::Clock("+3600"), "a replica's wall clock goes forward by an hour"),
    ("clock-back", Fault::Clock("-3600"), "a replica's wall clock goes back by an hour"),
    ("outage", Fault::Outage, "kill -9 of the API server, which stays away for three times as long"),
];

/// What a fault happens to.
pub(crate) struct Scene<'a> {
    pub(crate) plane: &'a mut Plane,
    pub(crate) replicas: &'a mut Replicas,
    pub(crate) crowd: &'a Crowd,
    pub(crate) network: Option<Network>,
    pub(crate) clock: Option<&'a Clock>,
}

impl Fault {
    /// How long it goes on, where others go on for `pause`.
    pub(crate) fn lasts(self, pause: Duration) -> Duration {
        match self {
            Self::KillApiserver | Self::KillEtcd | Self::KillReplica | Self::KillClients => Duration::ZERO,
            Self::RollingRestart => Duration::ZERO,
            Self::Outage => pause * 3,
            _ => pause,
        }
    }

    /// Is it one for which packets have to get lost?
    pub(crate) fn is_network(self) -> bool {
        matches!(self, Self::PartitionApi | Self::PartitionReplica | Self::Loss(_))
    }

    /// Does it keep from a replica what happens meanwhile, without a sign? Then what comes and goes cannot be told right.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::PartitionApi | Self::Loss(_))
    }

    /// Is it one for which a replica needs a clock of its own?
    pub(crate) fn is_clock(self) -> bool {
        matches!(self, Self::Clock(_))
    }

    /// It begins.
    pub(crate) async fn strike(self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        match self {
            Self::Nothing => {}
            Self::KillApiserver | Self::Outage => {
                scene.plane.apiserver.end(Signal::KILL).await?;
            }
            Self::KillEtcd => {
                scene.plane.etcd.end(Signal::KILL).await?;
            }
            Self::KillReplica => scene.replicas.first()?.restart(Signal::KILL).await?,
            Self::RollingRestart => {
                for replica in &mut scene.replicas.all {
                    replica.restart(Signal::TERM).await?;
                }
            }
            Self::KillClients => scene.crowd.order(Order::Restart),
            Self::StopApiserver | Self::StopEtcd | Self::StopReplica | Self::StopReplicas => {
                self.signal(scene, Signal::STOP)?;
            }
            Self::StopClients => scene.crowd.order(Order::Stop),
            Self::PartitionApi => scene.network()?.cut(&[scene.replicas.first_api()?])?,
            Self::PartitionReplica => scene.network()?.cut(&[scene.replicas.first_port()?])?,
            Self::Loss(percent) => scene.network()?.lose(percent, &scene.ports())?,
            Self::Clock(offset) => scene.jump(offset)?,
        }
        Ok(())
    }

    /// It is over. Returns when whoever was gone answers again.
    pub(crate) async fn heal(self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        match self {
            Self::Nothing | Self::KillReplica | Self::RollingRestart | Self::KillClients => {}
            Self::KillApiserver | Self::Outage => {
                scene.plane.apiserver.start_again()?;
                scene.plane.answers().await?;
            }
            Self::KillEtcd => {
                scene.plane.etcd.start_again()?;
                scene.plane.answers().await?;
            }
            Self::StopApiserver | Self::StopEtcd => {
                self.signal(scene, Signal::CONT)?;
                scene.plane.answers().await?;
            }
            Self::StopReplica | Self::StopReplicas => self.signal(scene, Signal::CONT)?,
            Self::StopClients => scene.crowd.order(Order::Continue),
            Self::PartitionApi | Self::PartitionReplica | Self::Loss(_) => {
                scene.network()?.heal()?;
            }
            Self::Clock(_) => scene.jump("+0")?,
        }
        Ok(())
    }

    fn signal(self, scene: &mut Scene<'_>, signal: Signal) -> Result<(), Failure> {
        match self {
            Self::StopApiserver => scene.plane.apiserver.signal(signal)?,
            Self::StopEtcd => scene.plane.etcd.signal(signal)?,
            Self::StopReplica => scene.replicas.first()?.signal(signal)?,
            _ => scene.replicas.all.iter().try_for_each(|replica| replica.signal(signal))?,
        }
        Ok(())
    }
}

impl Scene<'_> {
    fn network(&self) -> Result<Network, Failure> {
        Ok(self.network.ok_or("there is no network of our own")?)
    }

    /// Where replicas and their ways to the API server are.
    fn ports(&self) -> Vec<u16> {
        let all = self.replicas.all.iter();
        let ports = all.flat_map(|replica| [replica.port(), replica.api.address.port()]);
        ports.chain([self.replicas.service.address.port()]).collect()
    }

    fn jump(&self, offset: &str) -> Result<(), Failure> {
        Ok(self.clock.ok_or("there is no clock of our own")?.jump(offset)?)
    }
}
