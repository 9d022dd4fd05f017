//! A client which hides nothing: a request written to a socket, every byte of the answer as it came.

use headwater_testkit::ModelServer;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// An answer as it came over the socket.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    /// The body with its chunks joined.
    pub(super) body: Vec<u8>,
    /// The chunks of the body, one by one.
    pub(super) chunks: Vec<Vec<u8>>,
    /// Whether the body ended as HTTP says it must.
    pub(super) is_whole: bool,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The data of the events, `[DONE]` left out.
    pub(super) fn events(&self) -> Vec<Value> {
        let text = self.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    /// The deltas of one field of the first choice.
    pub(super) fn deltas(&self, field: &str) -> Vec<String> {
        let deltas = self.events().into_iter().map(|event| event["choices"][0]["delta"][field].clone());
        deltas
            .filter_map(|delta| delta.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned))
            .collect()
    }
}

/// A usual streaming request.
pub(super) fn streaming() -> Value {
    json!({
        "model": "m",
        "stream": true,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "hello"}],
    })
}

/// Sends a request of which the connection is not used again, without reading anything.
pub(super) fn open(server: &ModelServer, body: &Value) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(headwater_testkit::DEADLINE)).unwrap();
    let request = request("POST /v1/chat/completions", &body.to_string(), "close");
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

pub(super) fn request(line: &str, body: &str, connection: &str) -> String {
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nhost: x\r\nx-Test: Yes\r\nconnection: {connection}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Posts a body to a path of this address, with a key, and reads the answer.
pub(super) fn post_at(address: SocketAddr, path: &str, body: &str) -> Answer {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(headwater_testkit::DEADLINE)).unwrap();
    let line = format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-secret");
    let length = body.len();
    let request = format!("{line}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    socket.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    parse(&bytes).unwrap()
}

/// Sends a request and reads until the server closes the connection; none when it closed without a byte.
pub(super) fn ask(server: &ModelServer, body: &Value) -> Option<Answer> {
    let mut socket = open(server, body);
    let mut bytes = Vec::new();
    // A server that cuts may reset the connection: what came before is what counts.
    socket.read_to_end(&mut bytes).ok();
    parse(&bytes)
}

pub(super) fn get(server: &ModelServer, path: &str) -> Answer {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.write_all(request(&format!("GET {path}"), "", "close").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    parse(&bytes).unwrap()
}

/// Reads from a kept-open socket until `needle` has come.
pub(super) fn read_until(socket: &mut TcpStream, needle: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.windows(needle.len()).any(|window| window == needle) {
        socket.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    bytes
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = &bytes[end + 4..];
    let (chunks, is_whole) =
        if head.contains("transfer-encoding: chunked") { dechunk(body) } else { (vec![body.to_vec()], true) };
    Some(Answer { status, head, body: chunks.concat(), chunks, is_whole })
}

fn dechunk(mut rest: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut chunks = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        rest = &rest[line + 2..];
        if size == 0 {
            return (chunks, true);
        }
        chunks.push(rest[..size.min(rest.len())].to_vec());
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (chunks, false)
}
