//! Connect's metrics into tables: queues and agents every ten seconds, history every five minutes, by itself.
//!
//! | event | what it does |
//! |---|---|
//! | `{"poll":"tick"}` | once a minute: puts a poll of `current` and one of `users` on the queue for 0, 10, … 50 seconds from now |
//! | `{"poll":"current"}` | how the queues stand |
//! | `{"poll":"users"}` | how the agents stand |
//! | `{"poll":"history"}` | what has ended, late contacts of the last two hours, and gaps of the last 24 |
//! | `{"poll":"history","backfill_days":30}` | quarters of an hour that are missing, up to 30 days back, as far as time allows |
//! | `{"poll":"metadata"}` | names: queues, routing profiles, agent statuses, users; forgets old samples |
//! | `{"poll":"migrate"}` | makes the tables, or brings them up to date |
//! | a batch of SQS messages | each of them one of the above |
//!
//! An event or a message may say with `"due":"2026-11-20T01:02:03Z"` when it was meant to be handled; a message that does
//! not was meant to be when it was sent. One that is late by more than its period (10 s, of a tick a minute, of history 5
//! minutes, of names 15) is dropped: the next one is there already, and a backlog must not become a burst. The polls of a
//! tick are due by the tick's own time, so one that is late or repeated brings only those that are still wanted. Of
//! several polls of one kind in a batch, one is made, and while one is under way elsewhere, none: so Connect is asked as often
//! as one may, by however many environments there are. A backfill is never late.
//!
//! A poll that could not read everything is done nevertheless: it has saved what is certain and told what it lacks, and
//! the next one is close. A message comes again only if the tables could not be written, or if it can't be understood,
//! which brings it to the dead-letter queue.
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `CONNECT_INSTANCE_ARN` | the instance, by its ARN: `arn:aws:connect:REGION:ACCOUNT:instance/ID`; required |
//! | `METRICS_DB` | the database of the tables: see [`SqlUrl`](switchboard_sql::url::SqlUrl); required |
//! | `TICK_QUEUE_URL` | the queue that ticks are put on; required |
//! | `CONNECT_REQUESTS_PER_SECOND` | how fast Connect is asked at most, a decimal; `GetMetricData` and `GetCurrentMetricData`, which have a quota of their own, 2.5 times as fast; 1.8 by default |
//! | `SERVICE_LEVEL_SECONDS` | below how long a wait a contact counts as answered in time; 20 by default |
//! | `SAMPLE_RETENTION_DAYS` | how long the samples of queues and agents are kept; 7 by default |
//! | `HISTORY_RETENTION_DAYS` | how long intervals are kept, and names of what is gone; 400 by default |
//! | `METRICS_TIME_ZONE` | whose days intervals belong to, an IANA name; `UTC` by default. A change holds for what is read from then on |
//! | `POLLER_LOGIN`, `CHECK_LOGIN` | the secrets (`secretsmanager://ARN` or `file:///path.json`: `username`, `password`) of logins that a migration makes: one that reads and writes the tables, one that reads them; none by default |
//! | `BOARD_LOGIN` | the same of a login that reads who waits and what counted in queues, and when that was polled; none by default |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`config`] | the settings |
//! | [`event`] | what an event asks for |
//! | [`handler`] | an event: poll, save, answer |
//! | [`report`] | what became of a poll |
//! | [`tick`] | a minute's polls, and the queue that they wait on |

pub mod config;
pub mod event;
pub mod handler;
pub mod report;
pub mod tick;
