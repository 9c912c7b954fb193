//! The chart's README: [`readme`]. Its values are documented by the comments in `values.yaml` and nowhere else.
//!
//! A comment that begins with `# --` documents the key after it, with all below it; `##` is a heading. Every value has
//! to be below a documented key.

use serde_json::Value;
use std::error::Error;

const HEAD: &str = include_str!("chart.md");
/// A default that is longer is better read where it is set.
const SHOWN: usize = 60;

/// The text around the values, and a table of them under each heading.
///
/// # Errors
///
/// A value without a comment.
pub(super) fn readme(values: &str) -> Result<String, Box<dyn Error>> {
    let defaults: Value = serde_saphyr::from_str(values)?;
    let mut reader =
        Reader { defaults: &defaults, path: Vec::new(), comment: None, hidden: None, text: HEAD.to_owned() };
    values.lines().try_for_each(|line| reader.line(line))?;
    Ok(reader.text)
}

/// Where a reader of the file is.
struct Reader<'a> {
    defaults: &'a Value,
    /// The keys that lead to the last line, and how far each is indented.
    path: Vec<(usize, String)>,
    /// What is said about the key to come.
    comment: Option<String>,
    /// How far the last documented key is indented: what is deeper goes with it.
    hidden: Option<usize>,
    text: String,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some(heading) = line.strip_prefix("## ") {
            self.text += &format!("\n## {heading}\n\n| value | default | meaning |\n| --- | --- | --- |\n");
        } else if let Some(comment) = text.strip_prefix('#') {
            self.comment(comment.trim());
        } else if let Some((key, rest)) = text.split_once(':')
            && self.hidden.is_none_or(|hidden| indent <= hidden)
        {
            return self.key(indent, key, rest);
        }
        Ok(())
    }

    fn comment(&mut self, comment: &str) {
        if let Some(first) = comment.strip_prefix("-- ") {
            self.comment = Some(first.to_owned());
        } else if let Some(begun) = &mut self.comment {
            *begun += &format!(" {comment}");
        }
    }

    fn key(&mut self, indent: usize, key: &str, rest: &str) -> Result<(), String> {
        self.path.retain(|(depth, _)| *depth < indent);
        self.path.push((indent, key.to_owned()));
        self.hidden = None;
        if let Some(comment) = self.comment.take() {
            self.hidden = Some(indent);
            self.text += &format!("| `{}` | {} | {comment} |\n", self.name(), self.default());
        } else if !rest.is_empty() {
            return Err(format!("values.yaml: {} has no comment that begins with \"# --\"", self.name()));
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.path.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>().join(".")
    }

    fn default(&self) -> String {
        let value = self.path.iter().try_fold(self.defaults, |value, (_, key)| value.get(key));
        let shown = value.unwrap_or(&Value::Null).to_string();
        if shown.len() <= SHOWN { format!("`{shown}`") } else { "see [values.yaml](values.yaml)".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::readme;

    #[test]
    fn a_comment_is_a_row_and_goes_for_all_below_its_key() {
        let values =
            "## Size\n\na:\n  # no row\n  # -- How many\n  # of them\n  b: 2\n# -- Rest\nc:\n  d: [x]\n";
        let made = readme(values).unwrap();
        let (_, rows) = made.split_once("# Values\n").unwrap();
        let expected = "\n## Size\n\n| value | default | meaning |\n| --- | --- | --- |\n\
            | `a.b` | `2` | How many of them |\n| `c` | `{\"d\":[\"x\"]}` | Rest |\n";
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_value_without_a_comment_is_an_error() {
        let error = readme("a:\n  # -- One\n  b: 1\n  c: 2\n").unwrap_err();
        assert_eq!(error.to_string(), "values.yaml: a.c has no comment that begins with \"# --\"");
    }
}
