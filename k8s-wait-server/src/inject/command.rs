//! The command line of `k8s-wait-server inject`: [`inject`].

use super::Manifest;
use crate::args::{Given, Order, Usage, container, split};
use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};

/// The flags, as argh reads them.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    description = "Prints manifests with the init containers that the annotations of their pods
ask for, as the webhook would add them. What else is in a file stays as it is,
with its comments. A file that makes no sense is not printed.",
    help_triggers("-h", "--help"),
    example = "{command_name} -f deployment.yaml | kubectl apply -f -
helm template web ./web | {command_name} -f -"
)]
struct Flags {
    /// the file, YAML or JSON; - is standard input
    #[argh(option, short = 'f', arg_name = "file")]
    file: String,
    /// image of the client (default: k8s-wait-client of this version)
    #[argh(option, arg_name = "image")]
    image: Option<String>,
    /// URL of the server (default: the client's own)
    #[argh(option, arg_name = "url")]
    server: Option<String>,
    /// it shows a token, for a server that wants to know who asks
    #[argh(switch)]
    token: bool,
    /// trust ca.crt of this ConfigMap in the pod's namespace where that URL is https (default: public authorities)
    #[argh(option, arg_name = "name")]
    ca_configmap: Option<String>,
}

/// The command line as data.
pub(crate) fn command_line() -> CommandInfoWithArgs {
    Flags::get_args_info()
}

/// What the arguments after `inject` ask for.
///
/// # Errors
///
/// [`Usage`] names the flag.
pub(crate) fn inject(arguments: &[String]) -> Result<Order, Usage> {
    let arguments = split(arguments);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let flags = match Flags::from_args(&["k8s-wait-server", "inject"], &words) {
        Err(exit) if exit.status.is_ok() => return Ok(Order::Say(exit.output)),
        Err(exit) => return Err(Usage::of_argh(&exit.output)),
        Ok(flags) => flags,
    };
    let given = |from: &str, text: Option<String>| text.map(|text| Given { from: from.to_owned(), text });
    let (image, server) = (given("--image", flags.image), given("--server", flags.server));
    let container = container(image, server, flags.token, given("--ca-configmap", flags.ca_configmap))?;
    Ok(Order::Inject(Manifest { file: flags.file, container }))
}
