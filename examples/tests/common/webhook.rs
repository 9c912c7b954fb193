//! The webhook, as the API server is told of it: [`Webhook`].

use super::cluster::cluster;
use super::namespace::Namespace;
use super::objects::webhook;
use super::rights::Rights;
use super::server::Server;
use k8s_wait_examples::port::free_port;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};

/// A server with a webhook, which the API server asks about one namespace alone. It is told to forget it in the end.
pub(crate) struct Webhook {
    // Dropped in this order.
    pub(crate) server: Server,
    _rights: Rights,
    pub(crate) namespace: Namespace,
    authority: Issuer<'static, KeyPair>,
    address: IpAddr,
}

impl Webhook {
    /// Where `failure_policy` says what becomes of pods while it is away. `None` where the API server does not reach this
    /// machine, as one that somebody has given us may not.
    pub(crate) fn start(failure_policy: &str, arguments: &[&str]) -> Option<Self> {
        let namespace = Namespace::new(cluster());
        let rights = Rights::shipped(&namespace);
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let trusted = parameters.self_signed(&key).unwrap().pem();
        let authority = Issuer::new(parameters, key);
        let address = own_address(&namespace);
        certify(&authority, address, &namespace);
        let listen = SocketAddr::new(address, free_port().unwrap()).to_string();
        let [certificate, key] =
            ["tls.crt", "tls.key"].map(|name| namespace.folder().join(name).display().to_string());
        let own = [
            "--inject",
            &listen,
            "--inject-cert",
            &certificate,
            "--inject-key",
            &key,
            "--inject-image",
            "client:1",
        ];
        let server = Server::start(&rights.kubeconfig, namespace.folder(), &[&own, arguments].concat());
        let client = json!({"url": format!("https://{listen}/inject"), "caBundle": base64(&trusted)});
        let mut object = webhook(&namespace.name, &client, failure_policy);
        let label = "kubernetes.io/metadata.name";
        object["webhooks"][0]["namespaceSelector"]["matchLabels"][label] = json!(namespace.name);
        namespace
            .api
            .post("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", &object)
            .unwrap();
        let path = format!("/api/v1/namespaces/{}", namespace.name);
        let labels = json!({"metadata": {"labels": {"k8s-wait.dev/inject": "enabled"}}});
        namespace.api.patch(&path, &labels).unwrap();
        let webhook = Self { server, _rights: rights, namespace, authority, address };
        webhook.is_asked().then_some(webhook)
    }

    /// A new certificate of the same authority, for the webhook to find.
    pub(crate) fn certify(&self) {
        certify(&self.authority, self.address, &self.namespace);
    }

    /// How often the API server has asked it.
    pub(crate) fn asked(&self) -> u64 {
        let metrics = self.server.get("/metrics").1;
        let series =
            metrics.lines().filter(|line| line.starts_with("k8s_wait_http_requests_total{route=\"/inject\""));
        series.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// The API server takes a moment until it knows of a webhook.
    fn is_asked(&self) -> bool {
        let mut probe = super::objects::pod("probe", "probe");
        probe["metadata"]["annotations"] = json!({"k8s-wait.dev/wait-for": "job/a"});
        let path = format!("{}?dryRun=All", self.namespace.path("pods"));
        let asks = || {
            let _ = self.namespace.api.post(&path, &probe);
            (self.asked() > 0).then_some(())
        };
        let is_asked = super::process::poll(std::time::Duration::from_secs(30), asks).is_some();
        let is_given = std::env::var_os("K8S_WAIT_TEST_KUBECONFIG").is_some();
        assert!(is_asked || is_given, "the API server does not ask: {}", self.server.log());
        if !is_asked {
            println!("not tested: the API server does not reach {}", self.address);
        }
        is_asked
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
        if let Err(error) = self.namespace.api.delete(&format!("{path}/{}", self.namespace.name)) {
            println!("webhook {} is left behind: {error}", self.namespace.name);
        }
    }
}

fn certify(authority: &Issuer<'_, KeyPair>, address: IpAddr, namespace: &Namespace) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new([address.to_string()]).unwrap().signed_by(&key, authority).unwrap();
    // First the key: in between, one does not belong to the other, and the server keeps what it has.
    std::fs::write(namespace.folder().join("tls.key"), key.serialize_pem()).unwrap();
    std::fs::write(namespace.folder().join("tls.crt"), certificate.pem()).unwrap();
}

/// The address by which the API server's host knows this one.
fn own_address(namespace: &Namespace) -> IpAddr {
    let file = kube::config::Kubeconfig::read_from(&namespace.cluster.kubeconfig).unwrap();
    let url: http::Uri = file.clusters[0].cluster.as_ref().unwrap().server.as_ref().unwrap().parse().unwrap();
    let host = (url.host().unwrap().trim_matches(['[', ']']), url.port_u16().unwrap_or(443));
    let api = host.to_socket_addrs().unwrap().next().unwrap();
    let any = if api.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).unwrap();
    socket.connect(api).unwrap();
    socket.local_addr().unwrap().ip()
}

fn base64(text: &str) -> String {
    use k8s_openapi::ByteString;
    serde_json::to_value(ByteString(text.as_bytes().to_vec())).unwrap().as_str().unwrap().to_owned()
}
