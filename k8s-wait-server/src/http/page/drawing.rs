//! The picture of who waits for whom, as SVG: [`drawing`].

use crate::graph::{Arrow, Mark, Picture, Shape};
use maud::{Markup, html};

/// A box, and the room from one to the next, in CSS pixels.
const WIDTH: usize = 230;
const HEIGHT: usize = 44;
const ACROSS: usize = 320;
const DOWN: usize = 64;
const MARGIN: usize = 24;
/// So far from boxes, and under all of them, arrows lead back.
const ASIDE: usize = 18;
/// So many characters have room in a box.
const LETTERS: usize = 30;

/// The picture with its key. Nothing, where nobody waits.
pub(super) fn drawing(picture: &Picture) -> Markup {
    if picture.boxes.is_empty() {
        return html! {};
    }
    let columns = picture.boxes.iter().map(|shape| shape.column + 1).max().unwrap_or_default();
    let rows = picture.boxes.iter().map(|shape| shape.row + 1).max().unwrap_or_default();
    let width = columns * ACROSS - (ACROSS - WIDTH) + 2 * MARGIN;
    let height = rows * DOWN - (DOWN - HEIGHT) + 2 * MARGIN + ASIDE;
    html! {
        figure {
            // Wider than a phone: it is scrolled by itself, with the keyboard as well.
            div class="wide" tabindex="0" role="group" aria-label="Who waits for whom, as a picture" {
                svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img" aria-label=(words(picture)) {
                    @for mark in [Mark::Plain, Mark::Blocked, Mark::Cycle] { (head(mark)) }
                    @for arrow in &picture.arrows { (line(arrow, picture, height)) }
                    @for shape in &picture.boxes { (rectangle(shape)) }
                }
            }
            figcaption {
                "Pods wait for what their arrows lead to; what is waited for needs the pods that its arrows lead to. "
                span class="blocked" { "Dashed" } ": waits for a pod that waits. "
                span class="cycle" { "Thick" } ": waits for itself."
                @if picture.left_out > 0 { " " (picture.left_out) " more groups of pods are in the table alone." }
            }
        }
    }
}

/// The same for those who do not see it.
fn words(picture: &Picture) -> String {
    let name = |place: usize| picture.boxes.get(place).map(label).unwrap_or_default();
    let verb = |arrow: &Arrow| match picture.boxes.get(arrow.from).and_then(|shape| shape.pods) {
        Some(_) => "waits for",
        None => "needs",
    };
    let sentences =
        picture.arrows.iter().map(|arrow| format!("{} {} {}", name(arrow.from), verb(arrow), name(arrow.to)));
    sentences.collect::<Vec<_>>().join("; ")
}

fn label(shape: &Shape) -> String {
    match shape.pods {
        Some(2..) => format!("{} and {} more", shape.name, shape.pods.unwrap_or_default() - 1),
        _ => shape.name.clone(),
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Cycle => "cycle",
        Mark::Blocked => "blocked",
        Mark::Plain => "plain",
    }
}

fn head(mark: Mark) -> Markup {
    let class = class(mark);
    html! {
        marker id=(format!("head-{class}")) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse" {
            path class=(format!("head {class}")) d="M0 0 8 4 0 8z" {}
        }
    }
}

fn left(shape: &Shape) -> usize {
    MARGIN + shape.column * ACROSS
}

fn top(shape: &Shape) -> usize {
    MARGIN + shape.row * DOWN
}

fn line(arrow: &Arrow, picture: &Picture, height: usize) -> Markup {
    let (Some(from), Some(to)) = (picture.boxes.get(arrow.from), picture.boxes.get(arrow.to)) else {
        return html! {};
    };
    let class = class(arrow.mark);
    html! { path class=(class) d=(way(from, to, height)) marker-end=(format!("url(#head-{class})")) {} }
}

/// From the right side of a box to the left side of one further on, and around below all of them to one that is not.
fn way(from: &Shape, to: &Shape, height: usize) -> String {
    let (x, y) = (left(from) + WIDTH, top(from) + HEIGHT / 2);
    let (end, level) = (left(to), top(to) + HEIGHT / 2);
    if end > x {
        let half = (end - x) / 2;
        return format!("M{x} {y}C{} {y} {} {level} {end} {level}", x + half, end - half);
    }
    format!("M{x} {y}h{ASIDE}V{}H{}V{level}H{end}", height - MARGIN, end - ASIDE)
}

fn rectangle(shape: &Shape) -> Markup {
    let kind = if shape.pods.is_some() { "pods" } else { "target" };
    let (name, more) = (short(&shape.name), shape.pods.filter(|pods| *pods > 1).map(|pods| pods - 1));
    let (x, y) = (left(shape), top(shape));
    html! {
        g class=(format!("{kind} {}", class(shape.mark))) {
            title { (label(shape)) }
            rect x=(x) y=(y) width=(WIDTH) height=(HEIGHT) rx=(if shape.pods.is_some() { 4 } else { 22 }) {}
            @match more {
                None => text x=(x + WIDTH / 2) y=(y + 27) { (name) },
                Some(more) => {
                    text x=(x + WIDTH / 2) y=(y + 19) { (name) }
                    text class="more" x=(x + WIDTH / 2) y=(y + 36) { "and " (more) " more" }
                }
            }
        }
    }
}

/// The end of a name tells more than its beginning.
fn short(name: &str) -> String {
    let count = name.chars().count();
    match count > LETTERS {
        true => format!("…{}", name.chars().skip(count + 1 - LETTERS).collect::<String>()),
        false => name.to_owned(),
    }
}
