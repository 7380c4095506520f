//! The rules of the workspace's shape: which package may use which, which module, and how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use switchboard_tests::{module_graph::ModuleGraph, workspace};

/// The layer of a package, by its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Core,
    Runtime,
    /// Storage, objects, HTTPS and errors of AWS.
    Ground,
    /// A capability that knows no other.
    Capability,
    /// The state of agents: a capability, which workforce management uses.
    Agents,
    Workforce,
    /// The live board, which shows what capabilities keep.
    Board,
    /// A contact centre that is made up. It knows what Amazon Connect sends and no capability.
    Simulator,
    Program,
    Function,
    Tests,
}

#[test]
fn arrows_run_one_way() {
    let metadata = metadata();
    let parts: Vec<(&Package, Part)> = metadata.workspace_packages().into_iter().map(with_part).collect();
    let mut broken = Vec::new();
    for &(package, part) in &parts {
        for dependency in package.dependencies.iter().filter(|used| used.kind != DependencyKind::Development)
        {
            let Some(&(_, used)) = parts.iter().find(|(other, _)| other.name == dependency.name) else {
                continue;
            };
            if !may_use(part, used) {
                broken.push(format!("{} ({part:?}) uses {} ({used:?})", package.name, dependency.name));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "dependencies against the direction of ARCHITECTURE.md:\n{}",
        broken.join("\n")
    );
}

#[test]
fn core_does_no_input_or_output() {
    let tree = tree("switchboard-core", &["--all-features"]);
    assert!(tree.contains("serde_json"), "cargo tree shows core's own dependencies: {tree:?}");
    let forbidden = tree.iter().filter(|name| does_input_or_output(name)).collect::<Vec<_>>();
    assert!(forbidden.is_empty(), "switchboard-core pulls in {forbidden:?}");
}

#[test]
fn the_program_compiles_no_aws_sdk_by_default() {
    let tree = tree("switchboard", &[]);
    assert!(tree.contains("switchboard"), "cargo tree shows the program itself: {tree:?}");
    let forbidden = tree.iter().filter(|name| is_of_aws(name)).collect::<Vec<_>>();
    assert!(forbidden.is_empty(), "`cargo run` would compile {forbidden:?}");
}

#[test]
fn a_function_is_found_by_its_folder() {
    for (package, part) in metadata().workspace_packages().into_iter().map(with_part) {
        if part == Part::Function {
            let folder = folder(package);
            let binary = package.targets.iter().find(|target| target.is_bin()).map(|target| &target.name);
            assert_eq!(folder.file_name().and_then(|name| name.to_str()), Some(package.name.as_str()));
            assert_eq!(
                binary.map(String::as_str),
                Some(package.name.as_str()),
                "tests and the CDK app ask by it"
            );
        }
    }
}

#[test]
fn main_only_wires() {
    let functions = workspace::root().join("functions");
    let mains: Vec<_> = sources()
        .into_iter()
        .filter(|path| path.starts_with(&functions) && path.ends_with("src/main.rs"))
        .collect();
    assert!(!mains.is_empty(), "no functions found in {}", functions.display());
    assert_eq!(longer_than(60, &mains), Vec::<String>::new());
}

/// What the manifests of functions spare `cargo test`.
#[test]
fn functions_have_no_tests_in_main_and_no_examples() {
    let functions = workspace::root().join("functions");
    for path in sources().into_iter().filter(|path| path.starts_with(&functions)) {
        let text = fs::read_to_string(&path).expect("a source file");
        let has_tests = text.contains("#[test]") || text.contains("#[cfg(test)]");
        assert!(
            !(path.ends_with("src/main.rs") && has_tests),
            "{} has tests that do not run",
            path.display()
        );
        // A block that opens with the name of another language is no example.
        let fences = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("//").and_then(|line| line.split_once("```")));
        let opening = fences.step_by(2).map(|(_, language)| language.to_owned()).collect::<Vec<_>>();
        let is_rust = |language: &String| language.is_empty() || language.starts_with("rust");
        assert!(!opening.iter().any(is_rust), "{} has an example that does not run", path.display());
    }
}

#[test]
fn no_source_file_is_too_long_to_read() {
    let sources = sources();
    assert!(sources.iter().any(|path| path.ends_with("tests/it/architecture.rs")), "{sources:?}");
    assert_eq!(longer_than(500, &sources), Vec::<String>::new());
}

#[test]
fn no_sibling_cycles() {
    let mut cycles = Vec::new();
    for (package, _) in metadata().workspace_packages().into_iter().map(with_part) {
        let graph = ModuleGraph::read(&folder(package).join("src"));
        assert!(!graph.is_empty(), "no sources of {}", package.name);
        cycles.extend(graph.cycles().into_iter().map(|cycle| format!("{}: {cycle}", package.name)));
    }
    // What a record is, is told by the members that its own reader finds: one walk over a document serves both.
    assert_eq!(
        cycles,
        ["switchboard-core: ctr, kind (ctr <-> kind)"],
        "modules that import each other in a circle"
    );
}

/// What the simulator tells as the truth must not come from the rules that are tested against it.
#[test]
fn the_simulator_knows_none_of_cores_rules() {
    let rules = ["framing", "kind", "leg", "outcome"];
    let simulator = workspace::root().join("crates/simulator/src");
    let mut used = Vec::new();
    // What tests the simulator may read what it emits.
    let is_test = |path: &Path| path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
    for path in sources() {
        if !path.strip_prefix(&simulator).is_ok_and(|path| !is_test(path)) {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source file is read");
        let modules = modules_of("switchboard_core", &source);
        used.extend(
            modules
                .into_iter()
                .filter(|module| rules.contains(&&**module))
                .map(|module| (path.clone(), module)),
        );
    }
    assert_eq!(used, Vec::<(PathBuf, String)>::new());
    let source = "use switchboard_core::{\n    arn::last_segment, leg::Leg,\n};\nlet kind = switchboard_core::kind::of(x);";
    assert_eq!(modules_of("switchboard_core", source), ["arn", "leg", "kind"]);
}

/// The same seed gives the same bytes on every machine: logarithms and the like come from `libm`, as those of std are the
/// machine's, and neither the order of a hash map nor a clock reaches what is emitted.
#[test]
fn the_simulator_depends_on_its_seed_alone() {
    let functions = [
        "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "sqrt", "sin", "cos",
        "tan",
    ];
    let calls = functions.iter().flat_map(|name| [format!(".{name}("), format!("f64::{name}")]);
    let others = [
        "HashMap",
        "HashSet",
        "SystemTime::",
        "Instant::now",
        "Timestamp::now",
        "TimeZone::get",
        "TimeZone::system",
    ];
    let forbidden: Vec<_> = calls.chain(others.map(str::to_owned)).collect();
    let model = workspace::root().join("crates/simulator/src/model");
    let mut used = Vec::new();
    for path in sources() {
        if path.strip_prefix(&model).is_ok_and(|path| !path.starts_with("tests")) {
            let source = fs::read_to_string(&path).expect("a source file is read");
            let code = source.split("#[cfg(test)]").next().unwrap_or_default();
            used.extend(
                forbidden.iter().filter(|name| code.contains(&***name)).map(|name| (path.clone(), name)),
            );
        }
    }
    assert_eq!(used, Vec::<(PathBuf, &String)>::new());
}

/// A zone has the same rules on every machine.
#[test]
fn zones_are_those_of_the_bundled_database() {
    let features = features("jiff");
    assert!(features.contains("tzdb-bundle-always"), "{features:?}");
    let databases_of_the_machine = ["tzdb-zoneinfo", "tzdb-concatenated", "tzdb-bundle-platform"];
    assert!(databases_of_the_machine.iter().all(|database| !features.contains(*database)), "{features:?}");
}

/// The modules of a crate that a source names in a path or a group.
fn modules_of(package: &str, source: &str) -> Vec<String> {
    let prefix = format!("{package}::");
    let mut modules = Vec::new();
    for path in source.split(&*prefix).skip(1) {
        let group =
            path.strip_prefix('{').map(|group| group.split_once(';').map_or(group, |(group, _)| group));
        let mut depth = 0;
        for part in group.unwrap_or(path).split_inclusive([',', '{', '}']) {
            let name: String =
                part.trim_start().chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
            if depth == 0 && !name.is_empty() {
                modules.push(name);
            }
            depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            if group.is_none() {
                break;
            }
        }
    }
    modules
}

#[test]
fn a_cycle_is_found_through_a_re_export_and_wiring_is_none() {
    let files = [
        // The parent wires and re-exports; the cycle is between its children, which name it alone.
        ("lib.rs", "pub mod store;\nmod clock;\npub use clock::Clock;\n#[cfg(test)]\nmod fixture;\n"),
        ("clock.rs", "pub struct Clock;\n"),
        ("fixture.rs", "use crate::store::Store;\n"),
        (
            "store.rs",
            "mod error;\nmod file;\npub use error::{StoreError, self as failure};\npub use file::*;\n",
        ),
        (
            "store/error.rs",
            "//! See [`crate::clock`].\nuse super::{file::Path as Place, super::Clock};\npub enum StoreError { At(Place, Clock) }\n",
        ),
        (
            "store/file.rs",
            "pub struct Path;\npub struct Store;\nfn open() -> Result<Path, crate::store::StoreError> { todo!(\"crate::x\") }\n\
             #[cfg(test)]\nmod tests {\n    use crate::store::other::Other;\n}\n",
        ),
        (
            "store/other.rs",
            "// use super::Store;\npub struct Other(super::Store, crate::Clock, crate::store::file::Path);\n",
        ),
    ];
    let package = package_of(&files);
    let graph = ModuleGraph::read(package.path());
    assert_eq!(graph.len(), 6, "all but the module that is for tests");
    assert_eq!(
        graph.cycles(),
        ["store::error, store::file (store::error <-> store::file)"],
        "the one cycle there is, by the modules that define what is imported"
    );

    let mended =
        package_of(&files.map(|(name, text)| (name, text.replace("crate::store::StoreError", "()"))));
    assert_eq!(ModuleGraph::read(mended.path()).cycles(), Vec::<String>::new());
}

#[test]
fn versions_stand_in_the_workspace_table_alone() {
    let mut elsewhere = Vec::new();
    for package in metadata().workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path).expect("the manifest of a package");
        for line in own_dependencies(&manifest) {
            elsewhere.push(format!("{}: {line}", package.manifest_path));
        }
    }
    assert!(elsewhere.is_empty(), "dependencies without `workspace = true`:\n{}", elsewhere.join("\n"));
}

#[test]
fn a_version_in_a_package_is_seen() {
    let manifest = "[package]\nversion = \"1\"\n[dependencies]\n# one\na.workspace = true\n\
                    b = { workspace = true, features = [\n  \"x\",\n] }\nc = \"1\"\n\
                    [dev-dependencies.d]\nversion = \"1\"\n[lints]\nworkspace = true\n";
    assert_eq!(own_dependencies(manifest), ["c = \"1\"", "[dev-dependencies.d]"]);
}

#[test]
fn packages_of_aws_are_told_by_name() {
    assert!(["aws-sdk-s3", "aws-config", "aws-smithy-types", "aws-lc-rs"].into_iter().all(is_of_aws));
    assert!(!is_of_aws("jaws"));
}

/// The layers of ARCHITECTURE.md: the program uses functions and capabilities; functions use capabilities; both use the runtime
/// and the ground; all use core. One capability does not use another, but workforce management uses agents, and the board
/// shows what they keep.
fn may_use(from: Part, to: Part) -> bool {
    match from {
        Part::Core => false,
        Part::Simulator => to == Part::Core,
        // Cargo itself allows no circle.
        Part::Ground => matches!(to, Part::Core | Part::Ground),
        Part::Runtime => matches!(to, Part::Core | Part::Ground),
        Part::Capability | Part::Agents => matches!(to, Part::Core | Part::Ground | Part::Runtime),
        Part::Workforce => to == Part::Agents || may_use(Part::Capability, to),
        Part::Board => {
            matches!(to, Part::Capability | Part::Agents | Part::Workforce) || may_use(Part::Capability, to)
        }
        Part::Function => to == Part::Board || may_use(Part::Board, to),
        Part::Program => !matches!(to, Part::Tests),
        Part::Tests => true,
    }
}

fn with_part(package: &Package) -> (&Package, Part) {
    let folder = folder(package);
    let place = folder.strip_prefix(workspace::root()).expect("a package of this repository");
    let part = match place.to_str().expect("a folder with a UTF-8 name") {
        "crates/core" => Part::Core,
        "crates/runtime" => Part::Runtime,
        "crates/aws" | "crates/https" | "crates/objects" | "crates/sql" | "crates/store" => Part::Ground,
        "crates/agents" => Part::Agents,
        "crates/wfm" => Part::Workforce,
        "crates/board" => Part::Board,
        "crates/simulator" => Part::Simulator,
        "crates/cli" => Part::Program,
        "tests" => Part::Tests,
        _ if place.starts_with("crates") => Part::Capability,
        _ if place.starts_with("functions") => Part::Function,
        other => panic!("no rule for a package in {other}"),
    };
    (package, part)
}

/// The sources of a package that is made up.
fn package_of(files: &[(&str, impl AsRef<str>)]) -> tempfile::TempDir {
    let package = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = package.path().join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text.as_ref()).expect("a source file");
    }
    package
}

fn folder(package: &Package) -> &Path {
    package.manifest_path.parent().expect("a manifest lies in a folder").as_std_path()
}

fn does_input_or_output(name: &str) -> bool {
    is_of_aws(name)
        || matches!(name, "tokio" | "reqwest" | "sqlx" | "hyper" | "ssh2")
        || name.starts_with("sqlx-")
}

fn is_of_aws(name: &str) -> bool {
    name.starts_with("aws-")
}

/// What is declared by the packages, without resolving: no network, and independent of features.
fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata")
}

/// The names of all packages that building `package` alone takes. `cargo metadata` cannot tell: it resolves the whole
/// workspace at once, where the functions' default features reach the crates that they share with the program.
fn tree(package: &str, more: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace::root())
        .args(["tree", "--locked", "--package", package, "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(more)
        .output()
        .expect("cargo tree starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("names of packages");
    printed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The features of a package that the whole workspace turns on.
fn features(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace::root())
        .args(["tree", "--locked", "--workspace", "--all-features", "--invert", package])
        .args(["--depth", "0", "--prefix", "none", "--format", "{f}"])
        .output()
        .expect("cargo tree starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("names of features");
    printed.split([',', '\n']).map(|name| name.trim().to_owned()).collect()
}

/// Lines that declare a dependency without the workspace's version of it.
fn own_dependencies(manifest: &str) -> Vec<&str> {
    let mut within = false;
    let mut own = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            within = line.ends_with("dependencies]");
            if line.contains("dependencies.") {
                own.push(line);
            }
        } else if within && line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let inherits = line.contains(".workspace = true") || line.contains("{ workspace = true");
            if !inherits {
                own.push(line);
            }
        }
    }
    own
}

fn longer_than(most: usize, sources: &[PathBuf]) -> Vec<String> {
    let mut longer = Vec::new();
    for path in sources {
        let lines = fs::read_to_string(path).expect("a source file").lines().count();
        if lines > most {
            longer.push(format!("{}: {lines} lines, {most} at most", path.display()));
        }
    }
    longer
}

/// Every .rs file of the workspace's packages.
fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["crates", "functions", "tests"].iter().map(|name| workspace::root().join(name)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources
}
