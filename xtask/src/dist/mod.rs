//! What is released: [`make`].
//!
//! Below `dist` in cargo's target directory: static binaries for each platform that can be built for here, an archive of
//! each, what each is made of, their checksums, and in the docker daemon, where one answers, the images for this machine.

mod archive;
mod binaries;
mod images;
mod materials;
mod platform;
mod size;
mod small;
mod source;

use platform::Platform;
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
        match platform {
            Ok(platform) => for_platform(&source, &platform, &mut sizes, &mut left_out)?,
            Err(why) => left_out.push(why),
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

fn for_platform(
    source: &Source,
    platform: &Platform,
    sizes: &mut Vec<Size>,
    left_out: &mut Vec<String>,
) -> Result<(), Box<dyn Error>> {
    for built in binaries::build(source, platform)? {
        sizes.push(Size::of_file(&built.told, &built.file)?);
        materials::write(source, platform.architecture, &built)?;
        left_out.extend(built.complaint);
    }
    archive::pack(source, platform.architecture, &binaries::folder(source, platform))?;
    if platform.is_own && images::is_daemon_there() {
        sizes.extend(images::build(source, platform.architecture)?);
    }
    Ok(())
}
