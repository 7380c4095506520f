//! What who can't look gets: above all the choice of an instance, where there are several.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::failure::{Failure, HTML};
use crate::{
    access::{AskedFor, NoLook},
    instances::BoardInstance,
    pages,
};

const NAMELESS: &str =
    "There are several instances: name one, as in /i/INSTANCE/api/v1/board; /api/v1/instances lists them.";

/// The instances of a board.
#[derive(Serialize)]
pub(super) struct InstanceRows {
    instances: Vec<InstanceRow>,
}

/// An instance of a board.
#[derive(Serialize)]
struct InstanceRow {
    /// What stands for it in addresses.
    name: String,
    aws_region: String,
    instance_id: String,
    /// What the addresses of its pages and of its API begin with.
    path: String,
}

impl InstanceRows {
    /// Of these instances.
    pub(super) fn new(instances: &[BoardInstance]) -> Self {
        let row = |instance: &BoardInstance| {
            let name = instance.in_address(instances);
            InstanceRow {
                aws_region: instance.region().to_owned(),
                instance_id: instance.id().to_owned(),
                path: format!("/i/{name}/"),
                name,
            }
        };
        Self { instances: instances.iter().map(row).collect() }
    }
}

impl IntoResponse for NoLook {
    fn into_response(self) -> Response {
        match self {
            Self::Nobody => Failure::Unknown.reply("/"),
            Self::Unknown(asked) => Failure::NoInstance.reply(asked.target()),
            Self::Refused(asked, refusal) => Failure::from(refusal).reply(asked.target()),
            Self::Several(asked, _) if asked.target().starts_with("/api/") => {
                Failure::Invalid(NAMELESS).reply(asked.target())
            }
            Self::Several(asked, instances) => choice(&asked, &instances),
        }
    }
}

/// The page that was asked for, of each instance.
fn choice(asked: &AskedFor, instances: &[BoardInstance]) -> Response {
    let rows = instances.iter().map(|instance| pages::InstanceChoice {
        label: instance.label(),
        id: instance.id(),
        region: instance.region(),
        address: asked.of_instance(&instance.in_address(instances)),
    });
    let page = pages::instances(rows.collect());
    let kind: HeaderValue = HTML;
    ([(header::CONTENT_TYPE, kind)], page).into_response()
}
