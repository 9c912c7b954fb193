//! Packets that get lost: [`Network`], a namespace of our own with rules in it.

use k8s_wait_benches::Failure;
use std::io::{Error, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// What a namespace needs before anything can be reached.
const LOOPBACK: &str = r#"ip link set lo up && exec "$@""#;

/// The network in which all this happens, where it is nobody else's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network;

impl Network {
    /// Goes on as a new program in a network namespace of its own, where that can be; it has nothing but loopback. Else
    /// returns, and packets cannot be lost.
    pub(crate) fn enter() {
        let ways: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
        let works = |way: &&&[&str]| {
            let mut probe = Command::new("unshare");
            probe.args(**way).args(["sh", "-c", LOOPBACK, "sh", "nft", "list", "tables"]);
            probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let (Some(way), Ok(program)) = (ways.iter().find(works), std::env::current_exe()) else { return };
        let mut again = Command::new("unshare");
        again.args(*way).args(["sh", "-c", LOOPBACK, "sh"]).arg(program).args(std::env::args_os().skip(1));
        // It returns only where it fails.
        drop(again.exec());
    }

    /// The network around us, when there is nothing in it but loopback.
    pub(crate) fn around() -> Option<Self> {
        let devices = std::fs::read_to_string("/proc/net/dev").ok()?;
        let mut names = devices.lines().skip(2).filter_map(|line| line.trim().split(':').next());
        names.all(|name| name == "lo").then_some(Self)
    }

    /// From now on nothing comes through to and from these ports.
    pub(crate) fn cut(self, ports: &[u16]) -> Result<(), Failure> {
        self.drop(ports, "")
    }

    /// From now on this many of a hundred packets to and from these ports are lost, in both directions.
    pub(crate) fn lose(self, percent: u32, ports: &[u16]) -> Result<(), Failure> {
        self.drop(ports, &format!("numgen random mod 100 < {percent}"))
    }

    fn drop(self, ports: &[u16], which: &str) -> Result<(), Failure> {
        let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
        let ports = ports.join(", ");
        let rule = |side| format!("tcp {side} {{ {ports} }} {which} drop");
        self.tell(&format!(
            "table inet chaos {{\nchain out {{\ntype filter hook output priority 0\n{}\n{}\n}}\n}}\n",
            rule("dport"),
            rule("sport")
        ))
    }

    /// All packets arrive again.
    pub(crate) fn heal(self) -> Result<(), Failure> {
        self.tell("delete table inet chaos\n")
    }

    fn tell(self, rules: &str) -> Result<(), Failure> {
        let mut nft = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).spawn()?;
        nft.stdin.take().ok_or("nft reads nothing")?.write_all(rules.as_bytes())?;
        match nft.wait()?.success() {
            true => Ok(()),
            false => Err(Error::other(format!("nft refused {rules}")).into()),
        }
    }
}
