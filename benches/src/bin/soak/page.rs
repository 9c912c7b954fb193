//! What the book shows of a run: [`write()`], from what was kept with `--json`.

use k8s_wait_benches::Failure;
use k8s_wait_benches::plot::{self, Axes, Curve, Panel};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Writes the table and the plot.
///
/// # Errors
///
/// When something is missing from the file.
pub(crate) fn write(found: &Path) -> Result<(), Failure> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
    let found: Value = serde_json::from_str(&fs::read_to_string(found)?)?;
    fs::write(docs.join("generated/soak.md"), summary(&found)? + &table(&found)?)?;
    plot::draw(
        &docs.join("images/soak.svg"),
        &[
            panel("MiB resident, by minutes", &found, "resident_kib", 1024.0)?,
            panel("open files", &found, "files", 1.0)?,
            panel("threads", &found, "threads", 1.0)?,
        ],
    )
}

fn summary(found: &Value) -> Result<String, Failure> {
    let figure = |path: &str| number(found, path);
    let (minutes, cpu) = (figure("/seconds")? / 60.0, figure("/cpu_seconds")?);
    Ok(format!(
        "On {} the server ran for {minutes:.0} minutes, and took {:.1} % of a core. {} waits came and went, {} objects \
         changed that nobody waited for, the API had {} bad days, and there were {} hostile visitors. Half of those who read \
         on were told within {:.1} ms of what they waited for, 99 % within {:.1} s, and the last one after {:.1} s.\n\n",
        at(found, "/machine/date")?.as_str().unwrap_or_default(),
        cpu / minutes / 60.0 * 100.0,
        figure("/waits")?,
        figure("/changes")?,
        figure("/weather")?,
        figure("/hostile")?,
        figure("/told_ms/0")?,
        figure("/told_ms/1")? / 1000.0,
        figure("/told_ms/2")? / 1000.0,
    ))
}

fn table(found: &Value) -> Result<String, Failure> {
    let mut table = "| | what | found | rule |\n| --- | --- | ---: | --- |\n".to_owned();
    for rule in at(found, "/rules")?.as_array().map_or(&[][..], Vec::as_slice) {
        let cell = |path: &str| at(rule, path).map(|value| value.as_str().unwrap_or_default());
        let verdict = if at(rule, "/kept")?.as_bool() == Some(true) { "kept" } else { "broken" };
        writeln!(table, "| {verdict} | {} | {} | {} |", cell("/what")?, cell("/found")?, cell("/target")?)?;
    }
    Ok(table)
}

fn panel(title: &str, found: &Value, key: &str, unit: f64) -> Result<Panel, Failure> {
    let samples = at(found, "/samples")?.as_array().map_or(&[][..], Vec::as_slice);
    let point =
        |sample: &Value| Ok((number(sample, "/second")? / 60.0, number(sample, &format!("/{key}"))? / unit));
    let curve = samples.iter().map(point).collect::<Result<Curve, Failure>>()?;
    Ok(Panel { title: title.to_owned(), curve, axes: Axes::Linear })
}

fn number(value: &Value, path: &str) -> Result<f64, Failure> {
    at(value, path)?.as_f64().ok_or_else(|| format!("{path} is no number").into())
}

fn at<'a>(value: &'a Value, path: &str) -> Result<&'a Value, Failure> {
    value.pointer(path).ok_or_else(|| format!("there is no {path}; keep a run with --json").into())
}
