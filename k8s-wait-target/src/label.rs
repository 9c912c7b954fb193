//! Labels as Kubernetes takes them: [`is_key`] and [`is_value`].
//!
//! The rules are those of apimachinery's `validation.IsQualifiedName` and `IsValidLabelValue`.

use crate::name::is_dns_subdomain;

/// Whether `text` is a label's key: a name, or a DNS subdomain, '/' and a name.
pub(crate) fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_name(name),
        None => is_name(text),
    }
}

/// Whether `text` is a label's value: empty or a name.
pub(crate) fn is_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// 1 to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.
fn is_name(text: &str) -> bool {
    let ends = [text.as_bytes().first(), text.as_bytes().last()];
    text.len() <= 63
        && ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_qualified_names() {
        let longest = format!("{}/{}", "p".repeat(253), "n".repeat(63));
        for good in ["a", "A", "1", "app.kubernetes.io/name", "1.2.3/4", "a_b", "A.b-C", &longest] {
            assert!(is_key(good), "{good}");
        }
        let too_long = "n".repeat(64);
        for bad in ["", "/", "/a", "a/", "a/b/c", "-a", "a-", "_a", "a b", "App.io/a", "ä", "a||b", &too_long]
        {
            assert!(!is_key(bad), "{bad}");
        }
        assert!(!is_key(&format!("p{longest}")));
    }

    #[test]
    fn values_are_names_or_empty() {
        for good in ["", "a", "10.10.100.1", "v1_2", "A-b"] {
            assert!(is_value(good), "{good}");
        }
        for bad in ["-1", "a/b", "a b", ".", "_", "é", &"v".repeat(64)] {
            assert!(!is_value(bad), "{bad}");
        }
    }
}
