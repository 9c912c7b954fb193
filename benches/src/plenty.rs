//! An API with many pods that never change: [`Plenty`].
//!
//! The testkit keeps each object as a tree, and there is no room for a hundred thousand of them; here they are the bytes
//! that are sent.

use crate::Failure;
use crate::fed::Pods;
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// The end of a streamed list.
const END: &str = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
/// As much is written at once, as it would be by a server that is busy.
const PORTION: usize = 128 * 1024;
/// Watches last so long where they do not say: for those that read a list and no more.
const SHORT: Duration = Duration::ZERO;

/// Pods that are listed and watched, in this process.
pub struct Plenty {
    /// Where it is.
    pub url: String,
    /// The size of a pod's line, in bytes.
    pub bytes_each: usize,
    _task: AbortOnDropHandle<()>,
}

impl Plenty {
    /// So many pods in so many namespaces.
    ///
    /// # Errors
    ///
    /// When no port can be listened on.
    pub async fn start(pods: usize, namespaces: usize) -> Result<Self, Failure> {
        let lines = Arc::new(Pods::new(namespaces).list(pods));
        let bytes_each = lines.iter().map(Bytes::len).sum::<usize>() / pods.max(1);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let accepting = async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever breaks off has no need to be told.
                tokio::spawn(serve(stream, Arc::clone(&lines)));
            }
        };
        Ok(Self { url, bytes_each, _task: AbortOnDropHandle::new(tokio::spawn(accepting)) })
    }

    /// The path of the whole list, streamed.
    pub fn list(&self) -> String {
        format!("{}/api/v1/pods?watch=true&sendInitialEvents=true&allowWatchBookmarks=true", self.url)
    }

    /// Writes a kubeconfig that leads here.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_kubeconfig(&self, file: &Path) -> std::io::Result<()> {
        let text = format!(
            "{{clusters: [{{name: a, cluster: {{server: '{}'}}}}], users: [{{name: a, user: {{}}}}], \
             contexts: [{{name: a, context: {{cluster: a, user: a}}}}], current-context: a}}",
            self.url
        );
        std::fs::write(file, text)
    }
}

async fn serve(stream: TcpStream, lines: Arc<Vec<Bytes>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(query) = asked(&mut stream).await? {
        match () {
            () if query.contains("watch=true") => watch(stream.get_mut(), &query, &lines).await?,
            () if query.starts_with("/version") => {
                whole(stream.get_mut(), "200 OK", r#"{"major":"1","minor":"36","gitVersion":"v1.36.0"}"#)
                    .await?;
            }
            () => {
                let status = r#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#;
                whole(stream.get_mut(), "404 Not Found", status).await?;
            }
        }
    }
    Ok(())
}

/// Path and query of the next request.
async fn asked(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut query = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if query.is_none() {
            query = line.split(' ').nth(1).map(str::to_owned);
        }
        if line == "\r\n" {
            return Ok(query);
        }
    }
}

async fn whole(stream: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await
}

/// The list if it is asked for, in a chunk for each line as an API server has it, and then nothing for as long as the
/// watch is to last.
async fn watch(stream: &mut TcpStream, query: &str, lines: &[Bytes]) -> std::io::Result<()> {
    let mut out =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    if query.contains("sendInitialEvents=true") {
        let end = Bytes::from(format!("{END}\n"));
        for line in lines.iter().chain([&end]) {
            out.extend_from_slice(format!("{:x}\r\n", line.len()).as_bytes());
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
            if out.len() > PORTION {
                stream.write_all(&out).await?;
                out.clear();
            }
        }
    }
    stream.write_all(&out).await?;
    let seconds = query.split(['?', '&']).find_map(|part| part.strip_prefix("timeoutSeconds=")?.parse().ok());
    tokio::time::sleep(seconds.map_or(SHORT, Duration::from_secs)).await;
    stream.write_all(b"0\r\n\r\n").await
}
