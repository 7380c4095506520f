//! The whole system, deployed to the emulator by the CDK app, with IAM enforced: what goes in at one end comes out at the other.

mod agents;
mod board;
mod calls;
mod contacts;
mod metrics;
mod own;
mod records;
mod settings;
mod workforce;
mod world;
