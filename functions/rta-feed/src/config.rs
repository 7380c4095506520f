//! The service, from its settings.

use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use switchboard_agents::JoinedInstances;
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{
    renewable::{Renewable, RenewableError},
    secrets::SecretUrl,
    settings::Settings,
};
use switchboard_store::store_url::StoreUrl;
use switchboard_wfm::{
    agent_state::StateMode,
    rta::{AccountError, Client, JsonAccount, SoapAccount},
};

/// All settings.
#[derive(Debug)]
pub struct Config {
    /// `AGENTS`: the store of agents.
    pub agents: StoreUrl,
    /// `RTA`: the service.
    pub rta: Rta,
    /// `RTA_FORMAT`: the format of the service.
    pub format: Format,
    /// `RTA_STATES`: the states that are sent.
    pub states: StateMode,
    /// `CONNECT_INSTANCES`: whose agents' states are sent.
    pub instances: ServedInstances,
    /// `JOINED_INSTANCES`: whose agents with one user name are one.
    pub joined: JoinedInstances,
}

impl Config {
    /// Reads the settings. [`None`] only together with a problem in `settings`.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let (agents, rta) = (settings.required("AGENTS"), settings.required("RTA"));
        let format = settings.optional_or("RTA_FORMAT", Format::default());
        let states = settings.optional_or("RTA_STATES", StateMode::default());
        let instances = settings.optional_or("CONNECT_INSTANCES", ServedInstances::default());
        let joined = settings.optional_or("JOINED_INSTANCES", JoinedInstances::default());
        let is_taken = |(region, id)| instances.named().is_empty() || instances.names(region, id);
        if !joined.named().filter_map(|instance| instance.as_str().split_once('/')).all(is_taken) {
            settings.add_problem("JOINED_INSTANCES names an instance that CONNECT_INSTANCES does not");
        }
        Some(Self { agents: agents?, rta: rta?, format, states, instances, joined })
    }
}

/// The client of the service, made anew when its secret was rotated.
pub type Account = Renewable<Client, AccountError>;

/// Where states go: the setting `RTA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rta {
    /// To a service, by the secret in this place.
    Service(SecretUrl),
    /// To standard output: `stdout:`.
    Stdout,
}

/// The format of a service: the setting `RTA_FORMAT`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// `soap`: Teleopti's service.
    #[default]
    Soap,
    /// `json`: any service that takes the JSON body of [`switchboard_wfm::rta`].
    Json,
}

/// A setting is none of the forms there are. The text is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Of `RTA`.
    #[error("expected secretsmanager://ARN, file:///secret.json or stdout:")]
    Rta,
    /// Of `RTA_FORMAT`.
    #[error("expected soap or json")]
    Format,
}

impl FromStr for Rta {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        match text {
            "stdout:" => Ok(Self::Stdout),
            _ => text.parse().map(Self::Service).map_err(|_| FormError::Rta),
        }
    }
}

impl FromStr for Format {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        match text {
            "soap" => Ok(Self::Soap),
            "json" => Ok(Self::Json),
            _ => Err(FormError::Format),
        }
    }
}

impl Rta {
    /// Reads the secret and makes the client. The service is not called yet.
    ///
    /// # Errors
    /// If the secret can't be read, or is not what the service needs.
    pub async fn open(&self, format: Format) -> Result<Account, RenewableError<AccountError>> {
        match self {
            Self::Service(place) => {
                Renewable::open("RTA", place.clone(), move |text| client(text, format)).await
            }
            Self::Stdout => Ok(Renewable::fixed(Client::stdout())),
        }
    }
}

fn client(secret: &SecretString, format: Format) -> Result<Client, AccountError> {
    match format {
        Format::Soap => Client::soap(SoapAccount::from_json(secret.expose_secret())?),
        Format::Json => Client::json(JsonAccount::from_json(secret.expose_secret())?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_and_no_other() {
        assert_eq!("stdout:".parse(), Ok(Rta::Stdout));
        assert_eq!("file:///s.json".parse(), Ok(Rta::Service(SecretUrl::File("/s.json".into()))));
        for text in ["", "stdout", "https://hunter2", "file://hunter2"] {
            let error = text.parse::<Rta>().unwrap_err();
            assert_eq!(error, FormError::Rta);
            assert!(!error.to_string().contains("hunter2"));
        }
        assert_eq!(("soap".parse(), "json".parse()), (Ok(Format::Soap), Ok(Format::Json)));
        assert_eq!("xml".parse::<Format>(), Err(FormError::Format));
    }

    #[tokio::test]
    async fn a_secret_is_read_by_its_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        let rta = Rta::Service(SecretUrl::File(path.clone()));
        assert!(matches!(rta.open(Format::Soap).await, Err(RenewableError::Secret(_))));
        std::fs::write(&path, r#"{"url":"https://wfm.example.com/","headers":{"X-Key":"hunter2"}}"#).unwrap();
        let debug = async |account: Account| format!("{:?}", account.current().await);
        assert_eq!(debug(rta.open(Format::Json).await.unwrap()).await, "Client(JSON)");
        let error = rta.open(Format::Soap).await.unwrap_err().to_string();
        assert!(error.contains("authenticationKey is missing; sourceId is missing"), "{error}");
        let stdout = Rta::Stdout.open(Format::Soap).await.unwrap();
        assert_eq!(debug(stdout).await, "Client(standard output)");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotated_secret_makes_another_client() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        let write = |key: &str| {
            let secret =
                format!(r#"{{"url":"https://wfm.example.com/","authenticationKey":"{key}","sourceId":"1"}}"#);
            std::fs::write(&path, secret).unwrap();
        };
        write("first");
        let account = Rta::Service(SecretUrl::File(path.clone())).open(Format::Soap).await.unwrap();
        let rejected = account.current().await;
        assert!(account.renewed(&rejected).await.is_none(), "it is the same");
        write("second");
        tokio::time::advance(switchboard_runtime::renewable::READ_AGAIN_EVERY).await;
        assert!(account.renewed(&rejected).await.is_some());
        assert!(!format!("{account:?}").contains("second"));
    }

    #[test]
    fn joined_instances_are_among_those_that_are_taken() {
        let arn = |region: &str| {
            format!("arn:aws:connect:{region}:111122223333:instance/00000000-0000-4000-8000-000000000001")
        };
        let both = format!("{},{}", arn("eu-central-1"), arn("eu-west-2"));
        let read = |taken: &str, joined: &str| {
            let given = [
                ("AGENTS", "sqlite:///a.db"),
                ("RTA", "stdout:"),
                ("CONNECT_INSTANCES", taken),
                ("JOINED_INSTANCES", joined),
            ];
            Settings::from_pairs(given).complete(Config::read).map_err(|error| error.to_string())
        };
        assert_eq!(read("", "").unwrap().joined, JoinedInstances::default());
        for taken in ["", &both] {
            assert_eq!(read(taken, &both).unwrap().joined.named().count(), 2, "{taken}");
        }
        let not_taken = "JOINED_INSTANCES names an instance that CONNECT_INSTANCES does not";
        assert_eq!(read(&arn("eu-west-2"), &both).unwrap_err(), not_taken);
        assert!(read("", &arn("eu-west-2")).unwrap_err().starts_with("JOINED_INSTANCES is invalid"));
    }
}
