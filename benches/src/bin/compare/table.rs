//! The outcome for people: [`of`].

use crate::figures::{Spread, millis};
use crate::held::Memory;
use crate::latency::Floor;
use crate::outcome::{Outcome, Row, Run, bytes};
use k8s_wait_benches::Failure;

const HEAD: [&str; 10] = [
    "",
    "sent to exit, ms (p90)",
    "answered to exit, ms",
    "of kubectl",
    "CPU a wait, ms",
    "RSS, KiB (peak)",
    "requests to begin",
    "a minute",
    "--help, ms (CPU)",
    "on disk",
];

/// One table, with what it means above and what is missing below.
pub(crate) fn of(outcome: &Outcome) -> Result<String, Failure> {
    let Run { date, machine, api, rounds, held_seconds, .. } = &outcome.run;
    let mut text = format!(
        "{date}, {machine}. API: {api}.\n\
         One Job, one waiter, {rounds} rounds: from just before the PATCH of its status, and from its answer, until the\n\
         waiter was waited for; medians. CPU of a whole wait, with its children. Memory and requests while one wait was\n\
         held for {held_seconds} s.\n\n"
    );
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    let kubectl = outcome.rows.iter().find(|row| row.tool.name == "kubectl wait");
    let kubectl = kubectl.map(|row| row.latency.sent.median);
    lines.extend(outcome.floors.iter().map(|floor| self::floor(floor, kubectl)));
    for row in &outcome.rows {
        lines.push(waiter(row, kubectl)?);
        lines.extend(server(row)?);
    }
    text += &aligned(&lines);
    for row in &outcome.rows {
        text += &format!("{}: {}, {}\n", row.tool.name, row.tool.version, row.tool.command);
    }
    for absent in &outcome.absent {
        text += &format!("skipped: {}, for want of {}\n", absent.name, absent.how);
    }
    Ok(text)
}

fn floor(Floor { name, latency }: &Floor, kubectl: Option<f64>) -> Vec<String> {
    let mut cells =
        vec![format!("({name})"), spread(latency.sent), format!("{:.2}", latency.answered.median)];
    cells.push(share(latency.sent, kubectl));
    cells.resize(HEAD.len(), String::new());
    cells
}

fn waiter(row: &Row, kubectl: Option<f64>) -> Result<Vec<String>, Failure> {
    let Row { tool, latency, start, held } = row;
    Ok(vec![
        tool.name.to_owned(),
        spread(latency.sent),
        format!("{:.2}", latency.answered.median),
        share(latency.sent, kubectl),
        latency.cpu.map(|cpu| format!("{:.1}", cpu.median)).unwrap_or_default(),
        memory(held.waiter),
        held.first_requests.to_string(),
        format!("{:.1}", held.requests_a_minute),
        format!("{:.2} ({:.2})", start.wall.median, start.cpu.median),
        size(bytes(&tool.files)?),
    ])
}

fn server(row: &Row) -> Result<Option<Vec<String>>, Failure> {
    let Some((server, held)) = row.tool.server.as_ref().zip(row.held.server.as_ref()) else {
        return Ok(None);
    };
    let mut cells = vec![String::new(); HEAD.len()];
    let filled = [
        (0, format!("  its server, for all: {}", server.name)),
        (4, format!("{:.1} a minute", millis(held.cpu_a_minute))),
        (5, memory(held.memory)),
        (9, size(bytes(&server.files)?)),
    ];
    for (index, text) in filled {
        if let Some(cell) = cells.get_mut(index) {
            *cell = text;
        }
    }
    Ok(Some(cells))
}

fn share(latency: Spread, kubectl: Option<f64>) -> String {
    kubectl.map(|kubectl| format!("{:.2}", latency.median / kubectl)).unwrap_or_default()
}

fn spread(spread: Spread) -> String {
    format!("{:.2} ({:.2})", spread.median, spread.p90)
}

fn memory(Memory { resident, peak }: Memory) -> String {
    format!("{resident} ({peak})")
}

#[expect(clippy::cast_precision_loss, reason = "files are small enough for a digit after the point")]
fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<0$}", width(column)),
            _ => format!("  {cell:>0$}", width(column)),
        });
        text += cells.collect::<String>().trim_end();
        text += "\n";
    }
    text + "\n"
}
