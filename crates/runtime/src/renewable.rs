//! What is made of a secret, and made anew when the secret was rotated.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, time::Instant};

use crate::secrets::{SecretError, SecretUrl};

/// How often a secret is read again at most. Refusals come by the hundred; a secret changes a few times a year.
pub const READ_AGAIN_EVERY: Duration = Duration::from_secs(10);

/// A value made of a secret: an API key, an account, a client.
///
/// The secret is read at start, and again after a refusal that may be for it, at most every
/// [`READ_AGAIN_EVERY`]. So a container that lives for hours learns of a rotated secret by itself, and a
/// secret that is wrong is neither read nor tried in a circle.
///
/// ```
/// # #[derive(Debug, thiserror::Error)] #[error("empty")] struct Empty;
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use secrecy::ExposeSecret;
/// use switchboard_runtime::{renewable::Renewable, secrets::SecretUrl};
/// # let folder = std::env::temp_dir().join("switchboard-renewable-doc");
/// # std::fs::write(&folder, "first").unwrap();
/// let url = SecretUrl::File(folder.clone());
/// let key = Renewable::open("API_KEY", url, |text| Ok::<_, Empty>(text.expose_secret().to_owned())).await.unwrap();
/// let first = key.current().await;
/// assert_eq!(*first, "first");
/// std::fs::write(&folder, "second").unwrap();
/// // The service refused the first.
/// assert_eq!(*key.renewed(&first).await.unwrap(), "second");
/// # });
/// ```
pub struct Renewable<T, E> {
    /// The setting that names the secret; for log lines.
    setting: &'static str,
    /// None for a value that was given.
    source: Option<Source<T, E>>,
    state: Mutex<State<T>>,
}

struct Source<T, E> {
    url: SecretUrl,
    make: Make<T, E>,
}

type Make<T, E> = Box<dyn Fn(&SecretString) -> Result<T, E> + Send + Sync>;

struct State<T> {
    value: Arc<T>,
    text: SecretString,
    /// When it was read again last.
    read_again_at: Option<Instant>,
}

/// Why there is no value. `E` is why the secret's text makes none; it must not repeat any of it.
#[derive(Debug, thiserror::Error)]
pub enum RenewableError<E> {
    /// The secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret's text makes no value.
    #[error(transparent)]
    Made(E),
}

impl<T, E: std::error::Error> Renewable<T, E> {
    /// Reads the secret and makes the first value. `setting` is the variable that names the secret.
    ///
    /// # Errors
    /// When the secret can't be read, or makes no value.
    pub async fn open(
        setting: &'static str,
        url: SecretUrl,
        make: impl Fn(&SecretString) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, RenewableError<E>> {
        let text = url.read().await?;
        let value = Arc::new(make(&text).map_err(RenewableError::Made)?);
        let source = Some(Source { url, make: Box::new(make) as Make<T, E> });
        Ok(Self { setting, source, state: Mutex::new(State { value, text, read_again_at: None }) })
    }

    /// A value that was given and stays the same.
    pub fn fixed(value: T) -> Self {
        let state = State { value: Arc::new(value), text: SecretString::default(), read_again_at: None };
        Self { setting: "", source: None, state: Mutex::new(state) }
    }

    /// The value to try.
    pub async fn current(&self) -> Arc<T> {
        Arc::clone(&self.state.lock().await.value)
    }

    /// Another value than the one that was refused; [`None`] if there is none: the secret is the same, was read
    /// again less than [`READ_AGAIN_EVERY`] ago, can't be read, or makes no value. Trying the same one again
    /// could lock an account.
    ///
    /// Of several that were refused at once the first reads the secret, and the others take what it found.
    pub async fn renewed(&self, refused: &Arc<T>) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        if !Arc::ptr_eq(&state.value, refused) {
            return Some(Arc::clone(&state.value));
        }
        let source = self.source.as_ref()?;
        if state.read_again_at.is_some_and(|at| at.elapsed() < READ_AGAIN_EVERY) {
            return None;
        }
        state.read_again_at = Some(Instant::now());
        match source.read_again(&state.text).await {
            Ok(renewed) => {
                let (value, text) = renewed?;
                (state.value, state.text) = (Arc::new(value), text);
                tracing::info!(
                    event = "secret_changed",
                    setting = self.setting,
                    "a secret has changed; the new one is used from now on"
                );
                Some(Arc::clone(&state.value))
            }
            Err(error) => {
                tracing::warn!(event = "secret_not_read", setting = self.setting, error = %error, "a secret could not be read again");
                None
            }
        }
    }
}

impl<T, E: std::error::Error> Source<T, E> {
    /// What the secret makes now; [`None`] if it is the same as before.
    async fn read_again(&self, known: &SecretString) -> Result<Option<(T, SecretString)>, RenewableError<E>> {
        let text = self.url.read().await?;
        if text.expose_secret() == known.expose_secret() {
            return Ok(None);
        }
        let value = (self.make)(&text).map_err(RenewableError::Made)?;
        Ok(Some((value, text)))
    }
}

impl<T, E> fmt::Debug for Renewable<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Renewable({})", self.setting)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    /// A secret's file of this test alone.
    fn file(name: &str, text: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("switchboard-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    fn number(text: &SecretString) -> Result<u32, std::num::ParseIntError> {
        text.expose_secret().parse()
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_read_again_after_a_refusal_and_every_ten_seconds_at_most() {
        let path = file("again", "1");
        let renewable = Renewable::open("KEY", SecretUrl::File(path.clone()), number).await.unwrap();
        let first = renewable.current().await;
        assert!(renewable.renewed(&first).await.is_none(), "the same is no reason to try again");

        std::fs::write(&path, "2").unwrap();
        tokio::time::advance(Duration::from_millis(9_999)).await;
        assert!(renewable.renewed(&first).await.is_none(), "it was read a moment ago");
        tokio::time::advance(Duration::from_millis(1)).await;
        let second = renewable.renewed(&first).await.unwrap();
        assert_eq!((*second, *renewable.current().await), (2, 2));

        // It is gone, so that whoever was refused with the first can't have read it again.
        std::fs::remove_file(&path).unwrap();
        assert!(Arc::ptr_eq(&second, &renewable.renewed(&first).await.unwrap()));
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(renewable.renewed(&second).await.is_none(), "it can't be read");
        std::fs::write(&path, "no number").unwrap();
        tokio::time::advance(READ_AGAIN_EVERY).await;
        assert!(renewable.renewed(&second).await.is_none(), "it makes none");
        assert_eq!(*renewable.current().await, 2, "what was good stays");
        std::fs::remove_file(&path).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_refused_at_once_one_reads() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let path = file("many", "1");
        let make = |text: &SecretString| {
            MADE.fetch_add(1, Ordering::Relaxed);
            number(text)
        };
        let renewable = Renewable::open("KEY", SecretUrl::File(path.clone()), make).await.unwrap();
        let first = renewable.current().await;
        std::fs::write(&path, "2").unwrap();
        let (a, b, c) =
            tokio::join!(renewable.renewed(&first), renewable.renewed(&first), renewable.renewed(&first));
        assert_eq!([a, b, c].map(|value| value.map(|value| *value)), [Some(2); 3]);
        assert_eq!(MADE.load(Ordering::Relaxed), 2);
        std::fs::remove_file(&path).unwrap();
    }

    #[tokio::test]
    async fn a_value_that_was_given_stays() {
        let renewable = Renewable::<_, Infallible>::fixed(7);
        let value = renewable.current().await;
        assert!(renewable.renewed(&value).await.is_none());
        assert_eq!(*value, 7);
    }

    #[tokio::test]
    async fn what_is_wrong_at_start_is_told_without_the_secret() {
        let path = file("start", "hunter2");
        let error = Renewable::open("KEY", SecretUrl::File(path.clone()), number).await.unwrap_err();
        assert!(matches!(error, RenewableError::Made(_)), "{error:?}");
        std::fs::remove_file(&path).unwrap();
        let error = Renewable::open("KEY", SecretUrl::File(path), number).await.unwrap_err();
        assert!(matches!(error, RenewableError::Secret(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn debug_shows_the_setting_alone() {
        let path = file("debug", "42");
        let renewable = Renewable::open("KEY", SecretUrl::File(path.clone()), number).await.unwrap();
        assert_eq!(format!("{renewable:?}"), "Renewable(KEY)");
        std::fs::remove_file(&path).unwrap();
    }
}
