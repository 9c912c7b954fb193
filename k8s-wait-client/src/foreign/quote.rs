//! Words as a shell reads them: [`line()`].

/// The words in one line that a shell takes apart again.
pub(super) fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_takes_it_apart_again() {
        let words = [
            "job/a",
            "pod?selector=a in (b),c!=d&min=1",
            "",
            "it's",
            "$HOME `id` \\ \"x\"",
            "a\nb",
            "~",
            "*",
            "#",
        ];
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let script = format!("printf '%s\\0' {}", line(&words));
        let output = Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
        let text = String::from_utf8(output).unwrap();
        assert_eq!(text.trim_end_matches('\0').split('\0').collect::<Vec<_>>(), words);
        assert_eq!(line(&words[..1]), "job/a");
    }
}
