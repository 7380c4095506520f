//! Where a JSON value ends, checked against the whole grammar of RFC 8259, with nothing built.
//!
//! This is the hot loop of everything that reads records, so it is our own: it takes half the time that `serde_json` takes
//! to skip the same bytes, and tells where each member lies. A property test holds it to accept, refuse and end exactly where
//! `serde_json` does.
//!
//! What ends a run of text is found for 64 bytes at once ([`stops`]), whatever stands in them: a string that ends in the block
//! where it begins costs a shift. For the compiler to keep the place in registers, everything that each
//! member goes through is inlined (`inline(always)`: 3.4 instead of 2.8 GB/s).
//!
//! Bytes need not be UTF-8; whoever makes text of them checks that.

#![expect(clippy::inline_always, reason = "measured: the place stays in registers")]

mod stops;

use std::ops::Range;

use self::stops::Stops;

/// Why a value has no end: a scan error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// The bytes end before the value does.
    UnexpectedEnd,
    /// What stands here breaks the grammar.
    Syntax {
        /// In bytes from the beginning.
        at: usize,
    },
}

/// A member's name, as a place in the outermost object's bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NameSpan {
    /// Where its first quote is.
    pub(crate) start: usize,
    /// Behind its last quote.
    pub(crate) end: usize,
    /// True if it has escapes.
    pub(crate) escaped: bool,
}

/// A member of an object, as places in the outermost object's bytes.
#[derive(Debug, Clone)]
pub(crate) struct MemberSpan {
    pub(crate) name: NameSpan,
    pub(crate) value: Range<usize>,
}

/// What is told of an object, and of objects in it, while the whole is walked once.
pub(crate) trait Visit {
    /// The object that is the value of this member begins: true if its members are to be told, too, before it. `depth`
    /// is that of the member: 0 for one of the outermost object.
    #[inline(always)]
    fn enter(&mut self, _depth: usize, _name: NameSpan) -> bool {
        false
    }

    /// A member ended.
    fn member(&mut self, depth: usize, span: MemberSpan);

    /// An element of the outermost array ended.
    #[inline(always)]
    fn element(&mut self, _place: Range<usize>) {}
}

/// The members of the outermost object alone.
impl<F: FnMut(MemberSpan)> Visit for F {
    #[inline(always)]
    fn member(&mut self, _depth: usize, span: MemberSpan) {
        self(span);
    }
}

/// How deep members are told at most.
const MAX_DEPTH: usize = 8;

/// Walks the object that the bytes begin with and returns where it ends.
pub(crate) fn object(bytes: &[u8], mut visit: impl Visit) -> Result<usize, ScanError> {
    if bytes.first().is_some_and(|first| *first != b'{') {
        return Err(ScanError::Syntax { at: 0 });
    }
    container(&mut Stops::new(bytes), 0, &mut visit, 1)
}

/// Walks the array that the bytes begin with, its objects as [`object`] does, and returns where it ends.
pub(crate) fn array(bytes: &[u8], mut visit: impl Visit) -> Result<usize, ScanError> {
    if bytes.first().is_some_and(|first| *first != b'[') {
        return Err(ScanError::Syntax { at: 0 });
    }
    let mut stops = Stops::new(bytes);
    let mut at = space(bytes, 1);
    if peek(bytes, at)? == b']' {
        return Ok(at + 1);
    }
    loop {
        let end = match peek(bytes, at)? {
            b'{' => container(&mut stops, at, &mut visit, 1)?,
            b'[' => container(&mut stops, at, &mut |_: MemberSpan| {}, 0)?,
            first => scalar(&mut stops, at, first)?,
        };
        visit.element(at..end);
        at = space(bytes, end);
        match peek(bytes, at)? {
            b',' => at = space(bytes, at + 1),
            b']' => return Ok(at + 1),
            _ => return Err(ScanError::Syntax { at }),
        }
    }
}

/// The end of a value that holds no others, which begins at `at` with `first`.
#[inline(always)]
fn scalar(stops: &mut Stops<'_>, at: usize, first: u8) -> Result<usize, ScanError> {
    match first {
        b'"' => string(stops, at + 1).map(|text| text.end),
        b'n' => literal(stops.bytes, at, *b"null"),
        b'-' | b'0'..=b'9' => number(stops.bytes, at),
        b't' => literal(stops.bytes, at, *b"true"),
        b'f' => literal(stops.bytes, at, *b"false"),
        _ => Err(ScanError::Syntax { at }),
    }
}

/// The end of the object or array that begins at `at`. Nesting takes a bit a level, not stack. `told` is 1 if the members
/// of this very object are told, and otherwise 0.
#[inline(always)]
fn container(
    stops: &mut Stops<'_>,
    mut at: usize,
    visit: &mut impl Visit,
    mut told: usize,
) -> Result<usize, ScanError> {
    let bytes = stops.bytes;
    let mut nesting = Nesting::default();
    // Of the innermost `told` levels' members that have begun: name, and where the value begins.
    let mut begun = [(NameSpan::default(), 0); MAX_DEPTH];
    loop {
        match peek(bytes, at)? {
            open @ (b'{' | b'[') => {
                let is_object = open == b'{';
                let depth = nesting.depth;
                if is_object
                    && depth == told
                    && depth != 0
                    && depth < MAX_DEPTH
                    && nesting.innermost() == Some(true)
                    && let Some((name, _)) = begun.get(depth - 1)
                    && visit.enter(depth - 1, *name)
                {
                    told += 1;
                }
                at = space(bytes, at + 1);
                let next = peek(bytes, at)?;
                if next == close(is_object) {
                    at += 1;
                    told = told.min(depth.max(1));
                } else {
                    nesting.enter(is_object);
                    if is_object {
                        at = member(stops, at, &mut begun, nesting.depth, told)?;
                    }
                    continue;
                }
            }
            first => at = scalar(stops, at, first)?,
        }
        // A value ended; so may what holds it.
        loop {
            let Some(in_object) = nesting.innermost() else {
                return Ok(at);
            };
            if in_object
                && nesting.depth == told
                && let Some((name, start)) = begun.get(told - 1)
            {
                visit.member(told - 1, MemberSpan { name: *name, value: *start..at });
            }
            let next;
            (at, next) = behind(bytes, at)?;
            if next == b',' {
                at = space(bytes, at + 1);
                if in_object {
                    at = member(stops, at, &mut begun, nesting.depth, told)?;
                }
                break;
            }
            if next != close(in_object) {
                return Err(ScanError::Syntax { at });
            }
            at += 1;
            nesting.leave();
            told = told.min(nesting.depth.max(1));
        }
    }
}

/// The value of the member whose name begins at `at`.
#[inline(always)]
fn member(
    stops: &mut Stops<'_>,
    at: usize,
    begun: &mut [(NameSpan, usize); MAX_DEPTH],
    depth: usize,
    told: usize,
) -> Result<usize, ScanError> {
    let text = name(stops, at)?;
    let value = colon(stops.bytes, text.end)?;
    if depth == told
        && let Some(begun) = begun.get_mut(depth - 1)
    {
        *begun = (NameSpan { start: at, end: text.end, escaped: text.escaped }, value);
    }
    Ok(value)
}

/// Which kinds of container are open: a bit a level, set for an object.
#[derive(Default)]
struct Nesting {
    depth: usize,
    innermost_64: u64,
    outer: Vec<u64>,
}

impl Nesting {
    fn enter(&mut self, is_object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.innermost_64);
        }
        self.innermost_64 = self.innermost_64 << 1 | u64::from(is_object);
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.innermost_64 >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.innermost_64 = self.outer.pop().unwrap_or_default();
        }
    }

    fn innermost(&self) -> Option<bool> {
        (self.depth != 0).then_some(self.innermost_64 & 1 == 1)
    }
}

fn close(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

#[inline(always)]
fn peek(bytes: &[u8], at: usize) -> Result<u8, ScanError> {
    bytes.get(at).copied().ok_or(ScanError::UnexpectedEnd)
}

#[inline(always)]
fn space(bytes: &[u8], at: usize) -> usize {
    // Between the tokens of what machines write, there is none.
    if bytes.get(at).is_some_and(|byte| *byte > b' ') { at } else { spaces(bytes, at) }
}

/// What stands at `at` or behind the space there, and where.
#[inline(always)]
fn behind(bytes: &[u8], at: usize) -> Result<(usize, u8), ScanError> {
    match bytes.get(at) {
        Some(next) if *next > b' ' => Ok((at, *next)),
        _ => {
            let at = spaces(bytes, at);
            Ok((at, peek(bytes, at)?))
        }
    }
}

#[inline(never)]
fn spaces(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// A string's end, past its closing quote.
struct Text {
    end: usize,
    escaped: bool,
}

#[inline(always)]
fn name(stops: &mut Stops<'_>, at: usize) -> Result<Text, ScanError> {
    if peek(stops.bytes, at)? == b'"' { string(stops, at + 1) } else { Err(ScanError::Syntax { at }) }
}

/// Past the colon, at the value.
#[inline(always)]
fn colon(bytes: &[u8], at: usize) -> Result<usize, ScanError> {
    if let Some([b':', value, ..]) = bytes.get(at..)
        && *value > b' '
    {
        return Ok(at + 1);
    }
    let at = space(bytes, at);
    if peek(bytes, at)? == b':' { Ok(space(bytes, at + 1)) } else { Err(ScanError::Syntax { at }) }
}

/// From behind the opening quote.
#[inline(always)]
fn string(stops: &mut Stops<'_>, mut at: usize) -> Result<Text, ScanError> {
    let mut escaped = false;
    loop {
        let stop = stops.first_from(at);
        match peek(stops.bytes, stop)? {
            b'"' => return Ok(Text { end: stop + 1, escaped }),
            b'\\' => {
                escaped = true;
                at = escape(stops.bytes, stop)?;
            }
            _ => return Err(ScanError::Syntax { at: stop }),
        }
    }
}

/// Past the escape whose backslash is at `at`.
#[cold]
fn escape(bytes: &[u8], at: usize) -> Result<usize, ScanError> {
    match peek(bytes, at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
        b'u' => {
            for digit in at + 2..at + 6 {
                if !peek(bytes, digit)?.is_ascii_hexdigit() {
                    return Err(ScanError::Syntax { at: digit });
                }
            }
            Ok(at + 6)
        }
        _ => Err(ScanError::Syntax { at: at + 1 }),
    }
}

#[inline(always)]
fn number(bytes: &[u8], mut at: usize) -> Result<usize, ScanError> {
    if peek(bytes, at)? == b'-' {
        at += 1;
    }
    at = match peek(bytes, at)? {
        b'0' => at + 1,
        _ => digits(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok(at)
}

/// One digit or more.
#[inline(always)]
fn digits(bytes: &[u8], mut at: usize) -> Result<usize, ScanError> {
    if !peek(bytes, at)?.is_ascii_digit() {
        return Err(ScanError::Syntax { at });
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    Ok(at)
}

#[inline(always)]
fn literal<const N: usize>(bytes: &[u8], at: usize, word: [u8; N]) -> Result<usize, ScanError> {
    let found = bytes.get(at..).unwrap_or_default();
    if found.first_chunk() == Some(&word) { Ok(at + N) } else { Err(misspelt(found, at, &word)) }
}

/// What is wrong with a literal that is not `word`.
#[cold]
fn misspelt(found: &[u8], at: usize, word: &[u8]) -> ScanError {
    let same = found.iter().zip(word).take_while(|(found, expected)| found == expected).count();
    if same == found.len() { ScanError::UnexpectedEnd } else { ScanError::Syntax { at: at + same } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn ours(bytes: &[u8]) -> Option<usize> {
        object(bytes, |_| {}).ok()
    }

    fn theirs(bytes: &[u8]) -> Option<usize> {
        let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
        documents.next()?.ok()?;
        Some(documents.byte_offset())
    }

    #[test]
    fn deep_nesting_is_kept_apart() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1000] {
            let (mut open, mut shut) = (String::new(), String::new());
            for level in 0..depth {
                let is_object = level % 3 == 0;
                open.push_str(if is_object { "{\"a\":" } else { "[" });
                shut.insert(0, if is_object { '}' } else { ']' });
            }
            let text = format!("{{\"x\":{open}1{shut}}}");
            assert_eq!(ours(text.as_bytes()), Some(text.len()), "{depth}");
            let wrong = text.replacen("1}", "1]", 1).replacen("1]]", "1}]", 1);
            assert_eq!(ours(wrong.as_bytes()), theirs(wrong.as_bytes()), "{wrong}");
        }
    }

    /// Text that is nearly JSON: tokens in a row.
    fn tokens() -> impl Strategy<Value = Vec<u8>> {
        let token = prop_oneof![
            4 => r#"[{}\[\]:,"]"#.prop_map(String::into_bytes),
            2 => r#""[a-z]{0,20}""#.prop_map(String::into_bytes),
            1 => r"(true|false|null|tru|nul|-|0|01|1\.|1\.5|1e|1E\+9|-0\.0e-1)".prop_map(String::into_bytes),
            1 => r#""(\\["\\/bfnrtux]|\\u[0-9a-fG]{4}|[\x00-\x20]|é){0,4}""#.prop_map(String::into_bytes),
            1 => "[ \t\r\n]{1,3}".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..3),
            2 => Just(br#""name":"#.to_vec()),
        ];
        prop::collection::vec(token, 0..24).prop_map(|tokens| [vec![b'{'], tokens.concat()].concat())
    }

    const OBJECT: &str = r#"{"a":"x\"\\y","bcdefghijkl":[1,-2.5e+3,{"c":null,"d":[]},[{}]],"e" : true, "f":false,"ü":"\u00e9"}"#;

    #[test]
    fn a_beginning_of_an_object_is_cut_not_wrong() {
        // serde_json calls a number that ends behind its minus wrong, which would be damage in a stream.
        for length in 0..OBJECT.len() {
            assert_eq!(
                object(&OBJECT.as_bytes()[..length], |_| {}),
                Err(ScanError::UnexpectedEnd),
                "{length}"
            );
        }
    }

    /// An object with a byte changed, maybe cut.
    fn nearly() -> impl Strategy<Value = Vec<u8>> {
        (1..OBJECT.len(), any::<u8>(), 1..2 * OBJECT.len()).prop_map(|(at, byte, length)| {
            let mut bytes = OBJECT.as_bytes().to_vec();
            bytes[at] = byte;
            bytes.truncate(length);
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agrees_with_serde_json(bytes in prop_oneof![tokens(), nearly()]) {
            prop_assert_eq!(ours(&bytes), theirs(&bytes));
        }
    }
}
