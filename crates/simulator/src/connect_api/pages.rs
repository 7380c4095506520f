//! Answers in pages, and the tokens that lead from one to the next.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    answer::{Answer, Asked},
    error::ApiError,
    live::LiveCentre,
};

/// How long a token is good for.
const TOKEN_TTL: SignedDuration = SignedDuration::from_mins(5);
/// How many tokens are remembered; the oldest go first.
const MAX_TOKENS: usize = 1000;
/// Results on a page, where the call doesn't say.
const DEFAULT_RESULTS: u32 = 100;

/// What a token leads to.
#[derive(Debug, Clone)]
struct Cursor {
    /// The call that the answer is of, without its token.
    asked: Arc<Asked>,
    answer: Arc<Answer>,
    offset: usize,
    page: u32,
    born: Timestamp,
}

/// One page of an answer.
#[derive(Debug)]
pub(crate) struct Page {
    cursor: Cursor,
    token: Option<String>,
    size: usize,
}

/// The answers that are being read.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    cursors: HashMap<String, Cursor>,
    order: VecDeque<String>,
    given: u64,
}

impl Pages {
    /// The page that a call asks for. `answer` makes the answer of a call without a token, whose pages then all come
    /// from that moment; of a search that is which contacts there are, and in which order.
    pub(crate) fn open(
        &self,
        asked: &Asked,
        now: Timestamp,
        answer: impl FnOnce(&Asked) -> Result<Answer, ApiError>,
    ) -> Result<Page, ApiError> {
        let size = max_results(asked)?;
        let (call, token) = without_token(asked);
        let cursor = match &token {
            None => {
                let answer = Arc::new(answer(&call)?);
                Cursor { asked: Arc::new(call), answer, offset: 0, page: 1, born: now }
            }
            Some(token) => {
                let cursor =
                    self.cursors.get(token).filter(|cursor| now.duration_since(cursor.born) <= TOKEN_TTL);
                let cursor = cursor.ok_or_else(|| ApiError::parameter("NextToken is unknown or expired"))?;
                if *cursor.asked != call {
                    return Err(ApiError::parameter("NextToken belongs to a request with other parameters"));
                }
                cursor.clone()
            }
        };
        Ok(Page { cursor, token, size })
    }

    /// The page as JSON, with the token of the next one, if there is one or if the same page is to come again.
    pub(crate) fn write(&mut self, page: Page, centre: &LiveCentre, repeat: bool) -> Value {
        let Page { cursor, token, size } = page;
        let mut body = cursor.answer.beside.clone();
        if let Some(member) = cursor.answer.member {
            let rows = cursor.answer.rows.page(centre, cursor.offset, size);
            body.insert(member.to_owned(), rows.into());
        }
        let next = cursor.offset.saturating_add(size);
        let token = if repeat {
            Some(token.unwrap_or_else(|| self.store(Cursor { page: 2, ..cursor })))
        } else if next < cursor.answer.rows.len() {
            Some(self.store(Cursor { offset: next, page: cursor.page + 1, ..cursor }))
        } else {
            None
        };
        enter_token(&mut body, token);
        Value::Object(body)
    }

    /// Whether the oldest token is no longer good then.
    fn oldest_is_expired(&self, now: Timestamp) -> bool {
        let oldest = self.order.front().and_then(|token| self.cursors.get(token));
        oldest.is_some_and(|oldest| now.duration_since(oldest.born) > TOKEN_TTL)
    }

    fn store(&mut self, cursor: Cursor) -> String {
        while self.order.len() >= MAX_TOKENS || self.oldest_is_expired(cursor.born) {
            if let Some(oldest) = self.order.pop_front() {
                self.cursors.remove(&oldest);
            }
        }
        self.given += 1;
        // As opaque as AWS's, and with the characters that a query has to escape.
        let token = format!("AAEC/{:08x}+{:x}==", self.given, cursor.born.as_millisecond());
        self.order.push_back(token.clone());
        self.cursors.insert(token.clone(), cursor);
        token
    }
}

impl Page {
    /// Which page of its answer it is; the first is 1.
    pub(crate) fn number(&self) -> u32 {
        self.cursor.page
    }
}

fn enter_token(body: &mut Map<String, Value>, token: Option<String>) {
    if let Some(token) = token {
        body.insert("NextToken".to_owned(), token.into());
    }
}

fn max_results(asked: &Asked) -> Result<usize, ApiError> {
    let in_query = asked.query.iter().find(|(name, _)| name == "maxResults");
    let wish = match (in_query, asked.body.get("MaxResults")) {
        (Some((_, text)), _) => Some(text.parse().ok()),
        (None, Some(Value::Null) | None) => None,
        (None, Some(number)) => Some(number.as_u64()),
    };
    let most = asked.operation.max_results();
    let size = match wish {
        None => u64::from(DEFAULT_RESULTS.min(most)),
        Some(size) => size
            .filter(|size| (1..=u64::from(most)).contains(size))
            .ok_or_else(|| ApiError::parameter(format_args!("MaxResults is a number from 1 to {most}")))?,
    };
    usize::try_from(size).map_err(ApiError::parameter)
}

/// The call apart from its token, and the token.
fn without_token(asked: &Asked) -> (Asked, Option<String>) {
    let mut call = asked.clone();
    let mut token = None;
    call.query.retain(|(name, value)| {
        let is_token = name == "nextToken";
        if is_token {
            token = Some(value.clone());
        }
        !is_token
    });
    if let Some(body) = call.body.as_object_mut()
        && let Some(Value::String(text)) = body.remove("NextToken")
    {
        token = Some(text);
    }
    (call, token)
}
