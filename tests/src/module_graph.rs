//! The import graph of a package's modules, and the cycles in it.
//!
//! A node is a source file: `src/a/b.rs` is `a::b`. An edge leads to the module that defines what is imported: names are
//! followed through re-exports. A module may wire and re-export its own descendants, so edges to these are left out.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use source::Source;

type Module = Vec<String>;

/// How many re-exports a name is followed through.
const MAX_STEPS: usize = 6;

/// The modules of one package and what each imports.
#[derive(Debug)]
pub struct ModuleGraph {
    sources: BTreeMap<Module, Source>,
    edges: BTreeMap<Module, BTreeSet<Module>>,
}

impl ModuleGraph {
    /// Reads the files below a package's `src`.
    pub fn read(src: &Path) -> Self {
        let mut sources = BTreeMap::new();
        collect(src, &[], &mut sources);
        let tests: Vec<Module> = sources
            .iter()
            .flat_map(|(module, source): (&Module, &Source)| {
                source.test_modules.iter().map(move |name| child(module, name))
            })
            .collect();
        sources.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let mut graph = Self { sources, edges: BTreeMap::new() };
        graph.edges = graph.sources.keys().map(|module| (module.clone(), graph.imports_of(module))).collect();
        graph
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Every set of modules that reach each other: its members, and the pairs that import each other.
    pub fn cycles(&self) -> Vec<String> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.edges.keys().map(|module| (module, self.reachable(module))).collect();
        let reaches = |from: &Module, to: &Module| reach.get(from).is_some_and(|found| found.contains(to));
        let mut seen = BTreeSet::new();
        let mut cycles = Vec::new();
        for module in self.edges.keys() {
            let members: Vec<&Module> =
                self.edges.keys().filter(|other| reaches(module, other) && reaches(other, module)).collect();
            if members.len() > 1 && members.iter().all(|member| seen.insert(*member)) {
                cycles.push(self.describe(&members));
            }
        }
        cycles
    }

    fn describe(&self, members: &[&Module]) -> String {
        let imports =
            |from: &Module, to: &Module| self.edges.get(from).is_some_and(|edges| edges.contains(to));
        let mut pairs = Vec::new();
        for (at, &one) in members.iter().enumerate() {
            let two_way = members[at + 1..].iter().filter(|other| imports(one, other) && imports(other, one));
            pairs.extend(two_way.map(|other| format!("{} <-> {}", one.join("::"), other.join("::"))));
        }
        let names: Vec<String> = members.iter().map(|member| member.join("::")).collect();
        format!("{} ({})", names.join(", "), pairs.join("; "))
    }

    fn reachable(&self, start: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.edges.get(start).into_iter().flatten().collect();
        while let Some(module) = open.pop() {
            if reached.insert(module) {
                open.extend(self.edges.get(module).into_iter().flatten());
            }
        }
        reached
    }

    /// The modules that a module imports from, itself and its descendants left out.
    fn imports_of(&self, module: &Module) -> BTreeSet<Module> {
        let Some(source) = self.sources.get(module) else { return BTreeSet::new() };
        let used = source.imports.iter().map(|import| &import.path).chain(&source.paths);
        used.filter_map(|path| self.resolve(module, path, 0))
            .filter(|target| !target.starts_with(module))
            .collect()
    }

    /// The module that defines what a path names in a module; none if it is of another package.
    fn resolve(&self, module: &Module, path: &[String], step: usize) -> Option<Module> {
        let (mut current, mut rest) = (module.clone(), path);
        let (first, others) = path.split_first()?;
        match first.as_str() {
            "crate" => (current, rest) = (Module::new(), others),
            "self" => rest = others,
            "super" => {
                while let Some(("super", others)) =
                    rest.split_first().map(|(name, others)| (name.as_str(), others))
                {
                    current.pop();
                    rest = others;
                }
            }
            name if self.sources.contains_key(&child(module, name)) => {}
            _ => return None,
        }
        while let Some((name, others)) = rest.split_first() {
            let next = child(&current, name);
            if !self.sources.contains_key(&next) {
                return Some(self.definer(&current, rest, step).unwrap_or(current));
            }
            (current, rest) = (next, others);
        }
        Some(current)
    }

    /// The module that a name of a module is re-exported from, if it is not defined in it.
    fn definer(&self, module: &Module, path: &[String], step: usize) -> Option<Module> {
        let source = self.sources.get(module)?;
        let (name, others) = path.split_first()?;
        if step >= MAX_STEPS || source.items.contains(name) {
            return None;
        }
        if let Some(import) = source.imports.iter().find(|import| &import.name == name) {
            return self.resolve(module, &[&import.path, others].concat(), step + 1);
        }
        source.imports.iter().filter(|import| import.name == "*").find_map(|import| {
            let target = self.resolve(module, &import.path, step + 1)?;
            let is_defined = self.sources.get(&target).is_some_and(|source| source.items.contains(name));
            if is_defined { Some(target) } else { self.definer(&target, path, step + 1) }
        })
    }
}

fn child(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}

/// Reads the files of a folder and below it. A `main.rs` beside a `lib.rs` is a package of its own, and wires only.
fn collect(folder: &Path, module: &[String], sources: &mut BTreeMap<Module, Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder of sources")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8").to_owned();
        if stem == "tests" || stem == "bin" {
            continue;
        }
        if path.is_dir() {
            collect(&path, &child(module, &stem), sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let is_root = module.is_empty() && (stem == "lib" || stem == "main");
            if is_root || stem == "mod" {
                sources.entry(module.to_vec()).or_insert_with(|| source::read(&text));
            } else {
                sources.insert(child(module, &stem), source::read(&text));
            }
        }
    }
}
