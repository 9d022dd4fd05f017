//! The head of a Markdown file between `---` lines: names and values, one below the other.
//!
//! The files people share are seldom YAML to the letter (colons and quotes stand in unquoted text), and a reader that
//! insists on it would refuse them whole. So a name at the left margin begins a value, and everything up to the next
//! such name belongs to it; what no one asks for is passed over.

/// The values of a head, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    fields: Vec<Field>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Field {
    name: String,
    /// The value on the line of the name and, joined, what follows it.
    text: String,
    /// Entries of a list below the name.
    items: Vec<String>,
    /// Names and values below the name.
    pairs: Vec<(String, String)>,
    fold: Fold,
}

/// How the lines of a text are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fold {
    #[default]
    Words,
    Lines,
}

/// Takes a file apart: its head, and what stands behind it. Without a head everything is behind it.
pub(crate) fn split(text: &str) -> (FrontMatter, &str) {
    let text = text.trim_start_matches('\u{feff}');
    match front(text) {
        Some((head, body)) => (FrontMatter::parse(head), body),
        None => (FrontMatter::default(), text),
    }
}

fn front(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    // A head may be empty.
    let (head, body) = match rest.strip_prefix("---") {
        Some(body) => ("", body),
        None => rest.split_once("\n---")?,
    };
    Some((head, body.trim_start_matches(['-', '\r', '\n'])))
}

impl FrontMatter {
    fn parse(head: &str) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        for line in head.lines().map(str::trim_end) {
            let is_indented = line.starts_with([' ', '\t']);
            if let Some((name, value)) = pair(line).filter(|_| !is_indented) {
                fields.push(Field::new(name, value));
            } else if let Some(field) = fields.last_mut() {
                field.take(line.trim(), is_indented);
            }
        }
        Self { fields }
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// A value as text; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.field(name).map(|field| unquoted(field.text.trim())).unwrap_or_default()
    }

    /// The first of these names that has a value as text.
    pub(crate) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().map(|name| self.text(name)).find(|text| !text.is_empty())
    }

    /// A value as a list: entries below the name, `[a, b]`, or texts between commas. `None` without the name.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let field = self.field(name)?;
        if !field.items.is_empty() {
            return Some(field.items.iter().map(|item| unquoted(item)).collect());
        }
        let text = unquoted(field.text.trim());
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&text);
        Some(between_commas(inner))
    }

    /// The names and values below a name.
    pub(crate) fn pairs(&self, name: &str) -> &[(String, String)] {
        self.field(name).map_or(&[], |field| &field.pairs)
    }
}

impl Field {
    fn new(name: &str, value: &str) -> Self {
        let value = value.trim();
        let is_block = |sign| value.strip_prefix(sign).is_some_and(|rest: &str| rest.len() <= 2);
        let fold = if is_block('|') { Fold::Lines } else { Fold::Words };
        let text = if is_block('|') || is_block('>') { String::new() } else { without_comment(value) };
        Self { name: name.to_owned(), text, fold, ..Self::default() }
    }

    /// Takes a line below the name.
    fn take(&mut self, line: &str, is_indented: bool) {
        if self.text.is_empty() {
            if let Some(item) = line.strip_prefix("- ") {
                return self.items.push(without_comment(item.trim()));
            }
            if let Some((name, value)) = pair(line).filter(|_| is_indented) {
                return self.pairs.push((name.to_owned(), unquoted(&without_comment(value.trim()))));
            }
            if line.starts_with('#') {
                return;
            }
        }
        if !self.text.is_empty() {
            self.text.push(if self.fold == Fold::Lines || line.is_empty() { '\n' } else { ' ' });
        }
        self.text.push_str(line);
    }
}

/// `name: value`, where the name is one word.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start().split_once(':')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*');
    let is_name = !name.is_empty() && name.chars().all(is_word);
    (is_name && (value.is_empty() || value.starts_with([' ', '\t']))).then_some((name, value))
}

/// A value without the comment behind it; in quotes a `#` is none.
fn without_comment(value: &str) -> String {
    if value.starts_with(['"', '\'']) {
        return value.to_owned();
    }
    let text = if value.starts_with('#') { "" } else { value.split(" #").next().unwrap_or_default() };
    text.trim_end().to_owned()
}

/// A value without its quotes; in double ones `\n`, `\t`, `\"` and `\\` mean what they say.
fn unquoted(value: &str) -> String {
    if let Some(inner) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.replace("''", "'");
    }
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

/// The texts between commas that stand in no parentheses.
fn between_commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_u32;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _other => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().map(|part| unquoted(part.trim())).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        let text = "\u{feff}---\n# a comment\nname: plain words # why\nquoted: \"a \\\"b\\\"\\nc: d\"\nsingle: 'it''s'\n\
                    folded: >-\n  one\n  two\n\n  three\nlines: |\n  one\n  two\nloose: Use it when: x. user: \"go\"\n\
                    <example>\nContinued\nlist:\n  - a # x\n  - \"b\"\nflat:\n- c\n- d\ncommas: A, B(x, y), C\n\
                    flow: [e, 'f',\n  g]\nmap:\n  write: false\n  edit: deny\nempty:\n---\n\nBody\n---\n";
        let (head, body) = split(text);
        let texts = ["name", "quoted", "single", "folded", "lines", "loose", "empty", "none"];
        let read: Vec<String> = texts.iter().map(|name| head.text(name)).collect();
        let expected = [
            "plain words",
            "a \"b\"\nc: d",
            "it's",
            "one two\n three",
            "one\ntwo",
            "Use it when: x. user: \"go\" <example> Continued",
            "",
            "",
        ];
        assert_eq!(read, expected);
        let list = |name: &str| head.list(name).map(|items| items.join("|"));
        assert_eq!(list("list").as_deref(), Some("a|b"));
        assert_eq!(list("flat").as_deref(), Some("c|d"));
        assert_eq!(list("commas").as_deref(), Some("A|B(x, y)|C"));
        assert_eq!(list("flow").as_deref(), Some("e|f|g"));
        assert_eq!((list("empty").as_deref(), list("none")), (Some(""), None));
        let pairs: Vec<_> = head.pairs("map").iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["write=false", "edit=deny"]);
        assert_eq!(body, "Body\n---\n");
        assert_eq!(split("no head").1, "no head");
        assert_eq!(split("---\n---\nbody").1, "body");
    }
}
