//! A browser: it gets a page, and goes where it is sent.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use url::Url;

use crate::DEADLINE;

/// What a browser was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it is sent.
    pub location: Option<String>,
    /// The text.
    pub text: String,
}

/// Gets a page of this machine, and stays there.
#[track_caller]
pub fn browse(address: &str) -> Page {
    let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    assert_eq!(host, "127.0.0.1", "only this machine is browsed: {address}");
    let mut stream = TcpStream::connect((host, port)).unwrap_or_else(|error| panic!("{address}: {error}"));
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let request =
        format!("GET {}{query} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap_or_else(|error| panic!("{address}: {error}"));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    });
    Page { status: status.unwrap_or_else(|| panic!("no answer: {answer}")), location, text: text.to_owned() }
}

/// A parameter of an address.
#[track_caller]
pub fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    let found = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| panic!("no {name} in {address}"))
}

/// Logs in at a page, as a person who agrees does; what the page shows that the browser is sent back to.
#[track_caller]
pub fn log_in(page: &str) -> Page {
    let sent = browse(page);
    let location = sent.location.clone().unwrap_or_else(|| panic!("no way back from the login: {sent:?}"));
    browse(&location)
}
