//! The whole system, deployed to the emulator by the CDK app, with IAM enforced: what goes in at one end comes out at the other.

mod agents;
mod board;
mod bucket;
mod calls;
mod contacts;
mod existing;
mod metrics;
mod own;
mod records;
mod settings;
mod workforce;
mod world;
