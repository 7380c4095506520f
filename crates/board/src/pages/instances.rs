//! The page on which a viewer chooses an instance.

use askama::Template;

use super::frame::rendered;

#[derive(Template)]
#[template(path = "instances.html")]
struct InstancesPage<'a> {
    instances: Vec<InstanceChoice<'a>>,
}

/// An instance, and where the page that was asked for is of it.
pub(crate) struct InstanceChoice<'a> {
    pub(crate) label: &'a str,
    pub(crate) id: &'a str,
    pub(crate) region: &'a str,
    pub(crate) address: String,
}

/// The page of these instances.
pub(crate) fn instances(instances: Vec<InstanceChoice<'_>>) -> String {
    rendered(&InstancesPage { instances })
}
