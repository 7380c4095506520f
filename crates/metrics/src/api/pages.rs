//! Page after page, to the end.

use switchboard_aws::pages::PageTokens;
use tokio::time::{Instant, timeout_at};

use super::{ApiError, rate_limiter::RateLimiter};

/// One page of a response.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

/// Reads every page into `items`, each requested with the token of the one before.
///
/// On an error, which an [endless list](PageTokens) is, too, `items` has what was read until then.
pub(super) async fn read<T>(
    limiter: &RateLimiter,
    deadline: Instant,
    items: &mut Vec<T>,
    fetch_page: impl AsyncFn(Option<String>) -> Result<Page<T>, ApiError>,
) -> Result<(), ApiError> {
    let mut tokens = PageTokens::default();
    loop {
        let token = tokens.token().map(str::to_owned);
        let fetch = async {
            limiter.acquire(token.is_none()).await;
            fetch_page(token).await
        };
        let page = timeout_at(deadline, fetch).await.map_err(|_| ApiError::NoTime)??;
        items.extend(page.items);
        if !tokens.follow(page.next)? {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, time::Duration};

    use proptest::prelude::*;
    use switchboard_aws::pages::MAX_PAGES;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(10)
    }

    fn fast() -> RateLimiter {
        RateLimiter::new(250.0, 10_000.0)
    }

    #[tokio::test]
    async fn the_last_page_has_no_token_or_an_empty_one() {
        for last in [None, Some(String::new())] {
            let tokens = RefCell::new(Vec::new());
            let mut items = Vec::new();
            let outcome = read(&fast(), soon(), &mut items, async |token: Option<String>| {
                tokens.borrow_mut().push(token.clone());
                let next = if token.is_none() { Some("2".to_owned()) } else { last.clone() };
                Ok(Page { items: vec![token], next })
            })
            .await;
            assert_eq!(outcome, Ok(()));
            assert_eq!(*tokens.borrow(), [None, Some("2".to_owned())]);
            assert_eq!(items.len(), 2);
        }
    }

    #[tokio::test]
    async fn a_token_that_comes_again_ends_the_reading_as_an_error() {
        // Not only the last one: 1, 2, 1 is a circle as well.
        let mut items = Vec::new();
        let outcome = read(&fast(), soon(), &mut items, async |token: Option<String>| {
            let next = if token.as_deref() == Some("1") { "2" } else { "1" };
            Ok(Page { items: vec![()], next: Some(next.to_owned()) })
        })
        .await;
        assert_eq!(outcome, Err(ApiError::RepeatedToken));
        assert_eq!(items.len(), 3);
    }

    #[tokio::test]
    async fn a_list_without_end_is_abandoned() {
        let count = RefCell::new(0);
        let mut items = Vec::new();
        let outcome = read(&fast(), soon(), &mut items, async |_| {
            *count.borrow_mut() += 1;
            Ok(Page { items: vec![()], next: Some(count.borrow().to_string()) })
        })
        .await;
        assert_eq!(outcome, Err(ApiError::TooManyPages(MAX_PAGES)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_for_a_page_and_for_the_wait_before_it() {
        let mut items: Vec<()> = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(2);
        let outcome = read(&fast(), deadline, &mut items, async |_| std::future::pending().await).await;
        assert_eq!(outcome, Err(ApiError::NoTime));

        let slow = RateLimiter::new(1.0, 2.0);
        let deadline = Instant::now() + Duration::from_secs(3);
        let count = RefCell::new(0);
        let outcome = read(&slow, deadline, &mut items, async |_| {
            *count.borrow_mut() += 1;
            Ok(Page { items: vec![()], next: Some(count.borrow().to_string()) })
        })
        .await;
        assert_eq!(outcome, Err(ApiError::NoTime));
        assert!((4..=5).contains(&items.len()), "two at once, then one a second: {}", items.len());
    }

    proptest! {
        #[test]
        fn every_item_of_every_page_is_read_once(pages in prop::collection::vec(0_usize..5, 1..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let mut items = Vec::new();
            let outcome = runtime.block_on(read(&fast(), soon(), &mut items, async |token: Option<String>| {
                let at: usize = token.map_or(0, |token| token.parse().unwrap());
                let items = (0..pages[at]).map(|item| (at, item)).collect();
                Ok(Page { items, next: (at + 1 < pages.len()).then(|| (at + 1).to_string()) })
            }));
            prop_assert_eq!(outcome, Ok(()));
            let expected: Vec<_> =
                pages.iter().enumerate().flat_map(|(at, size)| (0..*size).map(move |item| (at, item))).collect();
            prop_assert_eq!(items, expected);
        }
    }
}
