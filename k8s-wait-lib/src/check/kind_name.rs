//! Kinds with their group, as `certificate.cert-manager.io`: [`KindName`].

/// A kind as targets spell it, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KindName {
    /// Its singular, plural or short name.
    pub(crate) name: String,
    /// What may be meant by the rest of it: versions and groups, the likeliest first.
    pub(crate) places: Vec<(Option<String>, String)>,
}

impl KindName {
    /// Splits `KIND[.VERSION].GROUP`; `None` where there is no dot.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('.')?;
        let (first, others) = rest.split_once('.').unwrap_or((rest, ""));
        let mut places = vec![(None, rest.to_owned())];
        if is_version(first) {
            // As kubectl: a version first, though a group may begin with what looks like one.
            places.insert(0, (Some(first.to_owned()), others.to_owned()));
        }
        Some(Self { name: name.to_owned(), places })
    }

    /// Are secrets meant, or may they be?
    pub(super) fn is_secret(&self) -> bool {
        let is_core = self.places.iter().any(|(_, group)| group.is_empty());
        is_core && matches!(self.name.as_str(), "secret" | "secrets")
    }
}

/// `v1`, `v1beta2`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v') else { return false };
    ["alpha", "beta"]
        .iter()
        .find_map(|stage| rest.split_once(stage))
        .map_or(digits(rest), |(major, minor)| digits(major) && digits(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_split_as_kubectl_splits_it() {
        let places = |text: &str| KindName::read(text).map(|kind| (kind.name, kind.places));
        let place = |version: Option<&str>, group: &str| (version.map(str::to_owned), group.to_owned());
        for (text, name, expected) in [
            ("certificate.cert-manager.io", "certificate", vec![place(None, "cert-manager.io")]),
            (
                "certificate.v1beta1.cert-manager.io",
                "certificate",
                vec![place(Some("v1beta1"), "cert-manager.io"), place(None, "v1beta1.cert-manager.io")],
            ),
            ("ingress.networking.k8s.io", "ingress", vec![place(None, "networking.k8s.io")]),
            ("configmap.v1", "configmap", vec![place(Some("v1"), ""), place(None, "v1")]),
            (
                "hpa.v2.autoscaling",
                "hpa",
                vec![place(Some("v2"), "autoscaling"), place(None, "v2.autoscaling")],
            ),
            ("x.vpn.example.org", "x", vec![place(None, "vpn.example.org")]),
        ] {
            assert_eq!(places(text), Some((name.to_owned(), expected)), "{text}");
        }
        assert_eq!(places("pod"), None);
    }

    #[test]
    fn versions_look_as_kubernetes_has_them() {
        for version in ["v1", "v12", "v1alpha1", "v2beta3"] {
            assert!(is_version(version), "{version}");
        }
        for other in ["", "v", "1", "v1beta", "vbeta1", "v1gamma1", "v1.2", "version"] {
            assert!(!is_version(other), "{other}");
        }
    }
}
