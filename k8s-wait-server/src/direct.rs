//! The client's work without a server elsewhere, for CI jobs and laptops: [`wait`].
//!
//! It is the client itself, so flags, output and exit statuses cannot differ; what it asks is a server in the same process.

use crate::args::Settings;
use crate::serve::{StartError, run_below};
use k8s_wait_client::{Environment, Invocation, Process, Size};
use kube::Config;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

/// Bad usage, of which a kubeconfig that cannot be used is one.
const USAGE: u8 = 2;

/// Waits as k8s-wait-client does, with the rights of the kubeconfig, and returns the exit status.
///
/// `name` is what the program is called in help and complaints. Targets that name no namespace are in the kubeconfig's, and
/// only namespaces that are asked about are watched, since few people may watch all of them.
pub fn wait(name: &str, arguments: &[OsString], progress: &mut dyn Write, complaints: &mut dyn Write) -> u8 {
    // One waits here, whatever the number of cores: more threads would only have to be started and ended.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let outcome = runtime.map_err(|error| format!("the system gives no threads: {error}"));
    let outcome = outcome.and_then(|runtime| {
        let code = direct(&runtime, name, arguments, progress, complaints);
        // A name that is being looked up by libc cannot be called off, and is not waited for.
        runtime.shutdown_background();
        code
    });
    outcome.unwrap_or_else(|complaint| {
        // Nobody is left to be told when this fails.
        let _ = writeln!(complaints, "{name}: {complaint}");
        USAGE
    })
}

fn direct(
    runtime: &Runtime,
    name: &str,
    arguments: &[OsString],
    progress: &mut dyn Write,
    complaints: &mut dyn Write,
) -> Result<u8, String> {
    let config = runtime.block_on(Config::infer());
    let namespace = config.as_ref().ok().map(|config| config.default_namespace.clone());
    let surroundings = Surroundings { namespace };
    let invocation = match Invocation::read(name, arguments, &surroundings, progress, complaints) {
        Ok(invocation) => invocation,
        Err(code) => return Ok(code),
    };
    if asks_another_server(arguments) {
        return Err("--server: here no server is asked, but the cluster itself; leave it out".to_owned());
    }
    if invocation.namespaces().is_empty() {
        // Nothing but network targets, which the client probes.
        return Ok(invocation.wait(&surroundings, progress, complaints));
    }
    let config = config.map_err(|error| format!("there is no usable kubeconfig: {error}"))?;
    let cluster = config.cluster_url.to_string();
    let (url, _served) = runtime.block_on(serve(config, &invocation))?;
    Ok(invocation.asking(url, cluster).wait(&surroundings, progress, complaints))
}

fn asks_another_server(arguments: &[OsString]) -> bool {
    let own =
        arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|argument| argument != "--");
    own.into_iter().any(|argument| argument == "--server" || argument.starts_with("--server="))
}

/// The server while it is needed.
type Served = AbortOnDropHandle<Result<(), StartError>>;

/// Serves the cluster on a port of this machine below a path that nobody else can know, and answers the URL.
async fn serve(config: Config, invocation: &Invocation) -> Result<(String, Served), String> {
    let client =
        k8s_wait_lib::client(config).map_err(|error| format!("the kubeconfig cannot be used: {error}"))?;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let listener = listener.map_err(|error| format!("no port of this machine can be had: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let path = secret().map_err(|error| format!("/dev/urandom cannot be read: {error}"))?;
    let url = format!("http://{address}/{path}");
    let settings = Settings { namespaces: Some(invocation.namespaces()), ..Settings::default() };
    let served =
        tokio::spawn(run_below(listener.into(), client, settings, Some(path), std::future::pending()));
    Ok((url, AbortOnDropHandle::new(served)))
}

/// 128 bits that nobody can guess: others on this machine may reach the port, and must not ask with our rights.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String never fails.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// This process, in the namespace of its kubeconfig.
struct Surroundings {
    namespace: Option<String>,
}

impl Environment for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        Process.variable(name)
    }

    fn service_account_namespace(&self) -> Option<String> {
        self.namespace.clone()
    }

    fn terminal(&self) -> Option<Size> {
        Process.terminal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_wait_lib::client;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    async fn status(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    #[tokio::test]
    async fn who_does_not_know_the_path_gets_nothing() {
        let client = client(Config::new("http://127.0.0.1:9".parse().unwrap())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = std::future::pending();
        let served = run_below(listener.into(), client, Settings::default(), Some("secret".to_owned()), stop);
        let _served = AbortOnDropHandle::new(tokio::spawn(served));
        assert_eq!(status(address, "/secret/v1/kinds").await, "200");
        assert_eq!(status(address, "/secret/livez").await, "200");
        for path in
            ["/v1/kinds", "/livez", "/", "/secre/v1/kinds", "/secretx/v1/kinds", "/v1/wait?target=pod/a"]
        {
            assert_eq!(status(address, path).await, "404", "{path}");
        }
    }

    #[test]
    fn secrets_are_long_and_new() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert!(one.len() == 32 && one != other, "{one} {other}");
    }

    #[test]
    fn another_server_is_noticed_before_the_command() {
        let asks = |line: &str| asks_another_server(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("job/a --server http://x") && asks("--server=http://x job/a"));
        assert!(!asks("job/a") && !asks("job/a -- curl --server x"));
    }
}
