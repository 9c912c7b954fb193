//! What the book shows of a run: [`write()`], from what was kept with `--json`.

use k8s_wait_benches::Failure;
use k8s_wait_benches::plot::{self, Axes, Curve, Panel};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const TABLES: &str = "docs/src/generated";
const PLOTS: &str = "docs/src/images";

/// Writes tables and plots, from the figures and from the lines of the comparison.
///
/// # Errors
///
/// When something is missing from them.
pub(crate) fn write(figures: &Path, compared: &Path) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate is nowhere")?;
    let figures: Value = serde_json::from_str(&fs::read_to_string(figures)?)?;
    let compared = fs::read_to_string(compared)?;
    let compared = compared.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let table =
        |name: &str, text: String| fs::write(root.join(TABLES).join(format!("benchmarks-{name}.md")), text);
    table("machine", machine(&figures)?)?;
    table("targets", targets(&figures)?)?;
    table("growth", growth(&figures)?)?;
    table("compared", self::compared(&compared)?)?;
    for (name, panels) in plots(&figures)? {
        plot::draw(&root.join(PLOTS).join(format!("benchmarks-{name}.svg")), &panels)?;
    }
    Ok(())
}

fn machine(figures: &Value) -> Result<String, Failure> {
    let get = |key: &str| at(figures, &format!("/machine/{key}"));
    Ok(format!(
        "Measured on {}, on {} cores of {} with {} GiB, Linux {}.\n",
        text(get("date")?),
        get("cores")?,
        text(get("processor")?),
        get("memory_gib")?,
        text(get("kernel")?),
    ))
}

fn targets(figures: &Value) -> Result<String, Failure> {
    let mut table = "| | what | found | target | |\n| --- | --- | ---: | --- | --- |\n".to_owned();
    for row in list(at(figures, "/rows")?) {
        let cell = |key: &str| at(row, &format!("/{key}")).map(text);
        let (verdict, what, found) = (cell("verdict")?, cell("what")?, cell("found")?);
        writeln!(table, "| {verdict} | {what} | {found} | {} | {} |", cell("target")?, cell("note")?)?;
    }
    Ok(table)
}

fn growth(figures: &Value) -> Result<String, Failure> {
    let mut table = "| held waits | memory over idle | for each | the last one woken after |\n\
                     | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for point in list(at(figures, "/growth/waiters")?) {
        let (count, mib, last) = (number(point, "count")?, number(point, "mib")?, number(point, "last_ms")?);
        writeln!(table, "| {count} | {mib:.1} MiB | {:.1} KiB | {last:.1} ms |", mib * 1024.0 / count)?;
    }
    table += "\n| cached pods | memory over idle | for each | the first verdict after | curl over the list |\n\
              | ---: | ---: | ---: | ---: | ---: |\n";
    for point in list(at(figures, "/growth/pods")?) {
        let (count, mib) = (number(point, "count")?, number(point, "mib")?);
        let (verdict, curl) = (number(point, "verdict_s")?, number(point, "curl_s")?);
        let each = mib * 1024.0 * 1024.0 / count;
        writeln!(table, "| {count} | {mib:.1} MiB | {each:.0} bytes | {verdict:.3} s | {curl:.3} s |")?;
    }
    Ok(table)
}

fn compared(lines: &[Value]) -> Result<String, Failure> {
    let run = lines.first().ok_or("the comparison is empty")?;
    let (api, date) = (text(at(run, "/api")?), text(at(run, "/date")?));
    let (rounds, seconds) = (number(run, "rounds")?, number(run, "held_seconds")?);
    let mut table = format!(
        "{date}, against {api}, {rounds} rounds; one wait held for {seconds} s. Medians.\n\n\
         | | PATCH to exit | CPU of a wait | memory | API requests a minute | start to exit of `--help` | on disk |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for line in lines.iter().skip(1) {
        let name = text(at(line, "/name")?);
        let cell = |path: &str, unit: &str| shown(line.pointer(path), unit);
        let memory = cell("/held/memory/resident_kib", "KiB");
        let disk = line
            .pointer("/bytes")
            .and_then(Value::as_f64)
            .map_or(String::new(), |bytes| format!("{:.1} MB", bytes / 1e6));
        match text(at(line, "/what")?) {
            "skipped" => writeln!(table, "| {name} | not here | | | | | |")?,
            "floor" => writeln!(
                table,
                "| *{name}, read raw* | {} | | | | | |",
                cell("/latency/sent_ms/median", "ms")
            )?,
            "server" => {
                let cpu = cell("/held/cpu_ms_a_minute", "ms a minute");
                writeln!(table, "| its server | | {cpu} | {memory} | | | {disk} |")?;
            }
            _ => writeln!(
                table,
                "| {name} {} | {} | {} | {memory} | {} | {} | {disk} |",
                text(at(line, "/version")?),
                cell("/latency/sent_ms/median", "ms"),
                cell("/latency/cpu_ms/median", "ms"),
                cell("/held/requests_a_minute", ""),
                cell("/start_ms/median", "ms"),
            )?,
        }
    }
    Ok(table)
}

fn plots(figures: &Value) -> Result<Vec<(&'static str, Vec<Panel>)>, Failure> {
    let curve = |kind: &str, key: &str| {
        let points = list(at(figures, &format!("/growth/{kind}"))?);
        points
            .iter()
            .map(|point| Ok((number(point, "count")?, number(point, key)?)))
            .collect::<Result<Curve, Failure>>()
    };
    let panel = |title: &str, curve: Curve| Panel { title: title.to_owned(), curve, axes: Axes::Logarithmic };
    Ok(vec![
        (
            "waiters",
            vec![
                panel("MiB over idle, by held waits", curve("waiters", "mib")?),
                panel("ms until the last is woken", curve("waiters", "last_ms")?),
            ],
        ),
        (
            "objects",
            vec![
                panel("MiB over idle, by cached pods", curve("pods", "mib")?),
                panel("s until the first verdict", curve("pods", "verdict_s")?),
            ],
        ),
    ])
}

fn at<'a>(value: &'a Value, path: &str) -> Result<&'a Value, Failure> {
    value.pointer(path).ok_or_else(|| format!("there is no {path}; measure with --growth and --json").into())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value, key: &str) -> Result<f64, Failure> {
    at(value, &format!("/{key}"))?.as_f64().ok_or_else(|| format!("{key} is no number").into())
}

fn shown(value: Option<&Value>, unit: &str) -> String {
    let Some(figure) = value.and_then(Value::as_f64) else { return String::new() };
    let number = if figure >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.2}") };
    format!("{number} {unit}").trim_end().to_owned()
}
