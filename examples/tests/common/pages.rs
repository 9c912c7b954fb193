//! Pages of Markdown as their readers have them: [`Page`].

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository.
pub(crate) fn file(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Is there such a file or folder in the repository?
pub(crate) fn exists(path: &str) -> bool {
    at(path).exists()
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A page.
pub(crate) struct Page {
    /// From the top of the repository.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A block of code.
pub(crate) struct Block {
    /// Empty where it is not told.
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) fn page(path: &str) -> Page {
    Page { path: path.to_owned(), text: file(path) }
}

/// The pages of the book, but for the summary and what is generated to be included.
pub(crate) fn book() -> Vec<Page> {
    let paths = below("docs/src", "md").into_iter();
    paths
        .filter(|path| !path.contains("/generated/") && !path.ends_with("SUMMARY.md"))
        .map(|path| page(&path))
        .collect()
}

/// The book, and what stands at the top of the repository.
pub(crate) fn all() -> Vec<Page> {
    book().into_iter().chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(page)).collect()
}

/// The files below a folder whose names end so, from the top of the repository.
pub(crate) fn below(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(at(folder)).unwrap() {
        let path = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
        match at(&path).is_dir() {
            true => found.extend(below(&path, ending)),
            false if path.ends_with(&format!(".{ending}")) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// All source files of the crates.
pub(crate) fn source_files() -> Vec<String> {
    let crates = ["target", "lib", "server", "client", "testkit"].map(|name| format!("k8s-wait-{name}"));
    crates.iter().flat_map(|folder| below(folder, "rs")).collect()
}

/// The source files below a folder as one text, without their tests and comments.
pub(crate) fn sources(folder: &str) -> String {
    let files = below(folder, "rs").into_iter().filter(|path| !path.ends_with("tests.rs"));
    let texts = files.map(|path| file(&path).split("#[cfg(test)]").next().unwrap().to_owned());
    let text: String = texts.collect();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The tests that read files of the repository, as one text.
pub(crate) fn tests() -> String {
    let folders = ["examples/tests", "k8s-wait-server/tests"];
    folders.iter().flat_map(|folder| below(folder, "rs")).map(|path| file(&path)).collect()
}

/// The words between backticks.
pub(crate) fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

impl Page {
    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES)
    }

    /// A path that is written in this page, from the top of the repository.
    pub(crate) fn beside(&self, path: &str) -> String {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    pub(crate) fn links(&self) -> Vec<String> {
        let link = |event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        };
        self.events().filter_map(link).collect()
    }

    /// What the headings can be linked by, as mdbook and others make it of them.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let headings =
            self.texts(|tag| matches!(tag, Tag::Heading { .. }), |end| matches!(end, TagEnd::Heading(_)));
        let part = |c: char| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || "-_".contains(c) => Some(c.to_ascii_lowercase()),
            _ => None,
        };
        headings.iter().map(|heading| heading.chars().filter_map(part).collect()).collect()
    }

    /// What is between these tags, as text.
    fn texts(&self, begins: fn(&Tag<'_>) -> bool, ends: fn(&TagEnd) -> bool) -> Vec<String> {
        let (mut texts, mut open) = (Vec::new(), None);
        for event in self.events() {
            match (event, &mut open) {
                (Event::Start(tag), None) if begins(&tag) => open = Some(String::new()),
                (Event::End(end), _) if ends(&end) => texts.extend(open.take()),
                (Event::Text(text), Some(open)) => open.push_str(&text),
                (Event::Code(code), Some(open)) => open.push_str(&code),
                _ => {}
            }
        }
        texts
    }

    /// Blocks of code, of any kind; one that is made by indenting has no language.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut open) = (Vec::new(), None);
        for event in self.events() {
            match (event, &mut open) {
                (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), _) => {
                    open = Some(Block { language: language.into_string(), text: String::new() });
                }
                (Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)), _) => {
                    open = Some(Block { language: String::new(), text: String::new() });
                }
                (Event::Text(text), Some(open)) => open.text.push_str(&text),
                (Event::End(TagEnd::CodeBlock), _) => blocks.extend(open.take()),
                _ => {}
            }
        }
        blocks
    }

    /// What stands between backticks.
    pub(crate) fn code(&self) -> Vec<String> {
        let code = |event| match event {
            Event::Code(code) => Some(code.into_string()),
            _ => None,
        };
        self.events().filter_map(code).collect()
    }

    /// Tables by row and cell, the head first; code stands between backticks.
    pub(crate) fn tables(&self) -> Vec<Vec<Vec<String>>> {
        let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
        let mut is_open = false;
        for event in self.events() {
            let text = match event {
                Event::Start(Tag::Table(_)) => {
                    is_open = true;
                    tables.push(Vec::new());
                    continue;
                }
                Event::Start(Tag::TableHead | Tag::TableRow) => {
                    tables.last_mut().unwrap().push(Vec::new());
                    continue;
                }
                Event::Start(Tag::TableCell) => {
                    tables.last_mut().unwrap().last_mut().unwrap().push(String::new());
                    continue;
                }
                Event::End(TagEnd::Table) => {
                    is_open = false;
                    continue;
                }
                Event::Text(text) => text.into_string(),
                Event::Code(code) => format!("`{code}`"),
                _ => continue,
            };
            if is_open {
                tables.last_mut().unwrap().last_mut().unwrap().last_mut().unwrap().push_str(&text);
            }
        }
        tables
    }
}

impl Block {
    /// The file that is included, where that is all of the block; a part of a file is named after a colon.
    pub(crate) fn included(&self) -> Option<&str> {
        let inner = self.text.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
        (!inner.contains("}}")).then(|| inner.split(':').next().unwrap())
    }

    /// Its lines, with those that go on put together, and without comments.
    pub(crate) fn commands(&self) -> Vec<String> {
        let text = self.text.replace("\\\n", " ");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }
}
