//! A folder with a database in which the program is run.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

pub const PASSWORD: &str = "correct horse battery";

/// The HTTP client. The library does not choose a cryptography provider by itself.
pub fn client() -> reqwest::Client {
    // Already set if another test of this process came first.
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A separate folder for each test.
pub struct Folder {
    place: tempfile::TempDir,
    /// A database other than `reparto.db` in the folder.
    database: Option<String>,
    /// The umask of the program, in octal.
    umask: Option<&'static str>,
}

impl Folder {
    pub fn new() -> Self {
        Self { place: tempfile::tempdir().unwrap(), database: None, umask: None }
    }

    /// A folder that uses this database.
    pub fn on(url: impl Into<String>) -> Self {
        Self { database: Some(url.into()), ..Self::new() }
    }

    /// The program runs with this umask.
    pub fn with_umask(self, umask: &'static str) -> Self {
        Self { umask: Some(umask), ..self }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// The program in this folder, on its database, without settings from the environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_reparto");
        let mut command = match self.umask {
            None => Command::new(program),
            Some(umask) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\""), program]);
                shell
            }
        };
        command.args(args).env_clear().current_dir(self.place.path());
        if let Some(url) = &self.database {
            command.env("REPARTO_DATABASE_URL", url);
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that does not read its input closes it, which is not a failure.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Fills the database with demo accounts and opportunities, and nothing that was done about them.
    pub fn demo(&self, opportunities: u32) {
        self.demo_with(opportunities, &["--no-history"]);
    }

    pub fn demo_with(&self, opportunities: u32, more: &[&str]) {
        let n = opportunities.to_string();
        let args = ["demo", "--opportunities", &n, "--agents", "4", "--until", "2025-06-01", "--password-stdin"];
        self.run_with(&[&args, more].concat(), PASSWORD).succeeded();
    }

    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(&self, more: &[&str]) -> Server {
        self.serve_as(&[&["--log", "warn"], more].concat(), Stdio::inherit())
    }

    /// Runs it with its log in a file.
    pub fn serve_logging(&self, log: &Path, more: &[&str]) -> Server {
        self.serve_as(more, Stdio::from(std::fs::File::create(log).unwrap()))
    }

    fn serve_as(&self, more: &[&str], log: Stdio) -> Server {
        let unlimited: &[&str] = if more.contains(&"--rate-limit") { &[] } else { &["--rate-limit", "off"] };
        let args = [&["serve", "--listen", "127.0.0.1:0"], unlimited, more].concat();
        let mut child = self.command(&args).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("the address is printed").unwrap();
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Server { child, url, lines: Box::new(lines.map_while(Result::ok)) }
    }
}

/// The result of a run.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        self.ended(0)
    }
}

/// A service that listens on a free port; stopped with its test.
pub struct Server {
    pub child: Child,
    pub url: String,
    /// Its output after its address.
    pub lines: Box<dyn Iterator<Item = String> + Send>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Kills it with SIGKILL and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn sign_in(&self, email: &str) -> Client {
        let http = client();
        let answer = http
            .post(format!("{}/api/auth/login", self.url))
            .json(&json!({ "email": email, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Client { http, token, url: self.url.clone() }
    }
}

/// A signed-in client.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    token: String,
    url: String,
}

impl Client {
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same token with another service.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// The text of a response in English.
    pub async fn text(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = request.header("accept-language", "en").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a file.
    pub async fn send_file(&self, path: &str, file: Vec<u8>) -> Value {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = request.header("content-type", "application/octet-stream").body(file).send().await.unwrap();
        let (status, answer) = (answer.status(), answer.json().await.unwrap());
        assert!(status.is_success(), "{status}: {answer}");
        answer
    }

    /// The status of the response.
    pub async fn status(&self, path: &str, body: &Value) -> u16 {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        request.send().await.unwrap().status().as_u16()
    }

    /// The body of the response, if it was complete.
    pub async fn post(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.ok()?;
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.json().await.ok()
    }
}
