//! Where the members of a document lie, kept from the pass that found its end.
//!
//! Whoever frames a stream walks each document once to find where it ends. With an outline nobody needs to walk it again to
//! find its members.

use crate::{
    json::{Visitor, member, name},
    scan::{MemberSpan, NameSpan, Visit},
};

/// The members of a document, and those of the objects that they hold; not deeper. One may be used for one document
/// after another, and keeps its memory.
#[derive(Debug, Default)]
pub struct Outline {
    steps: Vec<Step>,
}

/// What a walk tells, in its order. A document of at most 8 MiB has places of 32 bits.
#[derive(Debug, Clone, Copy)]
struct Step {
    depth: u8,
    escaped: bool,
    name: [u32; 2],
    /// Of a member that ended; of an object that begins, none.
    value: Option<[u32; 2]>,
}

/// The depth of the members whose objects are walked, too.
const ENTERED_DEPTH: usize = 0;

impl Outline {
    /// Forgets the document.
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
    }

    /// Tells the visitor of this document, which the outline must be of, what a walk of it would tell.
    pub(crate) fn replay<'a>(&self, document: &'a str, visitor: &mut impl Visitor<'a>) {
        let mut is_entered = false;
        for step in &self.steps {
            let [start, end] = step.name.map(|at| at as usize);
            let span = NameSpan { start, end, escaped: step.escaped };
            let depth = usize::from(step.depth);
            match step.value {
                None => is_entered = visitor.enter(depth, &name(document, span)),
                Some([from, to]) => {
                    if depth == 0 || is_entered {
                        let value = from as usize..to as usize;
                        visitor.member(depth, member(document, MemberSpan { name: span, value }));
                    }
                }
            }
        }
    }

    fn push(&mut self, depth: usize, span: NameSpan, value: Option<[usize; 2]>) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.steps.push(Step {
            depth: u8::try_from(depth).unwrap_or(u8::MAX),
            escaped: span.escaped,
            name: [place(span.start), place(span.end)],
            value: value.map(|ends| ends.map(place)),
        });
    }
}

impl Visit for &mut Outline {
    #[inline]
    fn enter(&mut self, depth: usize, name: NameSpan) -> bool {
        let is_entered = depth == ENTERED_DEPTH;
        if is_entered {
            self.push(depth, name, None);
        }
        is_entered
    }

    #[inline]
    fn member(&mut self, depth: usize, span: MemberSpan) {
        self.push(depth, span.name, Some([span.value.start, span.value.end]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        ctr::Ctr,
        framing::{Framer, Piece},
        outline::Outline,
    };

    const RECORD: &str = r#"{"ContactId":"c","InitiationMethod":"API","Agent":{"ARN":"a","x":{"ARN":"b"},"Username":"u"},
        "Queue":{},"Agent":{"Username":"v","HierarchyGroups":[{"ARN":"g"}]},"Queue":{"Name":"q"},"Queue":null,
        "SystemEndpoint":{"Address":"1"},"\u0041ttributes":{"ARN":"z"},"TransferredToEndpoint":{"Type":"t"}}"#;

    /// A record with some of its bytes left out.
    fn records() -> impl Strategy<Value = String> {
        let cuts = prop::collection::vec((0..RECORD.len(), 0..4usize), 0..3);
        cuts.prop_map(|cuts| {
            let mut text = RECORD.to_owned();
            for (at, length) in cuts {
                let end = (at + length).min(text.len());
                text.replace_range(at.min(end)..end, "");
            }
            text
        })
    }

    proptest! {
        #[test]
        fn a_record_reads_the_same_by_its_outline(records in prop::collection::vec(records(), 1..4)) {
            let (mut framer, mut outline) = (Framer::new(), Outline::default());
            framer.push(records.concat().as_bytes());
            framer.finish();
            while let Some(piece) = framer.next_with(&mut outline) {
                if let Piece::Document { text, .. } = piece {
                    let by_outline = Ctr::with_outline(text, &outline);
                    prop_assert_eq!(format!("{by_outline:?}"), format!("{:?}", Ctr::parse(text)));
                    let names = |ctr: Ctr<'_>| format!("{:?}{:?}", ctr.agent().name(), ctr.queue().id());
                    prop_assert_eq!(by_outline.ok().map(names), Ctr::parse(text).ok().map(names));
                }
            }
        }
    }
}
