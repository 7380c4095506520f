//! The directory of callers against its backends, through the public interface.

#[cfg(test)]
#[cfg(feature = "aws")]
mod dynamodb;
#[cfg(test)]
mod file;
#[cfg(test)]
mod http;
#[cfg(test)]
mod server;

/// Fictional numbers, by their last digits: `+12025550000` and onwards.
#[cfg(test)]
fn numbers(count: usize) -> Vec<switchboard_core::phone::PhoneNumber> {
    (0..count).map(|line| number(&format!("+1202555{line:04}"))).collect()
}

#[cfg(test)]
fn number(text: &str) -> switchboard_core::phone::PhoneNumber {
    switchboard_core::phone::PhoneNumber::parse(text).unwrap()
}

/// A deadline that no test reaches.
#[cfg(test)]
fn far() -> tokio::time::Instant {
    tokio::time::Instant::now() + std::time::Duration::from_mins(1)
}
