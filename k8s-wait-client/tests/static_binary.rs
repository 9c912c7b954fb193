//! The static client in an empty chroot, with a DNS server of the test's own inside a network namespace: nothing of
//! the machine is used but its kernel, and nothing of it is changed.
//!
//! `K8S_WAIT_STATIC_CLIENT=$PWD/target/dist/bin/amd64/k8s-wait-client cargo test -p k8s-wait-client --test static_binary --
//! --ignored` runs it, as root, after `cargo xtask dist`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::thread;

use support::{Answer, Client, Stub, done, signal};
use tempfile::TempDir;

const INSIDE: &str = "K8S_WAIT_TEST_INSIDE_NAMESPACE";
const RESOLV_CONF: &str =
    "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n";
const HOSTS: &str = "127.0.0.1 localhost\n127.0.0.1 from-hosts\n";

#[test]
#[ignore = "needs the static binary and root"]
fn names_resolve_in_an_empty_chroot() {
    let binary =
        std::env::var("K8S_WAIT_STATIC_CLIENT").expect("K8S_WAIT_STATIC_CLIENT names the static client");
    if std::env::var_os(INSIDE).is_some() {
        return inside(Path::new(&binary));
    }
    let test = std::env::current_exe().unwrap();
    let mut again = Command::new("unshare");
    again.args(["--net", "--"]).arg(test).args([
        "--ignored",
        "--exact",
        "names_resolve_in_an_empty_chroot",
        "--nocapture",
    ]);
    let status = again.env(INSIDE, "1").status().expect("unshare runs");
    assert!(status.success(), "inside the network namespace: {status}");
}

/// Everything that happens in the network namespace.
fn inside(binary: &Path) {
    assert!(Command::new("ip").args(["link", "set", "lo", "up"]).status().unwrap().success());
    dns();
    let _four = Stub::at("127.0.0.1:8080", |_, question| Answer::stream(&[done(question, "ready", "")]));
    let _six = Stub::at("[::1]:8080", |_, question| Answer::stream(&[done(question, "ready", "")]));
    let root = empty_root(binary);
    // As a short name, the usual three longer ones, only in /etc/hosts, only IPv6, both, over TCP, with many records.
    for host in [
        "k8s-wait",
        "k8s-wait.shop",
        "k8s-wait.shop.svc",
        "k8s-wait.shop.svc.cluster.local",
        "k8s-wait.shop.svc.cluster.local.",
        "from-hosts",
        "six",
        "both",
        "large",
        "127.0.0.1",
        "[::1]",
    ] {
        chrooted(&root, "job/migrate --timeout 10s").server(&format!("http://{host}:8080")).run().exits(0);
        println!("asked {host}");
    }
    chrooted(&root, "tcp://k8s-wait.shop:8080 --timeout 10s").run().exits(0);
    chrooted(&root, "dns://six.shop --timeout 10s").run().exits(0);
    let ended =
        chrooted(&root, "job/migrate --timeout 1s").server("http://nobody.shop.svc:8080").run().exits(1);
    ended.says(&["cannot be asked: NameNotResolved"]);
    obeys_as_process_1(&root);
}

fn obeys_as_process_1(root: &TempDir) {
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child", "chroot"]).arg(root.path());
    command.args(["/k8s-wait-client", "job/migrate", "--server", "http://127.0.0.1:1"]);
    let running = Client::of(command).start_waiting();
    let children = format!("/proc/{0}/task/{0}/children", running.child.id());
    let inner = fs::read_to_string(children).unwrap().trim().parse().unwrap();
    signal("TERM", inner);
    running.end().exits(143);
}

/// What `FROM scratch` gives, and the two files that a kubelet mounts.
fn empty_root(binary: &Path) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::copy(binary, root.path().join("k8s-wait-client")).unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/resolv.conf"), RESOLV_CONF).unwrap();
    fs::write(root.path().join("etc/hosts"), HOSTS).unwrap();
    root
}

fn chrooted(root: &TempDir, arguments: &str) -> Client {
    let mut command = Command::new("chroot");
    command.arg(root.path()).arg("/k8s-wait-client").args(arguments.split(' '));
    Client::of(command)
}

/// A name server as a cluster has one: no such type is no answer, no such name is NXDOMAIN.
fn dns() {
    let udp = UdpSocket::bind("127.0.0.1:53").unwrap();
    let tcp = TcpListener::bind("127.0.0.1:53").unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, client)) = udp.recv_from(&mut query) {
            udp.send_to(&answer(&query[..length], false), client).unwrap();
        }
    });
    thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut stream = stream.unwrap();
            while let Some(query) = framed(&mut stream) {
                let answer = answer(&query, true);
                stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&answer).unwrap();
            }
        }
    });
}

fn framed(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut query = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut query).ok()?;
    Some(query)
}

/// The addresses of a name; `None` where there is no such name.
fn addresses(name: &str) -> Option<Vec<IpAddr>> {
    let (four, six) = ("127.0.0.1".parse().unwrap(), "::1".parse().unwrap());
    match name.strip_suffix(".shop.svc.cluster.local")? {
        "k8s-wait" => Some(vec![four]),
        "six" => Some(vec![six]),
        "both" => Some(vec![six, four]),
        "large" => Some(vec![four; 40]),
        _ => None,
    }
}

fn answer(query: &[u8], is_tcp: bool) -> Vec<u8> {
    let (name, end) = question(query);
    let kind = u16::from_be_bytes([query[end], query[end + 1]]);
    let known = addresses(&name);
    let records: Vec<Vec<u8>> = known.iter().flatten().filter_map(|address| record(*address, kind)).collect();
    // 512 bytes hold no more: the client has to come back over TCP.
    let is_cut = !is_tcp && records.len() > 20;
    let records = if is_cut { Vec::new() } else { records };
    let code = if known.is_none() { 3 } else { 0 };
    let flags: u16 = 0x8180 | code | if is_cut { 0x200 } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend(flags.to_be_bytes());
    for count in [1, u16::try_from(records.len()).unwrap(), 0, 0] {
        answer.extend(count.to_be_bytes());
    }
    answer.extend(&query[12..end + 4]);
    answer.extend(records.concat());
    answer
}

/// The name that is asked for, and where the type begins.
fn question(query: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let label = &query[at + 1..at + 1 + usize::from(query[at])];
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += 1 + label.len();
    }
    (labels.join("."), at + 1)
}

/// One resource record, if the address is of the kind that is asked for.
fn record(address: IpAddr, kind: u16) -> Option<Vec<u8>> {
    let (own, data) = match address {
        IpAddr::V4(four) => (1_u16, four.octets().to_vec()),
        IpAddr::V6(six) => (28, six.octets().to_vec()),
    };
    let length = u16::try_from(data.len()).unwrap();
    // A pointer to the name in the question, the type, class IN, 5 seconds to live.
    let head = [0xc00c, own, 1, 0, 5, length].map(u16::to_be_bytes).concat();
    (own == kind).then(|| [head, data].concat())
}
