//! The wire types of Amazon Connect and the pure rules on them.
//!
//! Nothing here does I/O, reads a clock or waits. Input is bytes, output is borrowed views and bytes.
//!
//! Begin with [`framing`], which turns bytes into documents, and [`kind`], which says what a document is. The view of that
//! kind reads it: [`ctr`], [`contact_event`], [`agent_event`] or [`flow_log`]. A view never fails on a member that is absent,
//! `null` or of the wrong type: all three mean "absent". The example `frames` (`cargo run -p switchboard-core --example frames`)
//! shows the first step.
//!
//! | module | what it is for |
//! |---|---|
//! | [`framing`] | a byte stream into JSON documents, whatever stands between them |
//! | [`gzip`] | the bytes inside a gzip stream, up to a cap |
//! | [`payload`] | the bytes of a stream's record |
//! | [`json`] | where the members of an object lie, without building it |
//! | [`arn`] | the parts of an Amazon Resource Name |
//! | [`instance`] | an instance of Amazon Connect, by its ARN |
//! | [`served_instances`] | the instances whose records are taken, where a source carries those of others, too |
//! | [`instant`] | a time that was really set |
//! | [`interval`] | intervals of a local clock |
//! | [`kind`] | which kind of record a document is, by its shape |
//! | [`contact_life`] | how long a contact may last at most |
//! | [`leg`] | whose part of a conversation a contact is |
//! | [`outcome`] | how a stay in a queue ended: answered, abandoned, callback requested, transferred out |
//! | [`ctr`] | the tolerant view of a contact trace record |
//! | [`ctr_version`] | which of several copies of a contact record is the newest |
//! | [`contact_event`] | the tolerant view of a contact event |
//! | [`agent_event`] | the tolerant view of an agent event |
//! | [`activity`] | what an agent does, which the status hides |
//! | [`flow_log`] | the tolerant view of a flow log's line |
//! | [`log_batch`] | the lines that a CloudWatch Logs subscription delivers |
//! | [`flow_call`] | what a contact flow sends to the function it invokes |
//! | [`enrich`] | a contact trace record with its caller's name, byte for byte otherwise |
//! | [`outline`] | where the members of a document lie, kept from the pass that found its end |
//! | [`text`] | what of a text a terminal would obey |
//! | [`phone`] | a phone number that does not show itself in a log |

pub mod activity;
pub mod agent_event;
pub mod arn;
pub mod contact_event;
pub mod contact_life;
pub mod ctr;
pub mod ctr_version;
pub mod enrich;
pub mod flow_call;
pub mod flow_log;
pub mod framing;
pub mod gzip;
pub mod instance;
pub mod instant;
pub mod interval;
pub mod json;
pub mod kind;
pub mod leg;
pub mod log_batch;
pub mod outcome;
pub mod outline;
pub mod payload;
pub mod phone;
mod scan;
pub mod served_instances;
pub mod text;
