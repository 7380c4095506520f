//! The work on one object, on a blocking thread.

use std::{
    io::{self, Write},
    sync::Arc,
};

use switchboard_core::{
    ctr::Ctr,
    framing::{Framer, Piece},
};
use switchboard_wfm::{
    latest::{Version, Versions},
    rows::{Layout, RowWriter},
    sftp::{Courier, Delivered, SftpError},
};

use crate::{
    destination::Destination,
    name::{self, ObjectFormat, Plan},
    outcome::{Fate, ObjectError, ObjectOutcome, Reason, SourceError, Tally},
    rejects::{self, Rejects},
    source::{Origin, Source},
};

/// The work on one object.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) origin: Origin,
    pub(crate) destination: Arc<Destination>,
    pub(crate) layout: Layout,
}

impl Job {
    /// Brings the object where it belongs. Blocks.
    pub(crate) fn run(self) -> ObjectOutcome {
        let (mut tally, mut rejects) = (Tally::default(), Rejects::default());
        let mut rejects_lost = None;
        let result = self.carry(&mut tally, &mut rejects, &mut rejects_lost);
        let Origin { bucket, key, .. } = self.origin;
        ObjectOutcome { bucket, key, tally, rejects: rejects.named, rejects_lost, result }
    }

    fn carry(
        &self,
        tally: &mut Tally,
        rejects: &mut Rejects,
        rejects_lost: &mut Option<ObjectError>,
    ) -> Result<Fate, ObjectError> {
        if self.origin.key.starts_with(rejects::PREFIX) {
            return Ok(Fate::Ignored);
        }
        let Plan { kind, unpack, name } = name::plan(&self.origin.key);
        let source = Source::open(&self.origin, None, unpack)?;
        match kind {
            ObjectFormat::Report => self.report(source, &name, unpack),
            ObjectFormat::Records => self.records(source, &name, tally, rejects, rejects_lost),
        }
    }

    /// Delivers a report as it is.
    fn report(&self, mut source: Source<'_>, name: &str, unpack: bool) -> Result<Fate, ObjectError> {
        let etag = source.etag().to_owned();
        let mut head = Vec::new();
        if !source.next(&mut head)? {
            return match source.damage() {
                None => Ok(Fate::NothingToDeliver),
                Some((fault, _)) => Err(SourceError::from(fault).into()),
            };
        }
        let mut begun = Some((source, head));
        self.deliver(name, |out| {
            // A second attempt begins again.
            let (mut source, mut part) = match begun.take() {
                Some(begun) => begun,
                None => (Source::open(&self.origin, Some(&etag), unpack)?, Vec::new()),
            };
            loop {
                out.write_all(&part)?;
                part.clear();
                if !source.next(&mut part)? {
                    // A report has nowhere to say that it is not whole.
                    return source.damage().map_or(Ok(()), |(fault, _)| Err(SourceError::from(fault).into()));
                }
            }
        })
    }

    /// Puts aside what is no contact record, and delivers the rows of the others: a first pass decides which copies
    /// count, a second one writes them. What is put aside twice is the same, and what is delivered twice may be read
    /// twice, so that comes last; and nothing good waits for, or is repeated by, what could not be put aside.
    fn records(
        &self,
        mut source: Source<'_>,
        name: &str,
        tally: &mut Tally,
        rejects: &mut Rejects,
        rejects_lost: &mut Option<ObjectError>,
    ) -> Result<Fate, ObjectError> {
        let etag = source.etag().to_owned();
        let (versions, records) = survey(&mut source, rejects)?;
        if let Some((fault, at)) = source.damage() {
            rejects.add(Reason::Gzip(fault), at..at, b"");
        }
        drop(source);
        tally.rejected = rejects.count;
        let kept = self.keep(rejects);
        if records == 0 {
            return kept.map(|()| Fate::NothingToDeliver);
        }
        *rejects_lost = kept.err();
        let rows = &mut tally.rows;
        let fate = self.deliver(name, |out| {
            let mut source = Source::open(&self.origin, Some(&etag), true)?;
            *rows = write_rows(&mut source, &versions, self.layout, out)?;
            Ok(())
        })?;
        tally.duplicates = records.saturating_sub(tally.rows);
        Ok(fate)
    }

    fn deliver(
        &self,
        name: &str,
        mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Fate, ObjectError> {
        let courier = self.origin.wait(self.destination.courier())?;
        let mut deliver =
            |courier: &Courier| courier.deliver(name, &mut write, self.origin.deadline.into_std());
        let mut delivered = deliver(&courier);
        if delivered.as_ref().is_err_and(another_secret_may_help)
            && let Ok(Some(renewed)) = self.origin.wait(self.destination.renewed(&courier))
        {
            delivered = deliver(&renewed);
        }
        let Delivered { bytes } = delivered?;
        Ok(Fate::Delivered { name: name.to_owned(), bytes })
    }

    /// Puts what is rejected beside the objects, or as much of it as the local disk holds. A redelivery puts the same
    /// again.
    fn keep(&self, rejects: &mut Rejects) -> Result<(), ObjectError> {
        let file = rejects.finish().map_err(ObjectError::Disk)?;
        let full = rejects.fault.take().map(ObjectError::Disk);
        let Some(file) = file else { return full.map_or(Ok(()), Err) };
        let Origin { store, bucket, key, .. } = &self.origin;
        let key = rejects::key_of(key);
        let put = self.origin.wait(store.put(bucket, &key, &file));
        let put = put.and_then(|put| put.map_err(SourceError::Store));
        put.map_err(|source| ObjectError::RejectsNotKept { key, source })?;
        full.map_or(Ok(()), Err)
    }
}

/// A rotated password, a server that moved, a replaced host key, another directory or way of delivery: a secret that
/// was read days ago may simply be old.
fn another_secret_may_help(error: &SftpError) -> bool {
    match error {
        SftpError::Auth { .. }
        | SftpError::HostKey { .. }
        | SftpError::Settings(_)
        | SftpError::NotTried { .. }
        | SftpError::Refused { .. }
        | SftpError::Unreachable { .. } => true,
        SftpError::Broken { .. }
        | SftpError::Deadline { .. }
        | SftpError::TakenAway
        | SftpError::BadName(_)
        | SftpError::Source(_) => false,
    }
}

/// The first pass: which copies count, how many records there are, and what is rejected.
fn survey(source: &mut Source<'_>, rejects: &mut Rejects) -> Result<(Versions, u64), ObjectError> {
    let (mut versions, mut records) = (Versions::default(), 0);
    each_piece(source, |piece| {
        let (reason, range, bytes) = match piece {
            Piece::Damage { bytes, range, fault } => (Reason::Damage(fault), range, bytes),
            Piece::Document { text, range } => match Ctr::parse(text) {
                Ok(ctr) => {
                    let id = ctr.contact_id.text().unwrap_or_default();
                    versions.note(range.start, &id, Version::of(&ctr, text));
                    records += 1;
                    return Ok(());
                }
                Err(what) => (Reason::NotACtr(what), range, text.as_bytes()),
            },
        };
        rejects.add(reason, range, bytes);
        Ok::<(), ObjectError>(())
    })?;
    Ok((versions, records))
}

/// The second pass. Returns how many rows there are.
fn write_rows(
    source: &mut Source<'_>,
    versions: &Versions,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut writer = RowWriter::new(out, layout)?;
    let mut rows = 0;
    each_piece(source, |piece| {
        if let Piece::Document { text, range } = piece
            && versions.wins(range.start)
            && let Ok(ctr) = Ctr::parse(text)
        {
            rows += 1;
            writer.write(&ctr)?;
        }
        io::Result::Ok(())
    })?;
    writer.finish()?;
    Ok(rows)
}

fn each_piece<E: From<SourceError>>(
    source: &mut Source<'_>,
    mut take: impl FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut framer, mut part) = (Framer::new(), Vec::new());
    let mut more = true;
    while more {
        more = source.next(&mut part)?;
        framer.push(&part);
        part.clear();
        if !more {
            framer.finish();
        }
        while let Some(piece) = framer.next() {
            take(piece)?;
        }
    }
    Ok(())
}
