//! The tokens of a list in pages, to its end.

use std::collections::HashSet;

/// The most pages of one list. It needs fewer: 100 queues of four channels fill four, the 1,200 agents of 100 routing profiles in
/// three hours of intervals some 150.
pub const MAX_PAGES: usize = 1000;

/// Where in a list of pages a reader is: it begins at the first page.
#[derive(Debug, Default)]
pub struct PageTokens {
    next: Option<String>,
    seen: HashSet<String>,
    pages: usize,
}

/// A list of pages that has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PagesError {
    /// A token that led to a page before: a client that follows it reads the same pages for ever, and the SDK's own paginators end
    /// there as if that were all.
    #[error("a page names a token that was there before")]
    RepeatedToken,
    /// More pages than any list has.
    #[error("there are more than {0} pages")]
    TooManyPages(usize),
}

impl PageTokens {
    /// The token of the page to read; [`None`] for the first.
    pub fn token(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Goes on to the page that the one just read names; false after the last one, which names none or an empty one.
    ///
    /// # Errors
    /// If the pages have no end.
    pub fn follow(&mut self, next: Option<String>) -> Result<bool, PagesError> {
        self.pages += 1;
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(false) };
        if self.pages >= MAX_PAGES {
            return Err(PagesError::TooManyPages(MAX_PAGES));
        }
        if !self.seen.insert(next.clone()) {
            return Err(PagesError::RepeatedToken);
        }
        self.next = Some(next);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_names_no_token_or_an_empty_one() {
        for last in [None, Some(String::new())] {
            let mut tokens = PageTokens::default();
            assert_eq!(tokens.token(), None);
            assert_eq!(tokens.follow(Some("2".to_owned())), Ok(true));
            assert_eq!(tokens.token(), Some("2"));
            assert_eq!(tokens.follow(last), Ok(false));
        }
    }

    #[test]
    fn a_circle_of_tokens_is_no_end() {
        let mut tokens = PageTokens::default();
        let followed: Vec<_> = ["1", "2", "1"].map(|token| tokens.follow(Some(token.to_owned()))).into();
        assert_eq!(followed, [Ok(true), Ok(true), Err(PagesError::RepeatedToken)]);
    }

    #[test]
    fn a_list_without_end_is_an_error_and_not_all_that_there_is() {
        let mut tokens = PageTokens::default();
        let outcome = (0..).find_map(|page: u32| tokens.follow(Some(page.to_string())).err());
        assert_eq!(outcome, Some(PagesError::TooManyPages(MAX_PAGES)));
    }
}
