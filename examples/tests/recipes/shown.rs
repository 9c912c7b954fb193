//! What pages show of files is there, and every recipe is shown.

use crate::pages::{all, below, file};

/// The files that pages show, each with the name of the part where that has one, and the page.
fn shown() -> Vec<(String, Option<String>, String)> {
    let mut found = Vec::new();
    for page in all() {
        for rest in page.text.split("{{#include ").skip(1) {
            let word = rest.split("}}").next().unwrap().trim();
            let (path, part) = word.split_once(':').unwrap_or((word, ""));
            let part = Some(part.to_owned()).filter(|part| part.starts_with(char::is_alphabetic));
            found.push((page.beside(path), part, page.path.clone()));
        }
    }
    assert!(found.len() > 20, "only {} were found", found.len());
    found
}

#[test]
fn the_parts_that_are_shown_are_there() {
    for (path, part, page) in shown() {
        let text = file(&path);
        if let Some(part) = part {
            for mark in [format!("ANCHOR: {part}\n"), format!("ANCHOR_END: {part}\n")] {
                assert!(text.contains(&mark), "{page}: {path} has no {mark}");
            }
        }
    }
}

#[test]
fn every_recipe_is_shown() {
    let shown = shown();
    for recipe in below("examples/recipes", "yaml") {
        assert!(shown.iter().any(|(path, ..)| *path == recipe), "no page shows {recipe}");
    }
}
