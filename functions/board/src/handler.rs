//! One request.

use switchboard_board::App;

use crate::gateway::{GatewayRequest, GatewayResponse};

/// Answers requests for the board.
#[derive(Debug, Clone)]
pub struct Handler(App);

impl Handler {
    /// Of that board.
    pub fn new(app: App) -> Self {
        Self(app)
    }

    /// The answer to a request.
    pub async fn handle(&self, request: GatewayRequest) -> GatewayResponse {
        match request.into_http() {
            Ok(request) => GatewayResponse::of_http(self.0.respond(request).await).await,
            Err(_) => GatewayResponse::status(400),
        }
    }
}
