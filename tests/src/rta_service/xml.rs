//! XML as a tree, and the reading of it in the order of a schema.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// The namespace of `nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One element. Comments are left out; attributes too, but for `xsi:nil`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its namespace; empty for none.
    pub(super) namespace: String,
    /// Its name without a prefix.
    pub(super) name: String,
    /// The text directly in it, all pieces together.
    pub(super) text: String,
    /// Said to be no value at all: `xsi:nil="true"`.
    pub(super) is_nil: bool,
    /// The elements in it, in order.
    pub(super) children: Vec<Element>,
}

/// Reads a document; what is wrong with it is told in words.
pub(super) fn parse(document: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    // The first stands for the document itself.
    let mut open = vec![Element::default()];
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.0.to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => return Err(format!("the prefix {prefix} is bound to nothing")),
        };
        let text = match event {
            Event::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                let is_nil = is_nil(&reader, &start)?;
                open.push(Element { namespace, name, is_nil, ..Element::default() });
                continue;
            }
            Event::End(_) => {
                let closed = open.pop().ok_or("closes what is not open")?;
                open.last_mut().ok_or("closes what is not open")?.children.push(closed);
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => character.into(),
                Ok(None) => {
                    let name = reference.xml10_content();
                    let known = quick_xml::escape::resolve_xml_entity(&name);
                    known.ok_or_else(|| format!("the entity {name} is not known"))?.to_owned()
                }
                Err(error) => return Err(error.to_string()),
            },
            Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
            Event::Eof => break,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => continue,
        };
        open.last_mut().ok_or("text outside of the document")?.text.push_str(&text);
    }
    let mut document = open.pop().ok_or("nothing")?;
    if !open.is_empty() || document.children.len() != 1 || !document.text.trim().is_empty() {
        return Err("not one whole element".to_owned());
    }
    document.children.pop().ok_or_else(|| "nothing".to_owned())
}

fn is_nil(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<bool, String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        let is_of_instances = matches!(namespace, ResolveResult::Bound(namespace) if namespace.0 == INSTANCE);
        if is_of_instances && name.into_inner() == "nil" {
            return Ok(matches!(&*attribute.value, "true" | "1"));
        }
    }
    Ok(false)
}

impl Element {
    /// The only child of that name.
    pub(super) fn only(&self, namespace: &str, name: &str) -> Option<&Self> {
        let mut found = self.children.iter().filter(|child| child.is(namespace, name));
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether it is called that.
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The children of these names, read as a data-contract reader does: once, forward only. A child that comes later
    /// than one of a later name, or that is of another name or namespace, is skipped without a word.
    pub(super) fn in_order<const N: usize>(&self, namespace: &str, names: [&str; N]) -> [Option<&Self>; N] {
        let mut found = [None; N];
        let mut next = 0;
        for child in &self.children {
            let rest = names.iter().enumerate().skip(next);
            if let Some((at, _)) = rest.into_iter().find(|(_, name)| child.is(namespace, name)) {
                if let Some(place) = found.get_mut(at) {
                    *place = Some(child).filter(|child| !child.is_nil);
                }
                next = at + 1;
            }
        }
        found
    }
}
