//! Where in the text of a manifest something is added: [`Text`].
//!
//! What is there stays as it is, byte for byte, with its comments: lines or words are put between.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use serde_saphyr::{Location, Spanned};

/// One document, with what is to be added to it.
pub(super) struct Text<'t> {
    text: &'t str,
    root: Node,
    additions: Vec<(usize, String)>,
}

/// One step down in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Item(usize),
    Spec,
    Template,
    JobTemplate,
}

/// A list of a pod.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    InitContainers,
    Volumes,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::InitContainers => "initContainers",
            Self::Volumes => "volumes",
        }
    }
}

/// Anything on the way to a pod's specification, and that.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Node {
    items: Vec<Node>,
    spec: Option<Box<Spanned<Node>>>,
    template: Option<Box<Node>>,
    job_template: Option<Box<Node>>,
    #[serde(deserialize_with = "there")]
    init_containers: Option<List>,
    #[serde(deserialize_with = "there")]
    volumes: Option<List>,
}

/// A list of the pod; none is a key with nothing after it, as charts leave behind.
type List = Spanned<Option<Vec<Spanned<IgnoredAny>>>>;

/// One that is there is something, even where it says nothing.
fn there<'de, D: Deserializer<'de>>(list: D) -> Result<Option<List>, D::Error> {
    List::deserialize(list).map(Some)
}

impl<'t> Text<'t> {
    /// `None` where it has another form than any object with a pod in it.
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let root = serde_saphyr::from_str(text).ok()?;
        Some(Self { text, root, additions: Vec::new() })
    }

    /// Adds an item to a list of the pod that is there, before the one of that number; `None` where it cannot be told where in
    /// the text that is.
    pub(super) fn add(&mut self, way: &[Step], key: Key, place: usize, item: &Value) -> Option<()> {
        let pod = way.iter().try_fold(&self.root, |node, step| node.down(*step))?;
        let spec = pod.spec.as_ref()?;
        let list = match key {
            Key::InitContainers => spec.value.init_containers.as_ref(),
            Key::Volumes => spec.value.volumes.as_ref(),
        };
        let addition = match list {
            None => self.key(offset(&spec.defined)?, key, item)?,
            Some(list) => match &list.value {
                None => self.first_item(offset(&list.defined)?, item)?,
                Some(items) => self.item(offset(&list.defined)?, items, place, item)?,
            },
        };
        self.additions.push(addition);
        Some(())
    }

    /// The text with all of it.
    pub(super) fn written(mut self) -> String {
        self.additions.sort_by_key(|(offset, _)| *offset);
        let mut text = self.text.to_owned();
        for (offset, addition) in self.additions.iter().rev() {
            text.insert_str(*offset, addition);
        }
        text
    }

    /// A list of this one item, as the first key of the mapping that begins there.
    fn key(&self, offset: usize, key: Key, item: &Value) -> Option<(usize, String)> {
        if self.rest(offset)?.starts_with('{') {
            let comma = if self.rest(offset + 1)?.trim_start().starts_with('}') { "" } else { ", " };
            return Some((offset + 1, format!("\"{}\": [{item}]{comma}", key.name())));
        }
        let (line, indent) = self.line(offset)?;
        let list = serde_saphyr::to_string(&json!({ key.name(): [item] })).ok()?;
        Some((line, self.indented(&list, indent)))
    }

    /// The one item of a list in lines, below a key after which there is nothing but a comment.
    fn first_item(&self, offset: usize, item: &Value) -> Option<(usize, String)> {
        let (_, indent) = self.line(offset)?;
        let (at, newline) = self.end_of_line(offset)?;
        let item = serde_saphyr::to_string(&json!([item])).ok()?;
        Some((at, format!("{newline}{}", self.indented(&item, indent))))
    }

    /// An item of a list that is there, and begins there.
    fn item(
        &self,
        begin: usize,
        items: &[Spanned<IgnoredAny>],
        place: usize,
        item: &Value,
    ) -> Option<(usize, String)> {
        let is_flow = self.rest(begin)?.starts_with('[');
        let before = items.get(place).map(|item| offset(&item.defined));
        match (is_flow, before) {
            (true, Some(before)) => Some((before?, format!("{item}, "))),
            (true, None) if items.is_empty() => Some((begin + 1, item.to_string())),
            // Where its last item ends is not known.
            (true, None) => None,
            (false, before) => {
                let (_, indent) = self.line(begin)?;
                let item = serde_saphyr::to_string(&json!([item])).ok()?;
                let (at, newline) = match before {
                    Some(before) => (self.line(before?)?.0, ""),
                    None => self.end_of_list(offset(&items.last()?.defined)?, indent)?,
                };
                Some((at, format!("{newline}{}", self.indented(&item, indent))))
            }
        }
    }

    /// Where the lines of an item end that is the last one of a list with this indent, and what it takes to begin a line there.
    fn end_of_list(&self, item: usize, indent: &str) -> Option<(usize, &'static str)> {
        let (mut end, mut at) = (item, item);
        for (number, line) in self.rest(item)?.split_inclusive('\n').enumerate() {
            let is_deeper = line.strip_prefix(indent).is_some_and(|rest| rest.starts_with(' '));
            let says_nothing = line.trim().is_empty() || line.trim_start().starts_with('#');
            at += line.len();
            if number == 0 || is_deeper && !says_nothing {
                end = at;
            } else if !says_nothing {
                // What says nothing may belong to the item, or to what comes behind.
                break;
            }
        }
        Some((end, self.newline(end)?))
    }

    /// Where the line ends in which that is, and what it takes to begin a line there.
    fn end_of_line(&self, offset: usize) -> Option<(usize, &'static str)> {
        let end = offset + self.rest(offset)?.split_inclusive('\n').next().map_or(0, str::len);
        Some((end, self.newline(end)?))
    }

    fn newline(&self, end: usize) -> Option<&'static str> {
        self.text.get(..end).map(|before| if before.ends_with('\n') { "" } else { "\n" })
    }

    /// Where the line begins in which that is, and the spaces that it begins with.
    fn line(&self, offset: usize) -> Option<(usize, &'t str)> {
        let begin = self.text.get(..offset)?.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.rest(begin)?;
        let indent = rest.get(..rest.len() - rest.trim_start_matches(' ').len())?;
        Some((begin, indent))
    }

    fn rest(&self, offset: usize) -> Option<&'t str> {
        self.text.get(offset..)
    }

    /// Lines as those of this text.
    fn indented(&self, lines: &str, indent: &str) -> String {
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        lines.lines().map(|line| format!("{indent}{line}{end}")).collect()
    }
}

impl Node {
    fn down(&self, step: Step) -> Option<&Self> {
        match step {
            Step::Item(place) => self.items.get(place),
            Step::Spec => self.spec.as_ref().map(|spec| &spec.value),
            Step::Template => self.template.as_deref(),
            Step::JobTemplate => self.job_template.as_deref(),
        }
    }
}

/// In bytes. An alias is where it is defined.
fn offset(location: &Location) -> Option<usize> {
    location.span().byte_offset().and_then(|offset| usize::try_from(offset).ok())
}
