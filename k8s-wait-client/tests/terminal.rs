//! The real client on a terminal: a pseudoterminal whose output a terminal emulator turns into a screen.
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

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use support::{Answer, JOB, Stub, line, signal};

/// A client on a terminal of its own.
struct Terminal {
    child: Child,
    master: File,
    /// Keeps the terminal there when the client has gone.
    slave: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that was written, as it came.
    written: String,
}

impl Terminal {
    /// Starts the client with these arguments, and with these variables besides the terminal's own.
    fn start(arguments: &str, variables: &[(&str, &str)], size: (u16, u16)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = OpenOptions::new().read(true).write(true).open(path).unwrap();
        resize(&slave, size);
        let mut command = Command::new(env!("CARGO_BIN_EXE_k8s-wait-client"));
        command.env_clear().env("TERM", "xterm").env("K8S_WAIT_NAMESPACE", "shop");
        command.envs(variables.iter().copied()).args(arguments.split(' '));
        command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let master = File::from(master);
        let output = read(master.try_clone().unwrap());
        Self {
            child,
            master,
            slave,
            output,
            screen: vt100::Parser::new(nonzero(size.1), nonzero(size.0), 100),
            written: String::new(),
        }
    }

    /// Reads until the screen is as it should be.
    fn shows(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let screen = self.screen.screen().contents();
            if is_so(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else { panic!("never {what}:\n{screen}") };
            self.written.push_str(&String::from_utf8_lossy(&bytes));
            self.screen.process(&bytes);
        }
    }

    /// The exit status and the screen at the end.
    fn end(&mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.written.push_str(&String::from_utf8_lossy(&bytes));
            self.screen.process(&bytes);
        }
        (code, self.screen.screen().contents())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn nonzero(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

fn resize(terminal: &File, (columns, rows): (u16, u16)) {
    tcsetwinsize(terminal, Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
}

fn read(mut master: File) -> Receiver<Vec<u8>> {
    let (sender, output) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length) = master.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    output
}

/// A server that has one job running for as long as somebody asks.
fn running() -> Stub {
    Stub::new(|_, _| Answer::held(&[line("status", "pending", &[(JOB, "pending", "JobRunning")])]))
}

const SIZE: (u16, u16) = (70, 12);

#[test]
fn a_table_is_redrawn_in_its_place_and_leaves_the_reasons() {
    let stub = running();
    let arguments = format!("job/migrate --timeout 1s --server {}", stub.url());
    let mut terminal = Terminal::start(&arguments, &[], SIZE);
    let screen = terminal.shows("shows the job", |screen| screen.contains("JobRunning"));
    let rows: Vec<&str> = screen.lines().collect();
    assert!(rows[0].contains("start    waiting for 1s at most for job/shop/migrate"), "{screen}");
    let table = rows.iter().position(|row| row.contains("0 of 1 ready")).unwrap();
    assert!(rows[table + 1].starts_with("  pending  job/shop/migrate  JobRunning"), "{screen}");
    assert_eq!(rows.len(), table + 2, "nothing is below: {screen}");

    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1));
    assert!(terminal.written.matches("0 of 1 ready").count() >= 5, "some ten pictures a second");
    assert!(!screen.contains("0 of 1 ready"), "the table has gone: {screen}");
    assert!(
        screen.contains("timed out after 1s") && screen.contains("not ready  job/shop/migrate"),
        "{screen}"
    );
    assert_eq!(screen.matches("waiting for").count(), 1, "{screen}");
}

#[test]
fn what_was_ready_stays_to_be_read() {
    let stub = Stub::new(|number, question| match number {
        0 => Answer::held(&[]),
        _ => Answer::stream(&[support::done(question, "ready", "")]),
    });
    let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", open.local_addr().unwrap());
    let arguments = format!("{target} job/migrate --timeout 800ms --server {}", stub.url());
    let (code, screen) = Terminal::start(&arguments, &[], (100, 12)).end();
    assert_eq!(code, Some(1));
    let ready = screen.lines().filter(|row| row.contains(&format!("ready    {target}"))).count();
    assert_eq!(ready, 1, "{screen}");
    assert!(screen.contains("1 of 2 targets not ready"), "{screen}");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let stub = running();
    for (name, code) in [("TERM", 143), ("INT", 130), ("KILL", -1)] {
        let mut terminal = Terminal::start(&format!("job/migrate --server {}", stub.url()), &[], SIZE);
        let before = format!("{:?}", tcgetattr(&terminal.slave).unwrap());
        terminal.shows("shows the job", |screen| screen.contains("JobRunning"));
        signal(name, terminal.child.id());
        let (ended, screen) = terminal.end();
        assert_eq!(ended.unwrap_or(-1), code);
        assert_eq!(format!("{:?}", tcgetattr(&terminal.slave).unwrap()), before);
        let view = terminal.screen.screen();
        assert!(!view.hide_cursor() && !view.alternate_screen(), "{screen}");
        assert_eq!(view.fgcolor(), vt100::Color::Default);
        let written = view.rows(0, SIZE.0).collect::<Vec<_>>();
        let last = written.iter().rposition(|row| !row.is_empty()).unwrap();
        let (row, column) = view.cursor_position();
        assert_eq!((usize::from(row), column), (last + 1, 0), "below everything: {screen}");
    }
}

#[test]
fn the_table_follows_the_size_of_the_terminal() {
    let stub = running();
    let targets: Vec<_> = (0..20).map(|n| format!("job/job-{n}")).collect();
    let arguments = format!("{} job/migrate --server {}", targets.join(" "), stub.url());
    let mut terminal = Terminal::start(&arguments, &[], SIZE);
    let screen =
        terminal.shows("shows the job", |screen| screen.contains("JobRunning") || screen.contains("more:"));
    assert!(screen.contains("more: "), "{screen}");
    assert!(screen.lines().count() <= 12, "{screen}");
    resize(&terminal.master, (50, 30));
    terminal.screen.screen_mut().set_size(nonzero(30), nonzero(50));
    let screen =
        terminal.shows("is whole", |screen| screen.contains("JobRunning") && !screen.contains("more: "));
    assert!((0..20).all(|n| screen.contains(&format!("job/shop/job-{n} "))), "{screen}");
    assert!(screen.matches(" of 21 ready").count() == 1, "{screen}");
}

#[test]
fn a_terminal_that_can_do_little_gets_lines() {
    let stub = running();
    let arguments = format!("job/migrate --timeout 300ms --server {}", stub.url());
    for (name, value) in [("TERM", "dumb"), ("TERM", ""), ("RUST_LOG", "debug"), ("K8S_WAIT_OUTPUT", "json")]
    {
        let mut terminal = Terminal::start(&arguments, &[(name, value)], SIZE);
        assert_eq!(terminal.end().0, Some(1));
        assert!(!terminal.written.contains('\u{1b}'), "{name}={value}: {}", terminal.written);
        assert!(terminal.written.contains("JobRunning"), "{}", terminal.written);
    }
}

#[test]
fn no_color_is_obeyed_and_the_table_stays() {
    let stub = running();
    let arguments = format!("job/migrate --timeout 500ms --server {}", stub.url());
    for (value, has_colours) in [("1", false), ("", true)] {
        let mut terminal = Terminal::start(&arguments, &[("NO_COLOR", value)], SIZE);
        assert_eq!(terminal.end().0, Some(1));
        assert_eq!(terminal.written.contains("\u{1b}[33m"), has_colours, "{}", terminal.written);
        assert!(terminal.written.contains("\u{1b}[K"), "{}", terminal.written);
    }
}
