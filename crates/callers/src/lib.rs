//! Who is calling: look-ups by phone number, and their cache.
//!
//! A [`Directory`] looks up a batch of numbers from one backend: an HTTP service, a DynamoDB table or a
//! CSV file. Whatever the backend does, the response is there by the deadline, one number's failure costs
//! that number alone, and what is no name (an error page, `null`, a number) never becomes one.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use switchboard_callers::{Directory, Limits, LookupResult};
//! use switchboard_core::phone::PhoneNumber;
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("callers.csv");
//! std::fs::write(&path, "Phone,Name\n+4912345,Rosa\n").unwrap();
//! let directory = Directory::file(&path, Limits::default()).unwrap();
//! let rosa = PhoneNumber::parse("+4912345").unwrap();
//! let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
//! let results = directory.look_up([&rosa], deadline).await;
//! assert!(matches!(results.get(&rosa), LookupResult::Known(name) if &**name == "Rosa"));
//! # });
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`csv_file`] | the CSV form of a directory, for importing one too |
//! | `response` | what an HTTP body says, and what counts as a name |
//! | `http`, `dynamodb` | the backends |
//! | `breaker` | a circuit breaker for a directory that fails |
//!
//! The feature `aws` adds the DynamoDB backend.

mod api_key;
mod breaker;
mod cache;
mod callers_url;
pub mod csv_file;
mod directory;
#[cfg(feature = "aws")]
mod dynamodb;
mod error;
mod failure;
mod http;
mod limits;
mod lookup_results;
mod response;

pub use api_key::{ApiKey, ApiKeyError, RenewableKey};
pub use callers_url::{CallersUrl, CallersUrlError};
pub use directory::Directory;
pub use error::{CsvProblem, OpenError};
pub use limits::Limits;
pub use lookup_results::{LookupResult, LookupResults};
