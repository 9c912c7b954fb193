//! Plots for the book: [`draw`].
//!
//! Nothing is behind them and their lines are of colours that can be read on light and on dark pages.

use k8s_wait_benches::Failure;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (760, 300);
const TEXT: RGBColor = RGBColor(128, 128, 128);
const LINE: RGBColor = RGBColor(46, 134, 222);

/// Counts, each with what it costs.
pub(crate) type Curve = Vec<(f64, f64)>;

/// One of the plots beside each other; both axes are logarithmic.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) curve: Curve,
}

/// Writes an SVG.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn draw(file: &Path, panels: &[Panel]) -> Result<(), Failure> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        for (part, panel) in area.split_evenly((1, panels.len().max(1))).iter().zip(panels) {
            self::panel(part, panel)?;
        }
        area.present()?;
    }
    Ok(std::fs::write(file, svg)?)
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Result<(), Failure> {
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let values = panel.curve.iter().map(pick);
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low / 1.6)..(high * 1.6)
    };
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 15).into_font().color(&TEXT))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(range(|point| point.0).log_scale(), range(|point| point.1).log_scale())?;
    let label = ("sans-serif", 12).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .axis_style(TEXT)
        .bold_line_style(TEXT.mix(0.3))
        .light_line_style(TRANSPARENT)
        .x_label_style(label.clone())
        .y_label_style(label)
        .draw()?;
    chart.draw_series(LineSeries::new(panel.curve.iter().copied(), LINE.stroke_width(2)))?;
    chart.draw_series(panel.curve.iter().map(|point| Circle::new(*point, 4, LINE.filled())))?;
    Ok(())
}
