//! Frames to the worker: four bytes of length, big endian, then JSON, or the bytes of a text of the context.

use std::io;

use headwater_protocol::corpus::SharedText;
use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe::Sender;
use tokio::sync::mpsc;

/// The largest frame, in bytes (RECURSIVE §6.5).
pub(crate) const LARGEST_FRAME: usize = 64 << 20;
/// Texts travel in pieces of this size, in bytes: as much as a pipe holds.
const PIECE: usize = 1 << 20;
/// Frames that may wait to be written. A worker that reads none of so many is broken.
const WAITING_FRAMES: usize = 1024;

/// Something to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message, as a whole frame.
    Message(Vec<u8>),
    /// Texts, one after the other, each in as many frames as it needs.
    Texts(Vec<SharedText>),
}

impl Outgoing {
    /// A message as a frame.
    pub(crate) fn message(message: &impl Serialize) -> Result<Self, String> {
        let mut frame = vec![0; 4];
        serde_json::to_writer(&mut frame, message).map_err(|error| error.to_string())?;
        let length = frame.len().saturating_sub(4);
        if length > LARGEST_FRAME {
            return Err("this is more than 64 MB, the most that can be passed to a block at once".to_owned());
        }
        let length = u32::try_from(length).map_err(|error| error.to_string())?;
        for (place, byte) in frame.iter_mut().zip(length.to_be_bytes()) {
            *place = byte;
        }
        Ok(Self::Message(frame))
    }
}

/// Writes what comes through the channel in a task of its own, so that a worker that does not read holds up nobody. The
/// task ends with the channel or the pipe.
pub(crate) fn spawn_writer(mut pipe: Sender) -> mpsc::Sender<Outgoing> {
    let (sender, mut waiting) = mpsc::channel::<Outgoing>(WAITING_FRAMES);
    tokio::spawn(async move {
        while let Some(outgoing) = waiting.recv().await {
            if let Err(error) = write(&mut pipe, outgoing).await {
                tracing::debug!(%error, "the worker reads no more");
                return;
            }
        }
    });
    sender
}

async fn write(pipe: &mut Sender, outgoing: Outgoing) -> io::Result<()> {
    match outgoing {
        Outgoing::Message(frame) => pipe.write_all(&frame).await,
        Outgoing::Texts(texts) => {
            for text in texts {
                for piece in text.as_bytes().chunks(PIECE) {
                    let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
                    pipe.write_all(&length.to_be_bytes()).await?;
                    pipe.write_all(piece).await?;
                }
            }
            Ok(())
        }
    }
}
