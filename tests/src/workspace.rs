//! Where things are in this repository.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository")
}

/// The release binary of a package: in `SWITCHBOARD_BINARIES`, which `tests/run` sets, or else in `release` beside
/// the folder that this test was built in.
pub fn binary(name: &str) -> PathBuf {
    let path = binaries().join(name);
    assert!(path.is_file(), "no {}: run tests/run, or cargo build --release -p {name}", path.display());
    path
}

/// Whether [`binary`] would find it.
pub fn has_binary(name: &str) -> bool {
    binaries().join(name).is_file()
}

/// The program `switchboard`, built with the feature `aws` beside this test, as `cargo test --workspace
/// --all-features` does it.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let path = test.ancestors().nth(2).expect("tests run from target/PROFILE/deps").join("switchboard");
    let how = "run tests/run, or cargo build -p switchboard --features aws";
    assert!(path.is_file(), "no {}: {how}", path.display());
    path
}

/// The folder of the release binaries.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of a function")]
pub fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("SWITCHBOARD_BINARIES") {
        return folder.into();
    }
    // target/debug/deps/it-0123, or target/release/soak: cargo's own answer, with CARGO_TARGET_DIR and its configuration
    // honoured.
    let own = std::env::current_exe().expect("the test's own path");
    let is_test = own.parent().is_some_and(|folder| folder.ends_with("deps"));
    let target = own.ancestors().nth(if is_test { 3 } else { 2 });
    target.expect("tests run from target/PROFILE/deps, programs from target/PROFILE").join("release")
}
