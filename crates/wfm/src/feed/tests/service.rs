//! A service of JSON that counts its calls and rejects them as a test wants.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::rta::{Client, JsonAccount};

#[derive(Default)]
struct State {
    /// The status of every answer, if it is none of success.
    status: Option<u16>,
    /// The status of answers to calls that name these agents.
    rejected: BTreeMap<String, u16>,
    /// The user names of each call.
    calls: Vec<Vec<String>>,
    /// The last description of each user name.
    states: BTreeMap<String, String>,
}

pub(super) struct Service {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Service {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        // It ends with the process.
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                answer(connection.unwrap(), &shared);
            }
        });
        Self { url, state }
    }

    pub(super) fn client(&self) -> Client {
        Client::json(JsonAccount::from_json(&format!(r#"{{"url":"{}"}}"#, self.url)).unwrap()).unwrap()
    }

    /// Answers everything with this status from now on, or nothing so.
    pub(super) fn rejects_all(&self, status: Option<u16>) {
        self.state.lock().unwrap().status = status;
    }

    /// Rejects calls that name this agent from now on, or takes them again.
    pub(super) fn rejects(&self, name: &str, status: Option<u16>) {
        let rejected = &mut self.state.lock().unwrap().rejected;
        match status {
            Some(status) => drop(rejected.insert(name.to_owned(), status)),
            None => drop(rejected.remove(name)),
        }
    }

    /// The description of this agent's last state.
    pub(super) fn last_state(&self, name: &str) -> String {
        self.state.lock().unwrap().states[name].clone()
    }

    /// How many states the calls since the last look had.
    pub(super) fn calls(&self) -> Vec<usize> {
        std::mem::take(&mut self.state.lock().unwrap().calls).iter().map(Vec::len).collect()
    }
}

fn answer(mut connection: TcpStream, state: &Mutex<State>) {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    let body = loop {
        let read = connection.read(&mut chunk).unwrap();
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split_once("content-length: ").unwrap().1.lines().next().unwrap().to_owned();
            if body.len() >= length.parse::<usize>().unwrap() {
                break body.to_owned();
            }
        }
        assert!(read > 0, "the request ends early");
    };
    let body: Value = serde_json::from_str(&body).unwrap();
    let text = |state: &Value, member: &str| state[member].as_str().unwrap().to_owned();
    let states = body["states"].as_array().unwrap();
    let names: Vec<_> = states.iter().map(|state| text(state, "userCode")).collect();
    let code = {
        let mut service = state.lock().unwrap();
        let rejected = names.iter().find_map(|name| service.rejected.get(name)).copied();
        service.calls.push(names);
        let shown = states.iter().map(|state| (text(state, "userCode"), text(state, "stateDescription")));
        service.states.extend(shown);
        service.status.or(rejected).unwrap_or(200)
    };
    let answer = format!("HTTP/1.1 {code} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    connection.write_all(answer.as_bytes()).unwrap();
}
