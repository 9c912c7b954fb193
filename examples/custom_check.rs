//! Two kinds of one's own: `custom_check NAMESPACE TARGET...`, as in
//! `custom_check shop lease/leader 'file/migrated?x-dir=/shared'`.
//!
//! `lease` is a judge over a resource type, in a dozen lines. `file` is a whole [`Check`], with an option of its own
//! and nothing of Kubernetes.

use async_trait::async_trait;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_wait_lib::object::Whole;
use k8s_wait_lib::target::Subject;
use k8s_wait_lib::{
    Check, CheckRegistry, Evaluation, Kind, Mode, ObjectCheck, Plan, Recheck, RegistryError, Request, Target,
    TargetError, Verdict, Wait, Watches,
};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

// ANCHOR: judge
/// A lease that somebody holds: a leader has been elected.
fn lease() -> ObjectCheck<Whole<Lease>> {
    ObjectCheck::new("lease", ["leases"]).state("held", |lease: Option<&Lease>| {
        let Some(lease) = lease else { return Verdict::pending("NotFound", "it does not exist yet") };
        let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        match holder.unwrap_or_default() {
            "" => Verdict::pending("NotHeld", "nobody holds it"),
            _ => Verdict::Ready,
        }
    })
}
// ANCHOR_END: judge

// ANCHOR: check
/// A file that another container leaves in a volume that both mount: `file/NAME?x-dir=/shared`.
struct FileCheck {
    kind: Kind,
}

impl Default for FileCheck {
    fn default() -> Self {
        let kind = Kind::new("file", ["files"]).with_states(["exists"]);
        let kind = kind.with_options(["namespace", "for", "timeout", "stable", "x-dir"]);
        Self { kind }
    }
}

impl Check for FileCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        self.kind.state(target)?;
        let folder = target.options().extra.iter().find(|(name, _)| name == "x-dir");
        match (target.subject(), folder) {
            (Subject::Object { name, .. }, Some((_, folder))) => {
                Ok(Box::new(FileRequest { path: PathBuf::from(folder).join(name) }))
            }
            _ => Err(TargetError::option(target, "a file is written file/NAME?x-dir=FOLDER")),
        }
    }
}
// ANCHOR_END: check

// ANCHOR: request
struct FileRequest {
    path: PathBuf,
}

#[async_trait]
impl Request for FileRequest {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        let path = self.path.display();
        let verdict = match tokio::fs::try_exists(&self.path).await {
            Ok(true) => Verdict::Ready,
            Ok(false) => Verdict::pending("NotFound", format!("file {path} does not exist yet")),
            // Unsure is pending.
            Err(error) => {
                Verdict::pending("Unreadable", format!("file {path} cannot be looked for: {error}"))
            }
        };
        Evaluation::new(Ok(verdict), Recheck::after(Duration::from_millis(200)))
    }
}
// ANCHOR_END: request

// ANCHOR: registry
/// Everything that comes with the library, and ours.
fn registry() -> Result<CheckRegistry, RegistryError> {
    let mut registry = CheckRegistry::standard()?;
    registry.register(lease())?;
    registry.register(FileCheck::default())?;
    Ok(registry)
}
// ANCHOR_END: registry

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let namespace = words.next().ok_or("usage: custom_check NAMESPACE TARGET...")?;
    let plan = Plan {
        targets: words.map(|word| word.parse()).collect::<Result<_, _>>()?,
        namespace,
        mode: Mode::All,
        timeout: Some(Duration::from_secs(60)),
    };
    let client = k8s_wait_lib::client(kube::Config::infer().await?)?;
    let mut wait = Wait::new(&registry()?, &Watches::new(client), plan)?;
    while let Some(report) = wait.next().await {
        writeln!(stdout(), "{}", report.verdict.reason().map_or("ready".to_owned(), ToString::to_string))?;
        if report.is_final {
            return Ok(if report.verdict.is_ready() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::FAILURE)
}
