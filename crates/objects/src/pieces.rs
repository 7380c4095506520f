//! The documents of an object, and the damage in it.

use switchboard_core::{
    framing::{Framer, Piece},
    payload::PartFault,
};

use crate::reader::{ObjectAccess, ObjectReader, ReadError};

/// Hands over all documents of an object, unpacked if it is gzip, with what is none among them, in their order.
///
/// # Errors
/// If the object can't be read, and those of `take`.
pub fn for_each_document<E: From<ReadError>>(
    access: &ObjectAccess,
    mut take: impl FnMut(Result<&str, PartFault>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = ObjectReader::open(access, None, true)?;
    for_each_piece(&mut reader, |piece| match piece {
        Piece::Document { text, .. } => take(Ok(text)),
        Piece::Damage { fault, .. } => take(Err(PartFault::NotJson(fault))),
    })?;
    match reader.damage() {
        Some((fault, _)) => take(Err(PartFault::Gzip(fault))),
        None => Ok(()),
    }
}

/// Hands over each document and each damage of an object, to its end. The end may be [damage](ObjectReader::damage) of gzip.
///
/// # Errors
/// If the object can't be read, and those of `handle`.
pub fn for_each_piece<E: From<ReadError>>(
    reader: &mut ObjectReader<'_>,
    mut handle: impl FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut framer, mut part) = (Framer::new(), Vec::new());
    let mut more = true;
    while more {
        more = reader.next(&mut part)?;
        framer.push(&part);
        part.clear();
        if !more {
            framer.finish();
        }
        while let Some(piece) = framer.next() {
            handle(piece)?;
        }
    }
    Ok(())
}
