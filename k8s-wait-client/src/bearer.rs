//! The token with which the client shows who it is: [`TokenFile`].

use std::fs;
use std::path::PathBuf;

use ureq::http::HeaderValue;

/// A file that holds a bearer token. It is read for each question: Kubernetes replaces a projected token before it
/// expires. What is in it is shown nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenFile(PathBuf);

impl TokenFile {
    /// The file at `path`, which holds a token now.
    ///
    /// # Errors
    ///
    /// A sentence about the file.
    pub(crate) fn new(path: &str) -> Result<Self, String> {
        let file = Self(path.into());
        file.header().map(|_| file)
    }

    /// `Authorization`, with the token that the file holds now.
    ///
    /// # Errors
    ///
    /// A sentence about the file, not about what is in it.
    pub(crate) fn header(&self) -> Result<HeaderValue, String> {
        let wrong = |why: &str| format!("the token file {} {why}", self.0.display());
        let bytes = fs::read(&self.0).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let token = bytes.trim_ascii();
        if token.is_empty() {
            return Err(wrong("is empty"));
        }
        if !token.iter().all(u8::is_ascii_graphic) {
            return Err(wrong("holds no token, which is one word of ASCII"));
        }
        let header = HeaderValue::from_bytes(&[b"Bearer ", token].concat());
        let mut header = header.map_err(|_| wrong("holds what no header can"))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, String) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (directory, path)
    }

    #[test]
    fn the_file_is_read_again_each_time() {
        let (_directory, path) = file("first.token\n");
        let token = TokenFile::new(&path).unwrap();
        assert_eq!(token.header().unwrap(), "Bearer first.token");
        fs::write(&path, "second").unwrap();
        assert_eq!(token.header().unwrap(), "Bearer second");
        fs::remove_file(&path).unwrap();
        assert!(token.header().unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn what_is_no_token_is_refused_without_showing_it() {
        for (text, why) in
            [("", "is empty"), (" \n", "is empty"), ("se cret", "one word"), ("secr\u{e9}t", "one word")]
        {
            let (_directory, path) = file(text);
            let complaint = TokenFile::new(&path).unwrap_err();
            assert!(complaint.contains(&path) && complaint.contains(why), "{complaint}");
            assert!(!complaint.contains("secr") && !complaint.contains("cret"), "{complaint}");
        }
        assert!(TokenFile::new("/no/such/token").unwrap_err().contains("/no/such/token"));
    }

    #[test]
    fn a_debug_line_does_not_show_it() {
        let (_directory, path) = file("secret");
        let token = TokenFile::new(&path).unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("secret"));
    }
}
