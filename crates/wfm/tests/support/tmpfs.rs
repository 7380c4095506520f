//! A file system that is soon full.

use std::path::Path;

use super::run;

/// A small tmpfs over a folder; unmounted with this value.
pub(crate) struct Tmpfs<'p>(&'p Path);

impl<'p> Tmpfs<'p> {
    /// Mounts it; needs root.
    pub(crate) fn mount(folder: &'p Path, size_kib: u32) -> Self {
        let options = format!("size={size_kib}k,mode=777");
        run("mount", &["-t", "tmpfs", "-o", &options, "tmpfs", folder.to_str().unwrap()]);
        Self(folder)
    }
}

impl Drop for Tmpfs<'_> {
    fn drop(&mut self) {
        run("umount", &["--lazy", self.0.to_str().unwrap()]);
    }
}
