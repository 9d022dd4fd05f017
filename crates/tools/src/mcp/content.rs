//! What a server answers, as a result: text for the model, everything else stored and named.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use headwater_protocol::tool::Blob;
use headwater_protocol::{ToolContext, ToolOutcome};
use serde_json::{Value, json};

use super::words;
use crate::blobs;
use crate::report::cap_of;
use crate::text::{Omitted, excerpt, human, plain};

/// The most images and other attachments of one answer that are stored.
const MOST_ATTACHMENTS: usize = 32;
/// The most bytes of them together.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What is said besides the text itself: room that the text must leave, in bytes.
const SAID_BYTES: usize = 400;
/// The largest structured answer that the screen gets to draw, in bytes.
const MOST_DRAWN: usize = 64 * 1024;
/// The longest name of a thing in an answer, in bytes.
const LONGEST_NAME: usize = 300;

/// What is made of an answer, part by part.
struct Made<'a> {
    context: &'a ToolContext,
    parts: Vec<String>,
    blobs: Vec<Blob>,
    stored: usize,
}

/// The result of a call that was answered.
pub(super) fn outcome(
    answer: &Value,
    (server, tool): (&str, &str),
    context: &ToolContext,
) -> io::Result<ToolOutcome> {
    let mut made = Made { context, parts: Vec::new(), blobs: Vec::new(), stored: 0 };
    for part in answer.get("content").and_then(Value::as_array).into_iter().flatten() {
        made.take(part)?;
    }
    let structured = answer.get("structuredContent").filter(|value| !value.is_null());
    if let Some(structured) = structured
        && !made.says(structured)
    {
        let text = serde_json::to_string_pretty(structured).unwrap_or_default();
        made.parts.push(plain(text.as_bytes()).text);
    }
    let is_error = answer.get("isError").and_then(Value::as_bool).unwrap_or_default();
    if made.parts.is_empty() {
        let nothing = if is_error { "The tool failed and says nothing." } else { "[the answer is empty]" };
        made.parts.push(nothing.to_owned());
    }
    let text = made.text()?;
    let drawn = structured.filter(|value| super::json_bytes(value) <= MOST_DRAWN);
    let data = json!({ "kind": "mcp", "server": server, "tool": tool, "structured": drawn });
    Ok(ToolOutcome { is_error, blobs: made.blobs, data, ..ToolOutcome::text(text) })
}

impl Made<'_> {
    fn take(&mut self, part: &Value) -> io::Result<()> {
        let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "text" => self.parts.push(plain(text("text").as_bytes()).text),
            kind @ ("image" | "audio") => {
                let mime = words::line(text("mimeType"), LONGEST_NAME);
                self.attach(&format!("{kind} {mime}"), text("data"))?;
            }
            "resource" => self.resource(part.get("resource").unwrap_or(&Value::Null))?,
            "resource_link" => {
                let description = words::line(text("description"), LONGEST_NAME);
                let uri = words::line(text("uri"), LONGEST_NAME);
                let name = words::line(text("name"), LONGEST_NAME);
                self.parts.push(format!("[link: {name} {uri} {description}]"));
            }
            other => self.parts.push(format!("[of a kind that is not known: {}]", words::line(other, 60))),
        }
        Ok(())
    }

    fn resource(&mut self, resource: &Value) -> io::Result<()> {
        let text = |name: &str| resource.get(name).and_then(Value::as_str);
        let uri = words::line(text("uri").unwrap_or_default(), LONGEST_NAME);
        match (text("text"), text("blob")) {
            (Some(content), _) => {
                self.parts.push(format!("[resource {uri}]\n{}", plain(content.as_bytes()).text));
                Ok(())
            }
            (None, Some(blob)) => {
                let mime = words::line(text("mimeType").unwrap_or_default(), LONGEST_NAME);
                self.attach(&format!("resource {uri} {mime}"), blob)
            }
            (None, None) => {
                self.parts.push(format!("[resource {uri}, empty]"));
                Ok(())
            }
        }
    }

    /// Stores what is no text, and says where it is.
    fn attach(&mut self, what: &str, encoded: &str) -> io::Result<()> {
        let what = what.trim();
        let Ok(bytes) = BASE64_STANDARD.decode(encoded.trim()) else {
            self.parts.push(format!("[{what}: cannot be decoded]"));
            return Ok(());
        };
        self.stored = self.stored.saturating_add(bytes.len());
        let size = human(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.blobs.len() >= MOST_ATTACHMENTS || self.stored > MOST_BYTES {
            self.parts.push(format!("[{what}, {size}: left out, there is too much of it]"));
            return Ok(());
        }
        let pixels = imagesize::blob_size(&bytes).map(|size| format!(", {}×{}", size.width, size.height));
        let blob = blobs::attach(self.context, self.blobs.len(), &bytes)?;
        let pixels = pixels.unwrap_or_default();
        self.parts.push(format!("[{what}, {size}{pixels}: stored as {}{}]", blobs::PREFIX, blob.id));
        self.blobs.push(blob);
        Ok(())
    }

    /// Whether a text says already what the structured answer says.
    fn says(&self, structured: &Value) -> bool {
        self.parts
            .iter()
            .any(|part| serde_json::from_str::<Value>(part).is_ok_and(|value| value == *structured))
    }

    /// All parts; of too long a text the beginning and the end, and where the rest is.
    fn text(&mut self) -> io::Result<String> {
        let whole = self.parts.join("\n");
        let room = cap_of(self.context).saturating_sub(SAID_BYTES);
        if whole.len() <= room {
            return Ok(whole);
        }
        let (lines, bytes) = (whole.lines().count(), whole.len());
        std::fs::write(blobs::file_for(self.context)?, &whole)?;
        let blob = blobs::record(self.context)?;
        let pointer = format!("{}{}", blobs::PREFIX, blob.id);
        self.blobs.push(blob);
        let omitted = Omitted {
            lines: u64::try_from(lines).unwrap_or(u64::MAX),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            pointer: &pointer,
        };
        Ok(excerpt(&whole, &whole, room, &omitted))
    }
}
