//! The rows of tables and of lists of objects, a page at a time.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value, json};

use super::formats::{Format, delimiter};

/// Bytes of the text that one page reads, about.
const PAGE: usize = 4 << 20;

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Values with this delimiter, the first line naming them.
    Csv(u8),
    /// A list, or one object.
    Json,
    /// One value a line.
    JsonLines,
    /// Lines of `key: value || key: value`.
    Pairs,
}

/// Some rows.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// The rows, each an object.
    pub(crate) rows: Vec<Value>,
    /// Where a row is bad, as a byte of the text, and why.
    pub(crate) bad: Vec<(usize, String)>,
    /// The byte where the next page begins; `None` behind the last.
    pub(crate) next: Option<usize>,
}

impl Form {
    /// The form that `wanted` names, or the one that the text seems to have.
    pub(crate) fn of(wanted: &str, name: Option<&str>, text: &str) -> Result<Self, String> {
        match wanted {
            "csv" => Ok(Self::Csv(delimiter(text).unwrap_or(b','))),
            "tsv" => Ok(Self::Csv(b'\t')),
            "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::JsonLines),
            "pairs" => Ok(Self::Pairs),
            "auto" => Self::guess(Format::guess(name, text)),
            other => Err(format!("`{other}` is no format of rows: csv, tsv, json, jsonl, pairs, auto are")),
        }
    }

    fn guess(format: Format) -> Result<Self, String> {
        match format {
            Format::Csv(delimiter) => Ok(Self::Csv(delimiter)),
            Format::Json => Ok(Self::Json),
            Format::JsonLines => Ok(Self::JsonLines),
            Format::Pairs => Ok(Self::Pairs),
            Format::Markdown | Format::Diff | Format::Log | Format::Code(_) | Format::Text => Err(format!(
                "this looks like {}, not like rows: give fmt='csv', 'tsv', 'json', 'jsonl' or 'pairs', or use find_all \
                 with groups",
                format.name()
            )),
        }
    }

    /// Its name, as [`Form::of`] takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv(b'\t') => "tsv",
            Self::Csv(_) => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Pairs => "pairs",
        }
    }
}

/// The page that begins at byte `after`, 0 for the first.
pub(crate) fn read(text: &str, form: Form, after: usize) -> Result<Page, String> {
    match form {
        Form::Csv(delimiter) => read_csv(text, delimiter, after),
        Form::Json => Ok(read_json(text, after)),
        Form::JsonLines => Ok(read_lines(text, after, json_line)),
        Form::Pairs => Ok(read_lines(text, after, pairs)),
    }
}

fn read_csv(text: &str, delimiter: u8, after: usize) -> Result<Page, String> {
    let reader = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(rest)
    };
    let mut head = reader(0);
    let mut record = StringRecord::new();
    head.read_record(&mut record).map_err(|error| error.to_string())?;
    let names = column_names(&record);
    let from = after.max(offset(head.position()));
    let (mut rows, mut page) = (reader(from), Page::default());
    loop {
        let at = offset(rows.position());
        if at >= PAGE && !rows.is_done() {
            page.next = Some(from + at);
            return Ok(page);
        }
        match rows.read_record(&mut record) {
            Ok(false) => return Ok(page),
            Ok(true) if record.len() == names.len() => page.rows.push(object(&names, &record)),
            Ok(true) => {
                let at = from + record.position().map_or(at, offset);
                page.bad.push((at, format!("{} values, not {}", record.len(), names.len())));
            }
            Err(error) => page.bad.push((from + at, error.to_string())),
        }
    }
}

fn offset(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

/// The names of the columns; a nameless one gets its number, and no name comes twice.
fn column_names(header: &StringRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}').trim();
        let is_free = !name.is_empty() && !names.iter().any(|known| known == name);
        names.push(if is_free { name.to_owned() } else { format!("{name}_{}", index + 1) });
    }
    names
}

fn object(names: &[String], record: &StringRecord) -> Value {
    names.iter().cloned().zip(record.iter().map(Value::from)).collect::<Map<_, _>>().into()
}

/// The elements of a list, or the one value there is.
fn read_json(text: &str, after: usize) -> Page {
    let mut page = Page::default();
    let begins = text.len() - text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).len();
    let is_list = text.get(begins..).is_some_and(|rest| rest.starts_with('['));
    let first = if is_list { begins + 1 } else { begins };
    let mut at = after.max(first);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let value = rest.trim_start_matches([' ', '\n', '\r', '\t', ',']);
        at += rest.len() - value.len();
        if value.is_empty() || value.starts_with(']') {
            return page;
        }
        if at >= after.saturating_add(PAGE) {
            page.next = Some(at);
            return page;
        }
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        match values.next() {
            Some(Ok(found)) => page.rows.push(as_object(found)),
            Some(Err(error)) => {
                page.bad.push((at, error.to_string()));
                return page;
            }
            None => return page,
        }
        at += values.byte_offset();
    }
}

/// The rows of a text that has one a line.
fn read_lines(text: &str, after: usize, row: fn(&str) -> Result<Value, String>) -> Page {
    let (mut page, mut at) = (Page::default(), after);
    for line in text.get(after..).unwrap_or_default().split_inclusive('\n') {
        if at >= after.saturating_add(PAGE) {
            page.next = Some(at);
            return page;
        }
        let trimmed = line.trim().trim_start_matches('\u{feff}');
        if !trimmed.is_empty() {
            match row(trimmed) {
                Ok(row) => page.rows.push(row),
                Err(why) => page.bad.push((at, why)),
            }
        }
        at += line.len();
    }
    page
}

fn json_line(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map(as_object).map_err(|error| error.to_string())
}

fn as_object(value: Value) -> Value {
    if value.is_object() { value } else { json!({ "value": value }) }
}

fn pairs(line: &str) -> Result<Value, String> {
    let pair = |part: &str| {
        let (key, value) = part.split_once(':')?;
        Some((key.trim().to_owned(), Value::from(value.trim())))
    };
    let parts: Option<Map<String, Value>> = line.split("||").map(pair).collect();
    parts.map(Value::from).ok_or_else(|| "a part has no `key: value`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_each_form() {
        let table = [
            (
                "csv",
                "a,b\n1,\"x, y\"\n2,\"l\nm\"\n",
                json!([{"a": "1", "b": "x, y"}, {"a": "2", "b": "l\nm"}]),
            ),
            ("csv", "\u{feff}a;;a\n1;2;3\n", json!([{"a": "1", "_2": "2", "a_3": "3"}])),
            ("tsv", "a\tb\n1\t2\n", json!([{"a": "1", "b": "2"}])),
            ("csv", "a,b\n", json!([])),
            ("json", " [{\"a\": 1}, {\"a\": [2]} ,3]\n", json!([{"a": 1}, {"a": [2]}, {"value": 3}])),
            ("json", "{\"a\": 1}", json!([{"a": 1}])),
            ("json", "[]", json!([])),
            ("jsonl", "{\"a\": 1}\n\n[2]\n", json!([{"a": 1}, {"value": [2]}])),
            (
                "pairs",
                "Date: Nov 1 || User: é || Text: a: b\n",
                json!([{"Date": "Nov 1", "User": "é", "Text": "a: b"}]),
            ),
        ];
        for (form, text, expected) in table {
            let form = Form::of(form, None, text).unwrap();
            let page = read(text, form, 0).unwrap();
            assert_eq!((Value::from(page.rows), page.bad, page.next), (expected, vec![], None), "{text}");
        }
    }

    #[test]
    fn bad_rows_are_told_with_their_place() {
        let table: [(&str, &str, usize, &[usize]); 4] = [
            ("csv", "a,b\n1\n1,2\n1,2,3\n", 1, &[4, 10]),
            ("jsonl", "{\"a\": 1}\n{\"a\": \n", 1, &[9]),
            ("json", "[{\"a\": 1}, {\"a\": }]", 1, &[11]),
            ("pairs", "Header\na: 1 || b: 2\n", 1, &[0]),
        ];
        for (form, text, rows, bad) in table {
            let page = read(text, Form::of(form, None, text).unwrap(), 0).unwrap();
            let places: Vec<usize> = page.bad.iter().map(|(at, _)| *at).collect();
            assert_eq!((page.rows.len(), places.as_slice()), (rows, bad), "{text}");
        }
    }

    #[test]
    fn pages_join_to_all_rows() {
        let filler = "x".repeat(1 << 20);
        let line = |number: usize| match number % 2 {
            0 => format!("{number},{filler}"),
            _ => format!("{number},\"{filler}\n{filler}\""),
        };
        let csv = format!("n,text\n{}\n", (0..9).map(line).collect::<Vec<_>>().join("\n"));
        let object = |number: usize| json!({"n": number.to_string(), "text": filler}).to_string();
        let objects: Vec<String> = (0..9).map(object).collect();
        let table = [
            ("csv", csv),
            ("json", format!("[{}]", objects.join(",\n"))),
            ("jsonl", objects.join("\n")),
            (
                "pairs",
                (0..9).map(|number| format!("n: {number} || text: {filler}")).collect::<Vec<_>>().join("\n"),
            ),
        ];
        for (form, text) in table {
            let form = Form::of(form, None, &text).unwrap();
            let (mut numbers, mut after, mut pages) = (Vec::new(), Some(0), 0);
            while let Some(at) = after {
                let page = read(&text, form, at).unwrap();
                numbers.extend(page.rows.iter().map(|row| row["n"].as_str().unwrap().to_owned()));
                assert_eq!(page.bad, [], "{form:?}");
                after = page.next;
                pages += 1;
            }
            assert_eq!(numbers, (0..9).map(|number| number.to_string()).collect::<Vec<_>>(), "{form:?}");
            assert!(pages > 1, "{form:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert!(Form::of("auto", None, "just words\n").unwrap_err().contains("looks like text"));
        assert!(Form::of("xml", None, "").unwrap_err().contains("`xml`"));
        assert_eq!(Form::of("auto", Some("a.csv"), "a;b\n1;2\n"), Ok(Form::Csv(b';')));
    }
}
