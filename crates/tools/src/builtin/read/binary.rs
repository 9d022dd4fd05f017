//! What is said of a file that is no text: its type, its size, and the pixels of an image.

use crate::text::human;

/// One sentence on a file of `bytes` bytes that begins with `head`.
pub(super) fn describe(path: &str, head: &[u8], bytes: u64) -> String {
    let size = human(bytes);
    if let Ok(pixels) = imagesize::blob_size(head) {
        let kind = infer::get(head).map_or("image", |kind| kind.mime_type());
        return format!(
            "`{path}` is an image ({kind}, {} × {} pixels, {size}), which cannot be shown here.",
            pixels.width, pixels.height
        );
    }
    if let Some(encoding) = wide_encoding(head) {
        return format!(
            "`{path}` is text in {encoding} ({size}), not UTF-8. Convert a copy with `iconv` to read it."
        );
    }
    let kind = infer::get(head).map_or("unknown type", |kind| kind.mime_type());
    format!("`{path}` is a binary file ({kind}, {size}), which is not shown as text.")
}

fn wide_encoding(head: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 4] = [
        (&[0xff, 0xfe, 0, 0], "UTF-32 (little endian)"),
        (&[0, 0, 0xfe, 0xff], "UTF-32 (big endian)"),
        (&[0xff, 0xfe], "UTF-16 (little endian)"),
        (&[0xfe, 0xff], "UTF-16 (big endian)"),
    ];
    marks.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, encoding)| *encoding)
}

/// Whether a file that begins with `head` is no text: it holds a NUL byte, or the mark of a wide encoding.
pub(super) fn is_binary(head: &[u8]) -> bool {
    memchr::memchr(0, head).is_some() || wide_encoding(head).is_some()
}
