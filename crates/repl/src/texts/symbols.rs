//! The definitions of a program's text and the keys of a JSON text, read by the grammars of tree-sitter.

use std::ops::Range;

use tree_sitter::{Node, Parser, TreeCursor};

use super::pieces::MOST_ROWS;

/// The longest title, in characters.
const TITLE: usize = 100;
/// The deepest definition that is kept.
const DEPTH: usize = 4;

/// A language with a grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// C, and headers.
    C,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript, with its elements in angle brackets.
    JavaScript,
    /// JSON, whose keys count as definitions.
    Json,
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// TypeScript with elements in angle brackets.
    Tsx,
    /// TypeScript.
    TypeScript,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// 1 for what is defined at the top.
    pub(crate) depth: usize,
    /// Its text up to its body.
    pub(crate) title: String,
}

impl Language {
    /// The language of files with this ending.
    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "c" | "h" => Self::C,
            "go" => Self::Go,
            "java" => Self::Java,
            "js" | "jsx" | "mjs" | "cjs" => Self::JavaScript,
            "py" | "pyi" => Self::Python,
            "rs" => Self::Rust,
            "tsx" => Self::Tsx,
            "ts" | "mts" | "cts" => Self::TypeScript,
            _ => return None,
        })
    }

    /// Its name, as `info` says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Go => "go",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Json => "json",
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Tsx => "tsx",
            Self::TypeScript => "typescript",
        }
    }

    fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Json => tree_sitter_json::LANGUAGE.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        }
    }

    /// The kinds of nodes that define something which may hold further definitions.
    fn containers(self) -> &'static [&'static str] {
        match self {
            Self::C => &[],
            Self::Go => &["type_spec"],
            Self::Java => &[
                "class_declaration",
                "interface_declaration",
                "enum_declaration",
                "record_declaration",
                "annotation_type_declaration",
            ],
            Self::JavaScript | Self::Tsx | Self::TypeScript => {
                &["class_declaration", "abstract_class_declaration", "internal_module", "module"]
            }
            Self::Json => &["pair"],
            Self::Python => &["class_definition"],
            Self::Rust => &["impl_item", "mod_item", "trait_item"],
        }
    }

    /// The kinds of nodes that define something and hold nothing of interest.
    fn leaves(self) -> &'static [&'static str] {
        match self {
            Self::C => &["function_definition", "type_definition", "preproc_function_def"],
            Self::Go => &["function_declaration", "method_declaration"],
            Self::Java => &["method_declaration", "constructor_declaration"],
            Self::JavaScript | Self::Tsx | Self::TypeScript => &[
                "function_declaration",
                "generator_function_declaration",
                "method_definition",
                "interface_declaration",
                "type_alias_declaration",
                "enum_declaration",
            ],
            Self::Json => &[],
            Self::Python => &["function_definition"],
            Self::Rust => &[
                "const_item",
                "enum_item",
                "function_item",
                "function_signature_item",
                "macro_definition",
                "static_item",
                "struct_item",
                "type_item",
                "union_item",
            ],
        }
    }

    /// What a node is to an outline.
    fn role(self, node: Node<'_>) -> Role {
        let kind = node.kind();
        if self.containers().contains(&kind) {
            return Role::Container;
        }
        if self.leaves().contains(&kind) {
            return Role::Leaf;
        }
        let has = |field: &str| node.child_by_field_name(field).is_some();
        match (self, kind) {
            (Self::C, "struct_specifier" | "enum_specifier" | "union_specifier") if has("body") => Role::Leaf,
            (
                Self::JavaScript | Self::Tsx | Self::TypeScript,
                "variable_declarator" | "public_field_definition",
            ) if is_function(node.child_by_field_name("value")) => Role::Leaf,
            (Self::JavaScript | Self::Tsx | Self::TypeScript, "statement_block") => Role::Closed,
            (Self::Json, "array") => Role::Samples,
            _ => Role::Open,
        }
    }
}

/// What a node is to an outline.
enum Role {
    /// A definition that may hold others.
    Container,
    /// A definition that holds none.
    Leaf,
    /// No definition, but it may hold some.
    Open,
    /// No definition, and what it holds is not looked at.
    Closed,
    /// A list, of which only the first member is looked at.
    Samples,
}

/// A node on the way from the root to where the walk stands.
#[derive(Clone, Copy)]
struct Level {
    depth: usize,
    is_sample: bool,
}

/// The definitions in `text`, in their order.
pub(crate) fn symbols(language: Language, text: &str) -> Vec<Symbol> {
    let mut parser = Parser::new();
    if parser.set_language(&language.grammar()).is_err() {
        return Vec::new();
    }
    let Some(tree) = parser.parse(text, None) else { return Vec::new() };
    let mut found = Vec::new();
    walk(&mut tree.walk(), |node, depth| {
        let role = language.role(node);
        if matches!(role, Role::Container | Role::Leaf) && found.len() < MOST_ROWS {
            found.push(Symbol { range: node.byte_range(), depth, title: title(node, text) });
        }
        role
    });
    found
}

/// Visits the nodes from the root, in order; without recursion, since a text may nest as deep as it likes.
fn walk<'tree>(cursor: &mut TreeCursor<'tree>, mut visit: impl FnMut(Node<'tree>, usize) -> Role) {
    let mut levels = vec![Level { depth: 1, is_sample: false }];
    while let Some(level) = levels.last().copied() {
        let inner = match visit(cursor.node(), level.depth) {
            Role::Container => Some(Level { depth: level.depth + 1, is_sample: false }),
            Role::Open => Some(Level { is_sample: false, ..level }),
            Role::Samples => Some(Level { is_sample: true, ..level }),
            Role::Leaf | Role::Closed => None,
        };
        match inner.filter(|inner| inner.depth <= DEPTH) {
            Some(inner) if cursor.goto_first_child() => levels.push(inner),
            _ => advance(cursor, &mut levels),
        }
    }
}

/// Goes to the next node that is not within this one; no levels are left when there is none.
fn advance(cursor: &mut TreeCursor<'_>, levels: &mut Vec<Level>) {
    while let Some(level) = levels.last() {
        let is_enough = level.is_sample && cursor.node().is_named();
        if !is_enough && cursor.goto_next_sibling() {
            return;
        }
        levels.pop();
        if !cursor.goto_parent() {
            levels.clear();
        }
    }
}

/// What a definition says before its body, on one line.
fn title(node: Node<'_>, text: &str) -> String {
    let words = |range: Range<usize>| text.get(range).unwrap_or_default();
    let field = |name: &str| node.child_by_field_name(name);
    match (node.kind(), field("key"), field("value")) {
        ("pair", Some(key), Some(value)) => {
            return fold(&format!("{}: {}", words(key.byte_range()), summary(value, text)));
        }
        ("type_definition", ..) => {
            let name = field("declarator").map(|name| words(name.byte_range())).unwrap_or_default();
            return fold(&format!("typedef {name}"));
        }
        _ => {}
    }
    let body = field("body").or_else(|| field("value")?.child_by_field_name("body"));
    let end = body.map_or(node.end_byte(), |body| body.start_byte());
    let head = words(node.start_byte()..end);
    let head = if body.is_some() { head } else { head.lines().next().unwrap_or_default() };
    let prefix = if node.kind() == "type_spec" { "type " } else { "" };
    fold(&format!("{prefix}{}", head.trim_end().trim_end_matches(['{', ';', ':']).trim_end()))
}

/// A JSON value in a few words.
fn summary(value: Node<'_>, text: &str) -> String {
    match value.kind() {
        "object" => format!("object[{}]", value.named_child_count()),
        "array" => format!("list[{}]", value.named_child_count()),
        _ => text.get(value.byte_range()).unwrap_or_default().to_owned(),
    }
}

/// On one line, and not longer than a title.
fn fold(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TITLE) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

fn is_function(value: Option<Node<'_>>) -> bool {
    value.is_some_and(|value| matches!(value.kind(), "arrow_function" | "function_expression" | "function"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(language: Language, text: &str) -> Vec<String> {
        let shown = |symbol: Symbol| format!("{}{}", "  ".repeat(symbol.depth - 1), symbol.title);
        symbols(language, text).into_iter().map(shown).collect()
    }

    #[test]
    fn definitions_are_found_in_each_language() {
        let table: [(Language, &str, &[&str]); 9] = [
            (
                Language::Rust,
                "pub struct A {\n a: u8 }\nimpl A {\n    fn b(&self)\n    -> u8 { fn c() {} 1 }\n}\nmod m { const X: u8 = 1; }",
                &["pub struct A", "impl A", "  fn b(&self) -> u8", "mod m", "  const X: u8 = 1"],
            ),
            (
                Language::Python,
                "class A(B):\n    @x\n    def f(self) -> int:\n        def g(): pass\n\nasync def h(): ...\n",
                &["class A(B)", "  def f(self) -> int", "async def h()"],
            ),
            (
                Language::JavaScript,
                "export class A { b() { function c() {} } }\nconst f = (x) => x;\nfunction* g() {}\nlet y = 1;",
                &["class A", "  b()", "f = (x) =>", "function* g()"],
            ),
            (
                Language::TypeScript,
                "interface A { b: string }\nexport abstract class C<T> { d(): void {} }\ntype E = 'x';\nenum F { G }",
                &["interface A", "abstract class C<T>", "  d(): void", "type E = 'x'", "enum F"],
            ),
            (Language::Tsx, "export const A = () => <b>x</b>;", &["A = () =>"]),
            (
                Language::Go,
                "package a\ntype B struct {\n C int }\nfunc (b B) D() int { return 1 }\nfunc E() {}",
                &["type B struct", "func (b B) D() int", "func E()"],
            ),
            (
                Language::C,
                "struct a { int b; };\nstruct a x;\ntypedef struct { int c; } d;\nint main(void) { return 0; }\n#define F(x) x\n",
                &["struct a", "typedef d", "int main(void)", "#define F(x) x"],
            ),
            (
                Language::Java,
                "package a; public class B { int c; B() {} void d() {} enum E { F } }",
                &["public class B", "  B()", "  void d()", "  enum E"],
            ),
            (
                Language::Json,
                "{\"a\": {\"b\": [{\"c\": 1}, {\"c\": 2}]}, \"d\": \"x\"}",
                &["\"a\": object[1]", "  \"b\": list[2]", "    \"c\": 1", "\"d\": \"x\""],
            ),
        ];
        for (language, text, expected) in table {
            assert_eq!(titles(language, text), expected, "{}", language.name());
        }
    }

    #[test]
    fn a_text_may_nest_deeply_or_be_broken() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(titles(Language::Json, &deep), Vec::<String>::new());
        assert_eq!(titles(Language::Rust, "fn a() {}\n}}}} fn b("), ["fn a()"]);
        assert_eq!(titles(Language::Python, ""), Vec::<String>::new());
    }
}
