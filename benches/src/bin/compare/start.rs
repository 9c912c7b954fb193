//! How long a program takes to start and say how it is used: [`measure`].

use crate::figures::{Spread, millis};
use crate::tool::Tool;
use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;
use wait4::Wait4;

/// So often, after a first time that brings it into memory.
const TIMES: usize = 20;

/// From before the process is made until it has been waited for.
pub(crate) struct Start {
    pub(crate) wall: Spread,
    pub(crate) cpu: Spread,
}

pub(crate) fn measure(tool: &Tool) -> io::Result<Start> {
    once(tool.help())?;
    let times = (0..TIMES).map(|_| once(tool.help())).collect::<io::Result<Vec<_>>>()?;
    let wall = Spread::of(times.iter().map(|(wall, _)| *wall));
    Ok(Start { wall, cpu: Spread::of(times.iter().map(|(_, cpu)| *cpu)) })
}

fn once(mut command: Command) -> io::Result<(f64, f64)> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let done = quiet.spawn()?.wait4()?;
    Ok((millis(begin.elapsed()), millis(done.rusage.utime + done.rusage.stime)))
}
