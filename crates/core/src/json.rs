//! Where the members of a JSON object lie, without building it.
//!
//! Connect's records are additive and loosely typed: unknown members must survive byte for byte, and
//! absent, `null` and of the wrong type all mean "absent". So values stay text ([`Raw`]) until a field
//! is asked for, and then a wrong type is [`None`], never an error.

use std::{borrow::Cow, fmt, ops::Range};

use crate::scan::{self, MemberSpan, NameSpan, ScanError};

/// One JSON value as the text it arrived in, without whitespace around it.
///
/// [`Debug`](fmt::Debug) shows its kind and length only: the text may be somebody's phone number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// What an absent member reads as.
    pub const ABSENT: Raw<'static> = Raw("null");

    /// The value's JSON text.
    pub fn json(self) -> &'a str {
        self.0
    }

    /// The string, unescaped; [`None`] if this is no string, or one that is not valid Unicode.
    #[inline]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
            serde_json::from_str(self.0).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inner))
        }
    }

    /// The whole number; [`None`] if this is no integer that fits, a fraction included.
    pub fn integer(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// True if this is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// True if this is an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// Visits the elements in order, and before each that is an object its members. A value that is no array has none.
    pub fn walk_elements(self, visitor: &mut impl Visitor<'a>) {
        if self.is_array() {
            let walked = scan::array(self.0.as_bytes(), Walk { object: self.0, visitor });
            debug_assert!(walked.is_ok(), "a raw value is valid JSON");
        }
    }

    /// Visits the members in order, duplicates included. A value that is no object has none.
    pub fn members(self, visit: impl FnMut(Member<'a>)) {
        if self.is_object() {
            // A Raw comes out of a document that was parsed whole, so its own parse can't fail.
            let parsed = members(self.0, visit);
            debug_assert!(parsed.is_ok(), "a raw value is valid JSON");
        }
    }
}

impl Default for Raw<'_> {
    fn default() -> Self {
        Self::ABSENT
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0.as_bytes().first() {
            Some(b'{') => "object",
            Some(b'[') => "array",
            Some(b'"') => "string",
            Some(b'n') => "null",
            Some(b't' | b'f') => "boolean",
            _ => "number",
        };
        write!(f, "Raw({kind}, {} bytes)", self.0.len())
    }
}

/// One member of an object and where it lies in the object's text.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The name, unescaped where it could be.
    pub name: Cow<'a, str>,
    /// The value.
    pub value: Raw<'a>,
    /// From the name's opening quote to the value's last byte, in bytes from the object's `{`.
    pub span: Range<usize>,
}

impl Member<'_> {
    /// Where the value lies, in bytes from the object's `{`.
    pub fn value_span(&self) -> Range<usize> {
        self.span.end - self.value.json().len()..self.span.end
    }
}

/// The text is not exactly one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not exactly one JSON object")]
pub struct NotAnObject;

/// What is told of an object or an array, and of the objects in it that are entered, while the whole is read once.
pub trait Visitor<'a> {
    /// The object that is the value of the member of this name begins. True if its members are to be visited, too: before
    /// this one, which is visited when it ended. `depth` is that of the member: 0 in the outermost object. Members
    /// deeper than seven are never visited.
    fn enter(&mut self, depth: usize, name: &str) -> bool;

    /// A member ended. Its `span` is in the outermost object or array.
    fn member(&mut self, depth: usize, member: Member<'a>);

    /// An element of the outermost array ended. Its members were visited before, at depth 0, if it is an object.
    fn element(&mut self, _value: Raw<'a>) {}
}

/// Parses one JSON object and visits its members in order, duplicates included.
///
/// The whole text is checked to be one object and nothing else. Numbers are not converted, so their
/// size and spelling do not matter; nesting costs no stack.
///
/// # Errors
/// When the text is not exactly one JSON object.
pub fn members<'a>(object: &'a str, mut visit: impl FnMut(Member<'a>)) -> Result<(), NotAnObject> {
    ends_at(object, scan::object(object.as_bytes(), |span: MemberSpan| visit(member(object, span))))
}

/// The same with the members of objects in it that the visitor enters.
///
/// # Errors
/// When the text is not exactly one JSON object. Members may have been visited before that is known.
pub fn walk<'a>(object: &'a str, visitor: &mut impl Visitor<'a>) -> Result<(), NotAnObject> {
    ends_at(object, scan::object(object.as_bytes(), Walk { object, visitor }))
}

struct Walk<'a, 'v, V> {
    /// The object's or the array's text.
    object: &'a str,
    visitor: &'v mut V,
}

impl<'a, V: Visitor<'a>> scan::Visit for Walk<'a, '_, V> {
    fn enter(&mut self, depth: usize, span: NameSpan) -> bool {
        self.visitor.enter(depth, &name(self.object, span))
    }

    fn member(&mut self, depth: usize, span: MemberSpan) {
        self.visitor.member(depth, member(self.object, span));
    }

    fn element(&mut self, place: Range<usize>) {
        self.visitor.element(Raw(self.object.get(place).unwrap_or_default()));
    }
}

/// A member by its place. All places are at ASCII characters, so the text can be cut there.
#[expect(clippy::inline_always, reason = "measured: a member is not built to be taken apart again")]
#[inline(always)]
pub(crate) fn member(object: &str, MemberSpan { name: name_span, value }: MemberSpan) -> Member<'_> {
    let span = name_span.start..value.end;
    Member { name: name(object, name_span), value: Raw(object.get(value).unwrap_or_default()), span }
}

/// A member's name by its place.
#[expect(clippy::inline_always, reason = "measured: a member is not built to be taken apart again")]
#[inline(always)]
pub(crate) fn name(object: &str, NameSpan { start, end, escaped }: NameSpan) -> Cow<'_, str> {
    // A name with half a surrogate pair has no Unicode form, and is none of ours.
    let unescaped = if escaped { Raw(object.get(start..end).unwrap_or_default()).text() } else { None };
    unescaped.unwrap_or(Cow::Borrowed(object.get(start + 1..end - 1).unwrap_or_default()))
}

fn ends_at(object: &str, end: Result<usize, ScanError>) -> Result<(), NotAnObject> {
    let end = end.map_err(|_| NotAnObject)?;
    // The whitespace of JSON: a form feed is none.
    let rest = object.get(end..).unwrap_or_default();
    if rest.trim_start_matches([' ', '\n', '\t', '\r']).is_empty() { Ok(()) } else { Err(NotAnObject) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Everything that a walk tells: depth, name, value.
    #[derive(Default)]
    struct Everything(Vec<(usize, String, String)>);

    /// What an element has in place of a name.
    const ELEMENT: &str = "an element";

    impl<'a> Visitor<'a> for Everything {
        fn enter(&mut self, _depth: usize, name: &str) -> bool {
            name != "closed"
        }

        fn member(&mut self, depth: usize, member: Member<'a>) {
            self.0.push((depth, member.name.into_owned(), member.value.json().to_owned()));
        }

        fn element(&mut self, value: Raw<'a>) {
            self.0.push((0, ELEMENT.to_owned(), value.json().to_owned()));
        }
    }

    /// The same, each object walked by itself.
    fn one_by_one(object: Raw<'_>, depth: usize, seen: &mut Vec<(usize, String, String)>) {
        object.members(|member| {
            if depth < 7 && member.name != "closed" {
                one_by_one(member.value, depth + 1, seen);
            }
            seen.push((depth, member.name.into_owned(), member.value.json().to_owned()));
        });
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![Just("1.5e3"), Just("null"), Just(r#""}{\"""#), Just("{ }"), Just("[]")];
        leaf.prop_map(str::to_owned).prop_recursive(10, 60, 4, |inner| {
            let name = prop_oneof![Just("a"), Just(r"\u0062"), Just("closed")];
            let members = prop::collection::vec((name, inner.clone()), 0..4);
            prop_oneof![
                4 => members.prop_map(|members| {
                    let members: Vec<_> =
                        members.iter().map(|(name, value)| format!("\"{name}\" : {value}")).collect();
                    format!("{{{}\n}}", members.join(" ,"))
                }),
                1 => prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_walk_tells_what_walks_one_by_one_tell(value in value()) {
            let object = format!(r#"{{"x":{value},"y":[{value}]}}"#);
            let (mut walked, mut seen) = (Everything::default(), Vec::new());
            walk(&object, &mut walked).unwrap();
            one_by_one(Raw(&object), 0, &mut seen);
            prop_assert_eq!(walked.0, seen);
            let (mut elements, mut seen) = (Everything::default(), Vec::new());
            Raw(&format!("[{value} ,\t{value}]")).walk_elements(&mut elements);
            for _ in 0..2 {
                one_by_one(Raw(&value), 0, &mut seen);
                seen.push((0, ELEMENT.to_owned(), value.clone()));
            }
            prop_assert_eq!(elements.0, seen);
        }
    }

    fn names_and_values(object: &str) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        members(object, |member| {
            assert_eq!(object.get(member.value_span()), Some(member.value.json()));
            assert!(object.get(member.span.clone()).unwrap().starts_with('"'));
            seen.push((member.name.into_owned(), member.value.json().to_owned()));
        })
        .unwrap();
        seen
    }

    #[test]
    fn members_come_in_order_with_their_spelling_and_duplicates() {
        let object = "\n{ \"a\" : 1.0e400 , \"\\u0061\":{\"x\": [1,2 ]},\n \"b\":\"\\\"}{\" }  ";
        let seen = names_and_values(object.trim());
        assert_eq!(
            seen,
            [
                ("a".to_owned(), "1.0e400".to_owned()),
                ("a".to_owned(), "{\"x\": [1,2 ]}".to_owned()),
                ("b".to_owned(), "\"\\\"}{\"".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for text in ["", "[]", "1", "{} {}", "{}\u{c}", "{\"a\":}", "{\"a\":1", "{\"a\":\"\n\"}"] {
            assert!(members(text, |_| {}).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_type_is_absent() {
        assert_eq!(Raw("12").text(), None);
        assert_eq!(Raw("\"12\"").integer(), None);
        assert_eq!(Raw("1.5").integer(), None);
        assert_eq!(Raw("99999999999999999999").integer(), None);
        assert_eq!(Raw("-7").integer(), Some(-7));
        assert_eq!(Raw("\"\\ud800\"").text(), None);
        assert_eq!(Raw("\"a\\u00e9\"").text().as_deref(), Some("aé"));
        assert_eq!(Raw::ABSENT.text(), None);
    }

    #[test]
    fn a_deep_value_costs_no_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(names_and_values(&deep).len(), 1);
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Raw("\"+61491570006\"")), "Raw(string, 14 bytes)");
    }
}
