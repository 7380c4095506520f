//! The work on one object, on a blocking thread.

use std::{
    io::{self, Write},
    sync::Arc,
};

use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion, framing::Piece};
use switchboard_objects::{
    pieces::for_each_outlined,
    reader::{ObjectAccess, ObjectReader, ReadError},
};
use switchboard_runtime::{
    intake::{Intake, PassedOver, log_passed_over},
    metrics::Metrics,
};
use switchboard_wfm::history::{
    ctr_version::CtrVersions,
    rows::{Layout, RowWriter},
    sftp::{FileUploader, SftpError, UploadedFile},
};

use crate::{
    destination::Destination,
    name::{self, DeliveryPlan, ObjectFormat},
    outcome::{Delivery, ObjectCounts, ObjectError, ObjectOutcome, RejectReason},
    rejects::{self, Rejects},
};

/// A job: the delivery of one object, to its end.
#[derive(Debug)]
pub(crate) struct ObjectJob {
    pub(crate) access: ObjectAccess,
    pub(crate) destination: Arc<Destination>,
    pub(crate) layout: Layout,
    pub(crate) intake: Intake,
    /// The bucket of rejected records; without it, the object's own.
    pub(crate) rejects_bucket: Option<String>,
}

impl ObjectJob {
    /// Delivers the object, or rejects what is in it. Blocks.
    pub(crate) fn run(self) -> ObjectOutcome {
        let (mut counts, mut passed_over) = (ObjectCounts::default(), Metrics::default());
        let (mut rejects, mut rejects_error) = (Rejects::default(), None);
        let result = self.process(&mut counts, &mut passed_over, &mut rejects, &mut rejects_error);
        let ObjectAccess { bucket, key, .. } = self.access;
        log_passed_over(&key, &passed_over);
        ObjectOutcome { bucket, key, counts, passed_over, rejects: rejects.listed, rejects_error, result }
    }

    fn process(
        &self,
        counts: &mut ObjectCounts,
        passed_over: &mut Metrics,
        rejects: &mut Rejects,
        rejects_error: &mut Option<ObjectError>,
    ) -> Result<Delivery, ObjectError> {
        if self.access.key.starts_with(rejects::PREFIX) {
            return Ok(Delivery::Ignored);
        }
        let DeliveryPlan { format, unpack, name } = name::plan(&self.access.key);
        let reader = ObjectReader::open(&self.access, None, unpack)?;
        match format {
            ObjectFormat::Report => self.report(reader, &name, unpack),
            ObjectFormat::Records => self.records(reader, &name, counts, passed_over, rejects, rejects_error),
        }
    }

    /// Delivers a report as it is.
    fn report(
        &self,
        mut reader: ObjectReader<'_>,
        name: &str,
        unpack: bool,
    ) -> Result<Delivery, ObjectError> {
        let etag = reader.etag().to_owned();
        let mut head = Vec::new();
        if !reader.next(&mut head)? {
            return match reader.damage() {
                None => Ok(Delivery::NothingToDeliver),
                Some((fault, _)) => Err(ReadError::from(fault).into()),
            };
        }
        let mut first = Some((reader, head));
        self.deliver(name, |out| {
            // A second attempt starts over.
            let (mut reader, mut part) = match first.take() {
                Some(opened) => opened,
                None => (ObjectReader::open(&self.access, Some(&etag), unpack)?, Vec::new()),
            };
            loop {
                out.write_all(&part)?;
                part.clear();
                if !reader.next(&mut part)? {
                    // A report has no way to show that it is not whole.
                    return reader.damage().map_or(Ok(()), |(fault, _)| Err(ReadError::from(fault).into()));
                }
            }
        })
    }

    /// Stores rejected records, and delivers the rows of the others: a first pass decides which copies
    /// count, a second one writes them. Rejects that are stored twice are the same, and rows that are delivered twice may be
    /// read twice, so delivery comes last; and no row waits for, or is repeated by, rejects that could not be stored.
    fn records(
        &self,
        mut reader: ObjectReader<'_>,
        name: &str,
        counts: &mut ObjectCounts,
        passed_over: &mut Metrics,
        rejects: &mut Rejects,
        rejects_error: &mut Option<ObjectError>,
    ) -> Result<Delivery, ObjectError> {
        let etag = reader.etag().to_owned();
        let (versions, records) = first_pass(&mut reader, &self.intake, passed_over, rejects)?;
        if let Some((fault, at)) = reader.damage() {
            rejects.add(RejectReason::Gzip(fault), at..at, b"");
        }
        drop(reader);
        counts.rejected = rejects.count;
        let stored = self.write_rejects(rejects);
        if records == 0 {
            return stored.map(|()| Delivery::NothingToDeliver);
        }
        *rejects_error = stored.err();
        let rows = &mut counts.rows;
        let delivery = self.deliver(name, |out| {
            let mut reader = ObjectReader::open(&self.access, Some(&etag), true)?;
            *rows = write_rows(&mut reader, &versions, &self.intake, self.layout, out)?;
            Ok(())
        })?;
        counts.duplicates = records.saturating_sub(counts.rows);
        Ok(delivery)
    }

    fn deliver(
        &self,
        name: &str,
        mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Delivery, ObjectError> {
        let uploader = self.access.wait(self.destination.uploader())?;
        let mut deliver =
            |uploader: &FileUploader| uploader.upload(name, &mut write, self.access.deadline.into_std());
        let mut delivered = deliver(&uploader);
        if delivered.as_ref().is_err_and(another_secret_may_help)
            && let Ok(Some(renewed)) = self.access.wait(self.destination.renewed(&uploader))
        {
            delivered = deliver(&renewed);
        }
        let UploadedFile { bytes } = delivered?;
        Ok(Delivery::Delivered { name: name.to_owned(), bytes })
    }

    /// Stores the rejected records beside the objects or in their own bucket, or as many as the local disk holds. A redelivery stores the same
    /// again.
    fn write_rejects(&self, rejects: &mut Rejects) -> Result<(), ObjectError> {
        let file = rejects.finish().map_err(ObjectError::Disk)?;
        let full = rejects.fault.take().map(ObjectError::Disk);
        let Some(file) = file else { return full.map_or(Ok(()), Err) };
        let ObjectAccess { store, bucket, key, .. } = &self.access;
        let (bucket, key) = (self.rejects_bucket.as_ref().unwrap_or(bucket), rejects::key_of(key));
        let put = self.access.wait(store.put(bucket, &key, &file));
        let put = put.and_then(|put| put.map_err(ReadError::Store));
        put.map_err(|source| ObjectError::RejectsNotStored { key, source })?;
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
        | SftpError::Rejected { .. }
        | SftpError::Unreachable { .. } => true,
        SftpError::Broken { .. }
        | SftpError::Deadline { .. }
        | SftpError::RemovedOnClose
        | SftpError::BadName(_)
        | SftpError::Source(_) => false,
    }
}

/// The first pass: the copies that count, the number of records, and what is rejected.
fn first_pass(
    reader: &mut ObjectReader<'_>,
    intake: &Intake,
    passed_over: &mut Metrics,
    rejects: &mut Rejects,
) -> Result<(CtrVersions, u64), ObjectError> {
    let (now, mut versions, mut records) = (Timestamp::now(), CtrVersions::default(), 0);
    for_each_outlined(reader, |piece, outline| {
        let (reason, range, bytes) = match piece {
            Piece::Damage { bytes, range, fault } => (RejectReason::Damage(fault), range, bytes),
            Piece::Document { text, range } => match Ctr::with_outline(text, outline) {
                Ok(_) if !intake.takes(text) => {
                    passed_over.add(PassedOver::OtherInstance.metric(), 1);
                    return Ok(());
                }
                Ok(ctr) => {
                    let id = ctr.contact_id.text().unwrap_or_default();
                    versions.insert(range.start, &id, CtrVersion::of(&ctr, text, now));
                    records += 1;
                    return Ok(());
                }
                Err(reason) => match intake.passed_over(text) {
                    Some(reason) => {
                        passed_over.add(reason.metric(), 1);
                        return Ok(());
                    }
                    None => (RejectReason::NotACtr(reason), range, text.as_bytes()),
                },
            },
        };
        rejects.add(reason, range, bytes);
        Ok::<(), ObjectError>(())
    })?;
    Ok((versions, records))
}

/// The second pass. Returns how many rows there are.
fn write_rows(
    reader: &mut ObjectReader<'_>,
    versions: &CtrVersions,
    intake: &Intake,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut writer = RowWriter::new(out, layout)?;
    let mut rows = 0;
    for_each_outlined(reader, |piece, outline| {
        if let Piece::Document { text, range } = piece
            && versions.is_latest(range.start)
            && intake.takes(text)
            && let Ok(ctr) = Ctr::with_outline(text, outline)
        {
            rows += 1;
            writer.write(&ctr)?;
        }
        io::Result::Ok(())
    })?;
    writer.finish()?;
    Ok(rows)
}
