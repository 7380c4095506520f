//! The inputs in `fuzz/seeds`, through the functions that fuzzing calls: what was found once stays mended.

use std::{fs, path::PathBuf};

use switchboard_tests::workspace;

#[expect(unreachable_pub, reason = "a crate of its own where a fuzzer calls it")]
#[path = "../../fuzz/src/lib.rs"]
mod rules;

/// The inputs of a target, by file name.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = workspace::root().join("fuzz/seeds").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .map(|path| (path.clone(), fs::read(path).expect("a seed is read")))
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds of {target}");
    seeds
}

/// A test of each target, and the list of all.
macro_rules! targets {
    ($($target:ident)*) => {
        const TARGETS: &[&str] = &[$(stringify!($target)),*];
        $(
            #[test]
            fn $target() {
                for (path, bytes) in seeds(stringify!($target)) {
                    // Shown if the rules panic.
                    println!("{}", path.display());
                    rules::$target(&bytes);
                    // So that no rule depends on a whole input.
                    for length in 0..bytes.len().min(512) {
                        rules::$target(&bytes[..length]);
                    }
                }
            }
        )*
    };
}

targets! {
    agent_event contact_event contact_record enrichment flow_call flow_log framing gzip gzip_round_trip kind log_batch payload
    scanner soap_answer texts
}

/// The names of the files in a folder of `fuzz`, without what stands behind a dot.
fn names(folder: &str) -> Vec<String> {
    let files = fs::read_dir(workspace::root().join("fuzz").join(folder)).expect("a folder of fuzz");
    let paths = files.map(|file| file.expect("a file").path());
    let mut names: Vec<_> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

#[test]
fn every_target_has_seeds_and_is_replayed() {
    assert_eq!(names("fuzz_targets"), TARGETS);
    assert_eq!(names("seeds"), TARGETS);
    let manifest = fs::read_to_string(workspace::root().join("fuzz/Cargo.toml")).expect("a manifest");
    for target in TARGETS {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
            "{target} is in no manifest"
        );
    }
}

/// What a package of this repository cannot be built without, by its manifest.
fn required_dependencies(package: &str) -> Vec<String> {
    let folders =
        [format!("crates/{}", package.trim_start_matches("switchboard-")), format!("functions/{package}")];
    let manifests = folders.map(|folder| workspace::root().join(folder).join("Cargo.toml"));
    let manifest = manifests.iter().find_map(|path| fs::read_to_string(path).ok()).expect("a manifest");
    let (_, dependencies) = manifest.split_once("[dependencies]\n").expect("dependencies");
    let lines = dependencies.lines().take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.starts_with('#') && !line.contains("optional = true"));
    let name = |line: &str| Some(line.split(['.', ' ']).next()?.to_owned()).filter(|name| !name.is_empty());
    lines.filter_map(name).collect()
}

/// `cargo fuzz` would write the lock anew, and `--locked` refuse: both are seen only by hand.
#[test]
fn the_lock_of_fuzzing_has_what_its_crates_need() {
    let lock = fs::read_to_string(workspace::root().join("fuzz/Cargo.lock")).expect("a lock");
    let mut seen = 0;
    for package in lock.split("[[package]]\n").skip(1).filter(|package| !package.contains("\nsource = ")) {
        let name = package.split('"').nth(1).expect("a name");
        if name == "switchboard-fuzz" {
            continue;
        }
        for needed in required_dependencies(name) {
            let is_locked = [format!(" \"{needed}\","), format!(" \"{needed} ")];
            assert!(is_locked.iter().any(|entry| package.contains(entry)), "{name} needs {needed}");
        }
        seen += 1;
    }
    assert!(seen > 3, "{seen} packages of this repository");
}
