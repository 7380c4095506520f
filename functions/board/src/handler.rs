//! One request.

use std::sync::Arc;

use switchboard_board::{App, Sources, access::Access};
use switchboard_runtime::metrics::{Metric, Metrics};

use crate::gateway::{GatewayRequest, GatewayResponse};

/// Answers requests for the board.
#[derive(Debug, Clone)]
pub struct Handler {
    app: App,
    sources: Arc<Sources>,
}

impl Handler {
    /// Of the board of these sources, for who has access.
    pub fn new(sources: Sources, access: Access) -> Self {
        let sources = Arc::new(sources);
        Self { app: App::new(Arc::clone(&sources), access), sources }
    }

    /// The answer to a request, and what is counted with it.
    pub async fn handle(&self, request: GatewayRequest) -> (GatewayResponse, Metrics) {
        let response = match request.into_http() {
            Ok(request) => GatewayResponse::of_http(self.app.respond(request).await).await,
            Err(_) => GatewayResponse::status(400),
        };
        (response, self.metrics().await)
    }

    async fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        if let Some(queues) = self.sources.queues_differing().await {
            metrics.add(Metric::QueuesDiffering, u64::try_from(queues).unwrap_or(u64::MAX));
        }
        metrics
    }
}
