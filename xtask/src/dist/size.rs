//! How large things are: [`table`].

use std::error::Error;
use std::fs;
use std::path::Path;

/// The size of something that was made.
pub(super) struct Size {
    pub(super) of: String,
    pub(super) bytes: u64,
}

impl Size {
    /// A file's.
    ///
    /// # Errors
    ///
    /// There is no such file.
    pub(super) fn of_file(name: &str, path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self { of: name.to_owned(), bytes: fs::metadata(path)?.len() })
    }
}

/// A line for each, with bytes and megabytes (of a million bytes).
pub(super) fn table(sizes: &[Size]) -> String {
    let width = sizes.iter().map(|size| size.of.len()).max().unwrap_or_default();
    let lines = sizes.iter().map(|Size { of, bytes }| {
        let hundredths = bytes.div_ceil(10_000);
        format!("{of:width$}  {bytes:>10} bytes  {:>3}.{:02} MB", hundredths / 100, hundredths % 100)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn megabytes_are_rounded_up() {
        let sizes = [("client", 671_520), ("server", 20_000_001)];
        let sizes = sizes.map(|(of, bytes)| Size { of: of.to_owned(), bytes });
        let lines = ["client      671520 bytes    0.68 MB", "server    20000001 bytes   20.01 MB"];
        assert_eq!(table(&sizes), lines.join("\n"));
    }
}
