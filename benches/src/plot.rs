//! Plots for the book: [`draw`].
//!
//! Nothing is behind them and their lines are of colours that can be read on light and on dark pages.

use crate::Failure;
use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (760, 300);
const TEXT: RGBColor = RGBColor(128, 128, 128);
const LINE: RGBColor = RGBColor(46, 134, 222);

/// Points from left to right.
pub type Curve = Vec<(f64, f64)>;

/// What the axes are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// Both logarithmic, for a few points over decades.
    Logarithmic,
    /// Both from 0 on, for many points.
    Linear,
}

/// One of the plots beside each other.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is above it.
    pub title: String,
    /// What is in it.
    pub curve: Curve,
    /// How.
    pub axes: Axes,
}

/// Writes an SVG.
///
/// # Errors
///
/// When it cannot be written.
pub fn draw(file: &Path, panels: &[Panel]) -> Result<(), Failure> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        for (part, panel) in area.split_evenly((1, panels.len().max(1))).iter().zip(panels) {
            match panel.axes {
                Axes::Logarithmic => logarithmic(part, panel)?,
                Axes::Linear => linear(part, panel)?,
            }
        }
        area.present()?;
    }
    Ok(std::fs::write(file, svg)?)
}

fn logarithmic(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Result<(), Failure> {
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let values = panel.curve.iter().map(pick);
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low / 1.6)..(high * 1.6)
    };
    let mut chart = builder(area, panel)
        .build_cartesian_2d(range(|point| point.0).log_scale(), range(|point| point.1).log_scale())?;
    mesh(&mut chart)?;
    chart.draw_series(LineSeries::new(panel.curve.iter().copied(), LINE.stroke_width(2)))?;
    chart.draw_series(panel.curve.iter().map(|point| Circle::new(*point, 4, LINE.filled())))?;
    Ok(())
}

fn linear(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Result<(), Failure> {
    let range = |pick: fn(&(f64, f64)) -> f64| 0.0..panel.curve.iter().map(pick).fold(1.0, f64::max) * 1.1;
    let mut chart =
        builder(area, panel).build_cartesian_2d(range(|point| point.0), range(|point| point.1))?;
    mesh(&mut chart)?;
    chart.draw_series(LineSeries::new(panel.curve.iter().copied(), LINE.stroke_width(1)))?;
    Ok(())
}

fn builder<'a, 'b>(
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    panel: &Panel,
) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(area);
    builder
        .caption(&panel.title, ("sans-serif", 15).into_font().color(&TEXT))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(52);
    builder
}

fn mesh<'a, X, Y>(chart: &mut ChartContext<'a, SVGBackend<'_>, Cartesian2d<X, Y>>) -> Result<(), Failure>
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let label = ("sans-serif", 12).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .axis_style(TEXT)
        .bold_line_style(TEXT.mix(0.3))
        .light_line_style(TRANSPARENT)
        .x_label_style(label.clone())
        .y_label_style(label)
        .draw()?;
    Ok(())
}
