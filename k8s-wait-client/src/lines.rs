//! Lines of a stream, with a bound on each: [`Lines`].

use std::io::{self, BufRead, Read};

/// The longest line that is read; a stream with a longer one is broken. Bounds what a wrong server can make
/// this process hold.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// The lines of a reader. An error ends it; so does a line longer than [`LONGEST`], as
/// [`io::ErrorKind::InvalidData`].
pub(crate) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads lines from `reader`, as they come.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new() }
    }

    /// The next line without its end, or `None` at the end of the stream. The last line may lack its
    /// newline; whether it is whole is for its reader to say (a cut JSON object never parses).
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let bound = LONGEST as u64 + 1;
        let read = self.reader.by_ref().take(bound).read_until(b'\n', &mut self.line)?;
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        if line.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 1 MiB"));
        }
        Ok((read > 0).then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn all(text: &[u8]) -> io::Result<Vec<usize>> {
        let mut lines = Lines::new(BufReader::with_capacity(7, text));
        let mut lengths = Vec::new();
        while let Some(line) = lines.next()? {
            lengths.push(line.len());
        }
        Ok(lengths)
    }

    #[test]
    fn lines_are_cut_at_newlines_alone() {
        assert!(all(b"").unwrap().is_empty());
        assert_eq!(all(b"one\n\nthree").unwrap(), [3, 0, 5]);
        assert_eq!(all(b"longer than the buffer\n").unwrap(), [22]);
    }

    #[test]
    fn a_line_of_the_limit_passes_and_one_more_byte_does_not() {
        let mut text = vec![b'x'; LONGEST];
        text.push(b'\n');
        assert_eq!(all(&text).unwrap(), [LONGEST]);
        text.insert(0, b'x');
        assert_eq!(all(&text).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_endless_line_is_given_up() {
        let mut lines = Lines::new(BufReader::new(io::repeat(b'x')));
        assert_eq!(lines.next().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
