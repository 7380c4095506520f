//! The documents say what the code says: settings, commands, examples and links.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::program::{Folder, events};

/// Documents by their path from the root of the repository.
fn documents() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    for folder in ["", "docs", "cdk", "search", "events", "tests"] {
        paths.extend(markdown(&root().join(folder)));
    }
    for package in children(&root().join("crates")) {
        paths.extend(markdown(&package));
    }
    paths
        .into_iter()
        .map(|path| (path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), read(&path)))
        .collect()
}

#[test]
fn every_setting_of_a_function_is_documented_and_no_other() {
    let text = read(&root().join("docs/functions.md"));
    let sections: BTreeMap<&str, &str> = text
        .split("\n## `")
        .skip(1)
        .map(|section| section.split_once("`\n").expect("a function's name as the heading"))
        .collect();
    let mut functions = 0;
    for package in children(&root().join("functions")) {
        let name = package.file_name().unwrap().to_str().unwrap();
        let section = sections.get(name).unwrap_or_else(|| panic!("docs/functions.md has no section {name}"));
        assert_eq!(table_of_variables(section), settings(&package), "settings of {name}: document and code");
        functions += 1;
    }
    assert_eq!(functions, sections.len(), "sections without a function");
}

#[test]
fn every_metric_is_documented_and_no_other() {
    let code = read(&root().join("crates/runtime/src/metrics.rs"));
    let (_, variants) = code.split_once("pub enum Metric {\n").unwrap();
    let (variants, _) = variants.split_once("\n}").unwrap();
    let variants: BTreeSet<&str> =
        variants.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
    let document = read(&root().join("docs/metrics.md"));
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let documented: BTreeSet<&str> = rows.map(|line| line.split('`').nth(1).unwrap()).collect();
    assert_eq!(documented, variants);
}

#[test]
fn the_table_of_commands_is_the_help() {
    let readme = read(&root().join("README.md"));
    let (_, section) = readme.split_once("\n## The program\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let (with_aws, without): (Vec<&str>, Vec<&str>) = rows.partition(|line| line.ends_with("| `aws` |"));
    let names = |rows: &[&str]| -> BTreeSet<String> {
        rows.iter().map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
    };
    let (with_aws, without) = (names(&with_aws), names(&without));

    let help = Folder::new().run(&["--help"]).stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands: BTreeSet<String> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|name| name != "help")
        .collect();
    // Without the feature `aws`, its commands may be there only to say that they need it.
    let missing: Vec<_> = without.difference(&commands).collect();
    assert!(missing.is_empty(), "README.md has commands that are not in the help: {missing:?}");
    let documented: BTreeSet<String> = without.union(&with_aws).cloned().collect();
    let undocumented: Vec<_> = commands.difference(&documented).collect();
    assert!(undocumented.is_empty(), "commands that are not in README.md: {undocumented:?}");
    #[cfg(feature = "aws")]
    assert_eq!(documented, commands);
}

#[test]
fn the_commands_that_need_no_server_run_and_print_what_the_readme_shows() {
    let folder = Folder::new();
    std::os::unix::fs::symlink(events().canonicalize().unwrap(), folder.path("events")).unwrap();
    let documents = [read(&root().join("README.md")), read(&root().join("docs/program.md"))];
    let lines = documents.iter().flat_map(|text| text.lines());
    let mut outputs = Vec::new();
    for line in lines.filter_map(|line| line.strip_prefix("$ cargo switchboard ")) {
        let arguments: Vec<String> =
            line.split_whitespace().map(|word| word.replace("/tmp/", "out/tmp-")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if arguments.iter().any(|argument| ["serve", "demo", "board"].contains(argument)) {
            continue;
        }
        let ended = folder.run(&arguments);
        assert!(matches!(ended.status, 0 | 1), "{line}: {ended:?}");
        outputs.push(ended.stdout);
    }
    // The examples in README.md come first, each with its output; `…` stands for lines left out.
    let mut outputs = outputs.into_iter();
    for example in documents[0].split("$ cargo switchboard ").skip(1) {
        let (example, _) = example.split_once("\n```").unwrap();
        let output = outputs.next().unwrap();
        // Columns are narrower in README.md where lines are left out.
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let printed: BTreeSet<String> = output.lines().map(words).collect();
        for line in example.lines().skip(1).filter(|line| line.trim() != "…") {
            assert!(
                printed.contains(&words(line)),
                "README.md shows a line that is not printed: {line}\n{output}"
            );
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let documents = documents();
    let mut links = 0;
    let mut dead = Vec::new();
    for (path, text) in &documents {
        let folder = root().join(path).parent().unwrap().to_owned();
        for target in targets(text) {
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() { root().join(path) } else { folder.join(file) };
            let found = linked.exists() && (anchor.is_empty() || anchors(&read(&linked)).contains(anchor));
            if !found {
                dead.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(links > 50, "only {links} links found");
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn anchors_are_those_of_the_headings() {
    let text = "# A `b-c`, d: e\n<a id=\"x\"></a><a id=\"y\"></a>\n```\n# no\n```\n";
    assert_eq!(anchors(text), ["a-b-c-d-e", "x", "y"].map(str::to_owned).into());
    assert_eq!(targets("[a](b.md#c) `[d](e)` [f](https://g)\n```\n[h](i)\n```"), ["b.md#c"]);
}

/// The variables in the tables of a section, by their first column.
fn table_of_variables(section: &str) -> BTreeSet<String> {
    let mut variables = BTreeSet::new();
    let mut in_table = false;
    for line in section.lines() {
        in_table = line.starts_with("| variable |") || in_table && line.starts_with('|');
        if in_table {
            let first = line.split('|').nth(1).unwrap_or_default();
            variables.extend(first.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    variables
}

/// The variables that a function reads: names in capitals that stand first in parentheses, in its `main.rs` and `config.rs`.
fn settings(package: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in ["src/main.rs", "src/config.rs"].map(|file| package.join(file)) {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let code: String = text
            .split("#[cfg(test)]")
            .next()
            .unwrap()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| [line, "\n"])
            .collect();
        for argument in code.split('(').skip(1) {
            let name = argument.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            names.extend(name.filter(|name| is_variable(name)).map(str::to_owned));
        }
    }
    names
}

fn is_variable(name: &str) -> bool {
    name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What the links of a document lead to within the repository.
fn targets(text: &str) -> Vec<&str> {
    prose(text)
        .flat_map(|line| line.split('`').step_by(2))
        .flat_map(|text| text.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The anchors of a document: its headings, as GitHub makes them, and its own.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#')).map(|line| {
        line.trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(|&letter| letter.is_alphanumeric() || " -_".contains(letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect()
    });
    let own = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings.chain(own).collect()
}

/// The lines that are not code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    children(folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut children: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    children.sort();
    children
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
