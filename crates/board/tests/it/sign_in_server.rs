//! An `OpenID` Connect server with the addresses of Amazon Cognito's, and real keys. It is a stand-in: who asks for a code is signed in.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

pub(crate) const ISSUER: &str = "https://issuer.example/pool";
pub(crate) const PEOPLE: &str = "people-client";
pub(crate) const WALLS: &str = "walls-client";
pub(crate) const BOARD: &str = "https://board.example";

/// The server, and what it has done.
#[derive(Clone)]
pub(crate) struct SignInServer {
    pub(crate) address: String,
    state: Arc<Mutex<ServerState>>,
    key: Arc<RsaKeyPair>,
}

#[derive(Default)]
struct ServerState {
    groups: Value,
    /// By code.
    asked: BTreeMap<String, BTreeMap<String, String>>,
    refresh: BTreeMap<String, String>,
    revoked: BTreeSet<String>,
    key_reads: usize,
    is_broken: bool,
    nonce: Option<String>,
}

/// A new RSA key, made with OpenSSL.
pub(crate) fn new_key() -> RsaKeyPair {
    let file = tempfile::NamedTempFile::new().unwrap();
    let made = Command::new("openssl")
        .args([
            "genpkey",
            "-quiet",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-outform",
            "DER",
            "-out",
        ])
        .arg(file.path())
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // Which of the two forms it is depends on OpenSSL's version.
    let der = std::fs::read(file.path()).unwrap();
    RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).unwrap()
}

/// A token of these claims, signed with RS256.
pub(crate) fn signed(key: &RsaKeyPair, id: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "RS256", "kid": id})), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of an ID token of now.
pub(crate) fn claims(client: &str, groups: &Value) -> Value {
    let now = jiff::Timestamp::now().as_second();
    json!({"sub": "0001", "iss": ISSUER, "aud": client, "token_use": "id", "iat": now, "exp": now + 900,
        "cognito:username": "ann", "cognito:groups": groups})
}

impl SignInServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Self { address, state: Arc::default(), key: Arc::new(new_key()) };
        let router = Router::new()
            .route("/keys", get(keys))
            .route("/oauth2/authorize", get(authorize))
            .route("/oauth2/token", post(token))
            .route("/oauth2/revoke", post(revoke))
            .route("/logout", get(logout))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// Signs users in with these groups from now on.
    pub(crate) fn set_groups(&self, groups: Value) {
        self.state.lock().unwrap().groups = groups;
    }

    /// Makes the server answer everything with 500, or not.
    pub(crate) fn set_broken(&self, is_broken: bool) {
        self.state.lock().unwrap().is_broken = is_broken;
    }

    /// Makes it issue tokens of another nonce than the request's.
    pub(crate) fn set_nonce(&self, nonce: &str) {
        self.state.lock().unwrap().nonce = Some(nonce.to_owned());
    }

    pub(crate) fn key_reads(&self) -> usize {
        self.state.lock().unwrap().key_reads
    }

    /// How many refresh tokens it has issued.
    pub(crate) fn refresh_tokens(&self) -> usize {
        self.state.lock().unwrap().refresh.len()
    }

    pub(crate) fn is_revoked(&self, refresh: &str) -> bool {
        self.state.lock().unwrap().revoked.contains(refresh)
    }

    /// A token of the server's.
    pub(crate) fn token(&self, claims: &Value) -> String {
        signed(&self.key, "key-1", claims)
    }

    /// The modulus of its public key.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        PublicKeyComponents::<Vec<u8>>::from(self.key.public_key()).n
    }
}

fn fields(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn refusal(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, json!({ "error": error }).to_string()).into_response()
}

async fn keys(State(server): State<SignInServer>) -> Response {
    let mut state = server.state.lock().unwrap();
    state.key_reads += 1;
    if state.is_broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let public = PublicKeyComponents::<Vec<u8>>::from(server.key.public_key());
    let part = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let key = json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "key-1",
        "n": part(&public.n),
        "e": part(&public.e)});
    json!({ "keys": [key] }).to_string().into_response()
}

async fn authorize(State(server): State<SignInServer>, RawQuery(query): RawQuery) -> Response {
    let asked = fields(query.unwrap_or_default().as_bytes());
    for (name, expected) in [
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("{BOARD}/signed-in")),
    ] {
        assert_eq!(asked[name], expected);
    }
    assert!(asked["code_challenge"].len() == 43 && asked["state"].len() == 43 && asked["nonce"].len() == 43);
    let mut state = server.state.lock().unwrap();
    let code = format!("code-{}", state.asked.len());
    let back = format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]);
    state.asked.insert(code, asked);
    (StatusCode::FOUND, [(header::LOCATION, back)]).into_response()
}

async fn token(State(server): State<SignInServer>, body: Bytes) -> Response {
    let form = fields(&body);
    let mut state = server.state.lock().unwrap();
    if state.is_broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let client = form["client_id"].clone();
    let mut claims = claims(&client, &state.groups);
    if form["grant_type"] == "refresh_token" {
        let refresh = &form["refresh_token"];
        if state.refresh.get(refresh) != Some(&client) || state.revoked.contains(refresh) {
            return refusal("invalid_grant");
        }
        return json!({ "id_token": server.token(&claims) }).to_string().into_response();
    }
    let Some(asked) = state.asked.remove(&form["code"]) else { return refusal("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    if asked["code_challenge"] != challenge
        || asked["client_id"] != client
        || asked["redirect_uri"] != form["redirect_uri"]
    {
        return refusal("invalid_grant");
    }
    claims["nonce"] = state.nonce.clone().unwrap_or(asked["nonce"].clone()).into();
    let refresh = format!("refresh-{}", state.refresh.len());
    state.refresh.insert(refresh.clone(), client);
    json!({ "id_token": server.token(&claims), "refresh_token": refresh }).to_string().into_response()
}

/// It sends the browser to an address that is registered alone.
async fn logout(RawQuery(query): RawQuery) -> Response {
    let asked = fields(query.unwrap_or_default().as_bytes());
    let to = format!("{BOARD}/signed-out");
    if asked.get("client_id").is_none_or(|client| client != PEOPLE) || asked.get("logout_uri") != Some(&to) {
        return refusal("invalid_request");
    }
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

async fn revoke(State(server): State<SignInServer>, body: Bytes) -> Response {
    let form = fields(&body);
    server.state.lock().unwrap().revoked.insert(form["token"].clone());
    StatusCode::OK.into_response()
}
