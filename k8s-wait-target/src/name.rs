//! Names as Kubernetes takes them: [`is_dns_label`] and [`is_dns_subdomain`].
//!
//! The rules are those of apimachinery's `util/validation` (RFC 1123 without upper-case letters).

use crate::error::Fault;

/// How the API server's rule for labels reads to a person.
pub(crate) const LABEL_RULE: &str =
    "at most 63 lower-case letters, digits and '-', with a letter or digit first and last";

const SUBDOMAIN_RULE: &str =
    "at most 253 lower-case letters, digits, '-' and '.', with a letter or digit at both ends of each part";

const KIND_RULE: &str = "a kind such as pod, or KIND.GROUP such as certificate.cert-manager.io";

/// Whether `text` is a DNS-1123 label, which is what namespaces are.
///
/// ```
/// assert!(k8s_wait_target::is_dns_label("shop-2"));
/// assert!(!k8s_wait_target::is_dns_label("Shop"));
/// assert!(!k8s_wait_target::is_dns_label("shop.eu"));
/// ```
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_part(text)
}

/// Whether `text` is a DNS-1123 subdomain, which is what names of objects are.
///
/// As in Kubernetes the parts between dots are not held to 63 characters, only the whole to 253.
///
/// ```
/// assert!(k8s_wait_target::is_dns_subdomain("web-0.shop"));
/// assert!(!k8s_wait_target::is_dns_subdomain("web..shop"));
/// ```
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_part)
}

/// Letters, digits and '-', with a letter or digit at both ends.
fn is_part(text: &str) -> bool {
    let is_alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = [text.as_bytes().first(), text.as_bytes().last()];
    ends.iter().all(|end| end.is_some_and(is_alphanumeric))
        && text.bytes().all(|b| is_alphanumeric(&b) || b == b'-')
}

/// The namespace that stands at byte `at` of a target.
pub(crate) fn namespace(at: usize, text: &str) -> Result<String, Fault> {
    checked(is_dns_label(text), at, "namespace", text, LABEL_RULE)
}

/// The object's name that stands at byte `at` of a target.
pub(crate) fn name(at: usize, text: &str) -> Result<String, Fault> {
    checked(is_dns_subdomain(text), at, "name", text, SUBDOMAIN_RULE)
}

/// The kind at the beginning of a target, in lower case.
pub(crate) fn kind(text: &str) -> Result<String, Fault> {
    let kind = text.to_ascii_lowercase();
    let is_kind = is_dns_subdomain(&kind) && kind.starts_with(|c: char| c.is_ascii_lowercase());
    checked(is_kind, 0, "kind", text, KIND_RULE)?;
    Ok(kind)
}

fn checked(is_right: bool, at: usize, what: &str, text: &str, rule: &'static str) -> Result<String, Fault> {
    if is_right { Ok(text.to_owned()) } else { Err(Fault::with(at, what, text, rule)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_rfc_1123() {
        let longest = "a".repeat(63);
        for good in ["a", "0", "shop", "a-b", "a--b", "9to5", &longest] {
            assert!(is_dns_label(good), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in ["", "-", "-a", "a-", "A", "a.b", "a_b", "a b", "ä", "a/b", &too_long] {
            assert!(!is_dns_label(bad), "{bad}");
        }
    }

    #[test]
    fn subdomains_are_parts_between_dots() {
        let longest = format!("{}.{}", "a".repeat(126), "b".repeat(126));
        for good in ["a", "web-0.shop.svc", "0.1.2", &longest] {
            assert!(is_dns_subdomain(good), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a.-b", "a-.b", "a.B", &format!("{longest}c")] {
            assert!(!is_dns_subdomain(bad), "{bad}");
        }
    }

    #[test]
    fn kinds_are_lowered_and_begin_with_a_letter() {
        assert_eq!(kind("Certificate.v1.cert-manager.IO").unwrap(), "certificate.v1.cert-manager.io");
        for bad in ["", "2pod", "po d", "pod.", "-pod", "pod:", "pöd"] {
            assert!(kind(bad).is_err(), "{bad}");
        }
    }
}
