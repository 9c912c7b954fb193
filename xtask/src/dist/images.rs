//! The images, from the binaries: [`build`].

use super::size::Size;
use super::source::Source;
use crate::run::{is_well, printed, run};
use std::error::Error;
use std::process::Command;

/// An image: its name, what its tag has after the version, its Dockerfile, and the binary in it.
struct Image {
    name: &'static str,
    flavour: &'static str,
    file: &'static str,
    binary: &'static str,
}

const IMAGES: [Image; 3] = [
    Image { name: "k8s-wait-client", flavour: "", file: "client", binary: "k8s-wait-client" },
    Image { name: "k8s-wait-client", flavour: "-tls", file: "client", binary: "k8s-wait-client-tls" },
    Image { name: "k8s-wait-server", flavour: "", file: "server", binary: "k8s-wait-server" },
];

/// Whether a docker daemon answers, be it this machine's or the one in `DOCKER_HOST`.
pub(super) fn is_daemon_there() -> bool {
    is_well(Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]))
}

/// Builds them all for an architecture, and tells how large each is.
///
/// # Errors
///
/// One that cannot be built. Those before it are there by then.
pub(super) fn build(source: &Source, architecture: &str) -> Result<Vec<Size>, Box<dyn Error>> {
    IMAGES.iter().map(|image| one(source, architecture, image)).collect()
}

fn one(source: &Source, architecture: &str, image: &Image) -> Result<Size, Box<dyn Error>> {
    let tag = format!("{}:{}{}", image.name, source.version, image.flavour);
    let mut docker = Command::new("docker");
    docker.current_dir(source.root).args(["build", "--quiet", "--tag", &tag]);
    docker.args(["--file", &format!("deploy/images/{}.Dockerfile", image.file)]);
    docker.args(["--build-arg", &format!("TARGETARCH={architecture}")]);
    docker.args(["--build-arg", &format!("BINARY={}", image.binary)]);
    for (key, value) in labels(source) {
        docker.args(["--label", &format!("org.opencontainers.image.{key}={value}")]);
    }
    run(docker.arg(source.dist().join("bin")))?;
    let bytes = printed(Command::new("docker").args(["image", "inspect", "--format", "{{.Size}}", &tag]))?;
    Ok(Size { of: format!("image {tag}"), bytes: bytes.parse()? })
}

/// What the Dockerfiles cannot know. The rest of the labels stands in them.
fn labels(source: &Source) -> [(&'static str, String); 3] {
    [
        ("version", source.version.to_owned()),
        ("revision", source.revision.clone()),
        ("created", source.date.to_string()),
    ]
}
