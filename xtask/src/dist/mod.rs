//! What is released: [`make`].
//!
//! Below `dist` in cargo's target directory: static binaries for each platform that can be built for here, an archive of
//! each, their checksums, and in the docker daemon, where one answers, the images for this machine.

mod archive;
mod binaries;
mod images;
mod platform;
mod size;
mod source;

use binaries::BINARIES;
use size::Size;
use source::Source;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Makes everything that can be made here, and tells its sizes and what was left out.
///
/// # Errors
///
/// Something that cannot be built, though all that it takes is there.
pub(crate) fn make(root: &'static Path) -> Result<(), Box<dyn Error>> {
    let source = Source::read(root)?;
    let _ = fs::remove_dir_all(source.dist());
    let (mut sizes, mut left_out) = (Vec::new(), Vec::new());
    for platform in platform::platforms() {
        let platform = match platform {
            Ok(platform) => platform,
            Err(why) => {
                left_out.push(why);
                continue;
            }
        };
        let folder = binaries::build(&source, &platform)?;
        for binary in &BINARIES {
            sizes.push(Size::of_file(
                &format!("{} for {}", binary.name, platform.target),
                &folder.join(binary.name),
            )?);
        }
        archive::pack(&source, platform.architecture, &folder)?;
        if platform.is_own && images::is_daemon_there() {
            sizes.extend(images::build(&source, platform.architecture)?);
        }
    }
    if !images::is_daemon_there() {
        left_out.push("no images are built: no docker daemon answers".into());
    }
    archive::sum(&source)?;
    println!("{}", size::table(&sizes));
    for why in left_out {
        println!("{why}");
    }
    println!("{} {} is in {}", source.version, source.revision, source.dist().display());
    Ok(())
}
