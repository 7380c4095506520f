//! What is put, and in which order.

use tokio::time::Instant;

use crate::domain::{Domain, Failure};

/// Paths and documents. The pipeline first: the template names it.
const ASSETS: [(&str, &str); 2] = [
    ("_ingest/pipeline/contact-records", include_str!("../../../search/ingest-pipeline.json")),
    ("_index_template/contact-records", include_str!("../../../search/index-template.json")),
];

/// Puts all of it, and says how much that was.
///
/// # Errors
/// That of the first that could not be put before the deadline. To begin anew does no harm.
pub async fn set_up(domain: &Domain, deadline: Instant) -> Result<usize, Failure> {
    for (path, document) in ASSETS {
        domain.put(path, document, deadline).await?;
        tracing::info!(path, "put into the domain");
    }
    Ok(ASSETS.len())
}
