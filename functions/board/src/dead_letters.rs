//! The messages of the deployment's dead-letter queues, as SQS counts them.

use std::{pin::Pin, str::FromStr, time::Duration};

use aws_sdk_sqs::{Client, types::QueueAttributeName};
use futures_util::future::join_all;
use switchboard_aws::Failure;
use switchboard_board::{Undelivered, UndeliveredCounter, UndeliveredKind};
use tokio::time::timeout;
use url::Url;

/// SQS has so long to say how many messages a queue has; all queues are asked at once.
const TIME_TO_LOOK: Duration = Duration::from_secs(3);

/// A message that somebody has in hand to bring it back is still one.
const COUNTED: [QueueAttributeName; 2] = [
    QueueAttributeName::ApproximateNumberOfMessages,
    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
];

const FORM: &str = "it is no URL with names of queues in braces, as https://sqs.REGION.amazonaws.com/ACCOUNT/PREFIX-{NAME,NAME}-dlq";

/// The addresses of dead-letter queues, which differ in one place: `https://…/PREFIX-{NAME,NAME}-dlq`; in a second one right after
/// it, where each name is there once for each Connect instance: `{NAME,NAME}{,-north}`. Several such addresses are separated by
/// spaces. So they stay short, as all settings of a function have 4 KB together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrls(Vec<(String, String)>);

impl FromStr for QueueUrls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let each: Vec<_> = text.split_whitespace().map(queues).collect::<Option<_>>().ok_or(FORM)?;
        if each.is_empty() { Err(FORM) } else { Ok(Self(each.concat())) }
    }
}

/// The queues of one address with braces, by their names; nothing if it is none.
fn queues(text: &str) -> Option<Vec<(String, String)>> {
    let (before, rest) = text.split_once('{')?;
    let (names, after) = rest.split_once('}')?;
    let (endings, after) = match after.strip_prefix('{') {
        Some(rest) => rest.split_once('}')?,
        None => ("", after),
    };
    let all = names.split(',').flat_map(|name| endings.split(',').map(move |ending| (name, ending)));
    all.map(|(name, ending)| {
        let full = format!("{name}{ending}");
        let is_name =
            !name.is_empty() && full.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let url = format!("{before}{full}{after}");
        (is_name && Url::parse(&url).is_ok()).then_some((full, url))
    })
    .collect()
}

/// The dead-letter queues of a deployment.
#[derive(Debug)]
pub struct DeadLetterQueues {
    client: Client,
    queues: QueueUrls,
}

impl DeadLetterQueues {
    /// The queues of these addresses.
    pub fn new(client: Client, queues: QueueUrls) -> Self {
        Self { client, queues }
    }

    async fn look(&self, name: &str, url: &str) -> Undelivered {
        let looked = timeout(TIME_TO_LOOK, self.waiting(url)).await.unwrap_or(Err(Failure::Timeout));
        if let Err(error) = &looked {
            let event = "dead_letters_not_counted";
            tracing::warn!(event, queue = name, error = %error, "the messages of a dead-letter queue can't be counted");
        }
        Undelivered { name: name.to_owned(), kind: UndeliveredKind::DeadLetters, count: looked.ok() }
    }

    /// How many messages a queue has, more or less: SQS does not know it better.
    async fn waiting(&self, url: &str) -> Result<u64, Failure> {
        let request = self.client.get_queue_attributes().queue_url(url);
        let request = request.set_attribute_names(Some(COUNTED.to_vec()));
        let response = request.send().await.map_err(|error| Failure::from(&error))?;
        let counts = response.attributes.unwrap_or_default();
        let count = |name| counts.get(name).and_then(|count| count.parse::<u64>().ok());
        COUNTED.iter().map(count).sum::<Option<u64>>().ok_or(Failure::NotUnderstood)
    }
}

impl UndeliveredCounter for DeadLetterQueues {
    fn count(&self) -> Pin<Box<dyn Future<Output = Vec<Undelivered>> + Send + '_>> {
        Box::pin(join_all(self.queues.0.iter().map(|(name, url)| self.look(name, url))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn each_name_in_the_braces_is_a_queue() {
        let at = "https://sqs.eu-central-1.amazonaws.com/111122223333/switchboard-dev-";
        let urls: QueueUrls = format!("{at}{{contact-events,schedules}}-dlq").parse().unwrap();
        let expected =
            ["contact-events", "schedules"].map(|name| (name.to_owned(), format!("{at}{name}-dlq")));
        assert_eq!(urls.0, expected);
        for wrong in [
            format!("{at}schedules-dlq"),
            format!("{at}{{a,}}"),
            format!("{at}{{a"),
            format!("{at}{{a}}{{,-b"),
            format!("{at}{{a}} {at}b"),
            "{a}-dlq".to_owned(),
            " ".to_owned(),
        ] {
            assert_eq!(wrong.parse::<QueueUrls>(), Err(FORM), "{wrong}");
        }
    }

    #[test]
    fn names_of_several_instances_are_there_with_each_ending() {
        let at = "https://sqs.eu-central-1.amazonaws.com/111122223333/switchboard-dev-";
        let urls: QueueUrls =
            format!("{at}{{schedules}}-dlq {at}{{rta-feed,reconcile}}{{,-north}}-dlq").parse().unwrap();
        let names = ["schedules", "rta-feed", "rta-feed-north", "reconcile", "reconcile-north"];
        assert_eq!(urls.0, names.map(|name| (name.to_owned(), format!("{at}{name}-dlq"))));
    }
}
