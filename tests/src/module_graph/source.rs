//! The paths that one source file names: a tokenizer and a reader of `use`, no more of Rust than that takes.

use std::collections::BTreeSet;

/// A name that a `use` brings into scope; `*` for all names of a module.
pub(super) struct Import {
    pub path: Vec<String>,
    pub name: String,
}

/// What a file says of other modules. Comments, texts and whatever is for tests alone are left out.
#[derive(Default)]
pub(super) struct Source {
    pub imports: Vec<Import>,
    /// Paths of two segments and more outside of `use`.
    pub paths: Vec<Vec<String>>,
    /// Names of the items that are defined here.
    pub items: BTreeSet<String>,
    /// Child modules that are compiled for tests alone.
    pub test_modules: BTreeSet<String>,
}

const ITEMS: [&str; 10] =
    ["struct", "enum", "fn", "trait", "type", "const", "static", "union", "macro_rules", "mod"];

pub(super) fn read(text: &str) -> Source {
    let tokens = tokens(text);
    let mut source = Source::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if is_test_attribute(&tokens[at..]) {
            let end = item_end(&tokens, at);
            let module = tokens[at..end].windows(2).find(|pair| pair[0] == "mod");
            source.test_modules.extend(module.map(|pair| pair[1].clone()));
            at = end;
        } else if token == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
            at = read_use(&tokens, at + 1, &[], &mut source.imports);
        } else if is_word(token) {
            let end = path_end(&tokens, at);
            if end > at + 1 && (at == 0 || tokens[at - 1] != "::") {
                source.paths.push(tokens[at..end].iter().filter(|part| *part != "::").cloned().collect());
            } else if ITEMS.contains(&token.as_str()) {
                let name = tokens[at + 1..].iter().find(|next| *next != "!");
                source.items.extend(name.cloned());
            }
            at = end;
        } else {
            at += 1;
        }
    }
    source
}

/// `#[cfg(test)]`, `#[cfg(all(test, …))]` and `#[test]`.
fn is_test_attribute(tokens: &[String]) -> bool {
    let start: Vec<&str> = tokens.iter().take(6).map(String::as_str).collect();
    matches!(
        start.as_slice(),
        ["#", "[", "test", "]", ..] | ["#", "[", "cfg", "(", "test", ..] | ["#", "[", "cfg", "(", "all", "("]
    ) && (start.contains(&"test") || tokens.get(6).is_some_and(|condition| condition == "test"))
}

/// The end of the item that begins, with its attributes, at a token.
fn item_end(tokens: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth <= 0 {
                    return at + 1;
                }
            }
            ";" | "," if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Reads one tree of a `use`, whose path so far is `prefix`, and returns where it ends.
fn read_use(tokens: &[String], start: usize, prefix: &[String], imports: &mut Vec<Import>) -> usize {
    let (mut at, mut path) = (start, prefix.to_vec());
    let mut name = None;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(at).is_some_and(|next| next != "}") {
                    at = read_use(tokens, at, &path, imports);
                    at += usize::from(tokens.get(at).is_some_and(|next| next == ","));
                }
                return at + 1;
            }
            "as" => {
                name = tokens.get(at).cloned();
                at += 1;
            }
            "," | "}" | ";" => {
                at -= 1;
                break;
            }
            "self" if !path.is_empty() => {}
            _ => path.push(token.clone()),
        }
    }
    if let Some(name) = name.or_else(|| path.last().cloned()) {
        path.retain(|part| part != "*");
        imports.push(Import { path, name });
    }
    at
}

/// The end of the path that begins at a word.
fn path_end(tokens: &[String], start: usize) -> usize {
    let mut end = start + 1;
    while tokens.get(end).is_some_and(|token| token == "::")
        && tokens.get(end + 1).is_some_and(|next| is_word(next))
    {
        end += 2;
    }
    end
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Words, `::` and single signs, without comments and literals of text.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let is = |at: usize, sign: char| chars.get(at) == Some(&sign);
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        let start = at;
        at += 1;
        match first {
            '/' if is(at, '/') => at = find(&chars, at, "\n"),
            '/' if is(at, '*') => at = find(&chars, at, "*/"),
            '"' => at = text_end(&chars, at),
            '\'' if is(at, '\\') => at = find(&chars, at + 2, "'"),
            '\'' if is(at + 1, '\'') => at += 2,
            'r' if is(at, '"') || is(at, '#') && (is(at + 1, '"') || is(at + 1, '#')) => {
                let hashes = chars[at..].iter().take_while(|sign| **sign == '#').count();
                at = find(&chars, at + hashes + 1, &format!("\"{}", "#".repeat(hashes)));
            }
            'b' if is(at, '"') || is(at, 'r') && (is(at + 1, '"') || is(at + 1, '#')) => {}
            ':' if is(at, ':') => {
                at += 1;
                tokens.push("::".to_owned());
            }
            _ if first.is_alphanumeric() || first == '_' => {
                at += chars[at..].iter().take_while(|next| next.is_alphanumeric() || **next == '_').count();
                tokens.push(chars[start..at].iter().collect());
            }
            _ if first.is_whitespace() => {}
            _ => tokens.push(first.to_string()),
        }
    }
    tokens
}

/// Where a text that has begun ends.
fn text_end(chars: &[char], mut at: usize) -> usize {
    while chars.get(at).is_some_and(|next| *next != '"') {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Behind the next place of a pattern, or the end.
fn find(chars: &[char], start: usize, pattern: &str) -> usize {
    let pattern: Vec<char> = pattern.chars().collect();
    let rest = chars.get(start..).unwrap_or_default();
    let found = rest.windows(pattern.len()).position(|window| window == pattern);
    found.map_or(chars.len(), |found| start + found + pattern.len())
}
