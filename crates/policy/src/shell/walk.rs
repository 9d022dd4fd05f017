//! Walks the tree of a script and collects its simple commands.
//!
//! *Invariant:* only node kinds that are named here are understood; any other makes the script not understood.

use std::path::Path;

use tree_sitter::Node;

use super::directories::Directories;
use super::heredoc::{check_heredoc, literal_heredoc};
use super::script::{MAX_NESTING, Script, Start};
use super::simple::{Assignment, Redirect, RedirectKind, Simple, Stdin};
use super::word::{Word, read_word};

pub(super) struct Walker<'s> {
    source: &'s str,
    home: Option<&'s Path>,
    nesting: usize,
    depth: usize,
    directories: Directories,
    stdin: Stdin,
    functions: Vec<String>,
    script: Script,
}

/// A command while its pieces are gathered.
#[derive(Default)]
struct Gathered {
    words: Vec<Word>,
    assignments: Vec<Assignment>,
    redirects: Vec<Redirect>,
    is_fed: bool,
    fed: Option<String>,
}

impl<'s> Walker<'s> {
    pub(super) fn new(source: &'s str, start: &Start<'s>) -> Self {
        Self {
            source,
            home: start.home,
            nesting: start.nesting,
            depth: start.nesting,
            directories: start.directories.clone(),
            stdin: Stdin::Inherited,
            functions: Vec::new(),
            script: Script::default(),
        }
    }

    pub(super) fn finish(self) -> Script {
        self.script
    }

    /// Visits a node that may hold commands.
    pub(super) fn visit(&mut self, node: Node<'_>) {
        self.depth += 1;
        if self.depth > MAX_NESTING * 4 || self.nesting > MAX_NESTING {
            self.not_understood("it is nested too deeply");
        } else {
            self.visit_kind(node);
        }
        self.depth -= 1;
    }

    fn visit_kind(&mut self, node: Node<'_>) {
        match node.kind() {
            "program" | "do_group" | "else_clause" | "elif_clause" | "if_statement"
            | "compound_statement" => {
                self.sequence(node);
            }
            "negated_command" | "case_statement" | "case_item" => self.sequence(node),
            "for_statement" | "c_style_for_statement" | "while_statement" => self.repeated(node),
            "list" => self.list(node),
            "pipeline" => self.pipeline(node),
            "function_definition" => self.function(node),
            "redirected_statement" => self.redirected(node),
            "command"
            | "declaration_command"
            | "unset_command"
            | "variable_assignment"
            | "variable_assignments" => {
                self.command(node, Gathered::default());
            }
            "comment" | "heredoc_start" | "heredoc_end" | "file_descriptor" | "heredoc_content" => {}
            "subshell" | "command_substitution" | "process_substitution" => self.apart(node),
            "file_redirect" | "herestring_redirect" => self.lone_redirect(node),
            kind if is_expression(kind) => self.parts_of(node),
            kind => self.not_understood(&format!("{} is not judged", kind.replace('_', " "))),
        }
    }

    fn parts_of(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.visit(child);
        }
    }

    /// Statements one after the other: what a failed `cd` left as it was stays possible.
    fn sequence(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let before = self.directories.clone();
            self.visit(child);
            self.directories.merge(&before);
        }
    }

    fn list(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        let is_or = node.children(&mut cursor).any(|child| child.kind() == "||");
        let before = self.directories.clone();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.visit(child);
            if is_or {
                self.directories.merge(&before);
            }
        }
    }

    fn pipeline(&mut self, node: Node<'_>) {
        let (before, outer) = (self.directories.clone(), self.stdin);
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.visit(child);
            self.directories.merge(&before);
            self.stdin = Stdin::Fed;
        }
        self.stdin = outer;
    }

    /// A loop: when its body changes the directory, the next round starts nobody knows where.
    fn repeated(&mut self, node: Node<'_>) {
        self.loop_variable(node);
        if changes_directory(self.text(node)) {
            self.directories.merge(&Directories::unknown());
        }
        self.sequence(node);
    }

    /// `for PATH in …` sets a variable like any assignment.
    fn loop_variable(&mut self, node: Node<'_>) {
        let Some(variable) = node.child_by_field_name("variable") else { return };
        let name = self.text(variable).to_owned();
        if name.chars().any(|character| character.is_ascii_uppercase()) {
            let value = Word::unknown(name.clone());
            self.push(
                variable,
                Gathered { assignments: vec![Assignment { name, value }], ..Gathered::default() },
            );
        }
    }

    /// Commands whose change of directory stays among themselves.
    fn apart(&mut self, node: Node<'_>) {
        let before = self.directories.clone();
        self.sequence(node);
        self.directories = before;
    }

    /// The body is judged where it is defined, for every directory it may be called in.
    fn function(&mut self, node: Node<'_>) {
        let name = node.child_by_field_name("name").map(|name| self.text(name).to_owned());
        let before = self.directories.clone();
        if changes_directory(self.source) {
            self.directories.merge(&Directories::unknown());
        }
        self.functions.extend(name);
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| child.kind() != "word") {
            self.visit(child);
        }
        self.functions.pop();
        self.directories.merge(&before);
    }

    fn redirected(&mut self, node: Node<'_>) {
        let body = node.child_by_field_name("body");
        let mut gathered = Gathered::default();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if Some(child) != body {
                self.redirect(child, &mut gathered);
            }
        }
        let Some(body) = body else { return self.push(node, gathered) };
        if matches!(body.kind(), "command" | "declaration_command") {
            return self.command(body, gathered);
        }
        if !gathered.words.is_empty() {
            return self.not_understood("words follow the redirect of a compound command");
        }
        let (outer, before) = (self.stdin, self.directories.clone());
        if gathered.is_fed {
            self.stdin = Stdin::Fed;
        }
        self.visit(body);
        self.stdin = outer;
        // The grammar hangs the redirect of `cd x && ls > y` on the whole list: it may open in either directory.
        self.directories.merge(&before);
        self.push(node, gathered);
    }

    fn lone_redirect(&mut self, node: Node<'_>) {
        let mut gathered = Gathered::default();
        self.redirect(node, &mut gathered);
        self.push(node, gathered);
    }

    /// Gathers a redirect. The grammar takes the words after its target for more targets; they are arguments.
    fn redirect(&mut self, node: Node<'_>, gathered: &mut Gathered) {
        match node.kind() {
            "file_redirect" => self.file_redirect(node, gathered),
            "herestring_redirect" => {
                gathered.is_fed = true;
                gathered.fed = None;
                self.parts_of(node);
            }
            "heredoc_redirect" => self.heredoc(node, gathered),
            "comment" => {}
            kind => self.not_understood(&format!("{} is not judged", kind.replace('_', " "))),
        }
    }

    fn file_redirect(&mut self, node: Node<'_>, gathered: &mut Gathered) {
        let mut cursor = node.walk();
        let operator =
            node.children(&mut cursor).find(|child| !child.is_named()).map_or("", |child| child.kind());
        let mut cursor = node.walk();
        let mut targets =
            node.children_by_field_name("destination", &mut cursor).collect::<Vec<_>>().into_iter();
        if operator.starts_with('<') {
            gathered.fed = None;
        }
        let is_closing = matches!(operator, "<&-" | ">&-");
        if !is_closing && let Some(target) = targets.next() {
            let word = self.word(target);
            let is_descriptor =
                word.text.chars().all(|character| character.is_ascii_digit() || character == '-');
            if !(operator.ends_with('&') && is_descriptor && !word.is_dynamic) {
                let kind = if operator.starts_with('<') { RedirectKind::Reads } else { RedirectKind::Writes };
                gathered.is_fed |= kind == RedirectKind::Reads;
                gathered.redirects.push(Redirect { kind, target: word });
            }
        }
        for argument in targets {
            let before = self.source.get(..argument.start_byte()).and_then(|text| text.chars().next_back());
            if !before.is_some_and(char::is_whitespace) {
                return self.not_understood("a word goes on where it seems to end");
            }
            let word = self.word(argument);
            gathered.words.push(word);
        }
    }

    fn heredoc(&mut self, node: Node<'_>, gathered: &mut Gathered) {
        gathered.fed = if gathered.is_fed { None } else { literal_heredoc(self.source, node) };
        gathered.is_fed = true;
        if let Err(problem) = check_heredoc(self.source, node) {
            return self.not_understood(&problem);
        }
        let before = self.stdin;
        let mut cursor = node.walk();
        for (index, child) in (0..).zip(node.children(&mut cursor)) {
            match child.kind() {
                "heredoc_body" => self.parts_of(child),
                "pipeline" => {
                    self.stdin = Stdin::Fed;
                    self.pipeline(child);
                    self.stdin = before;
                }
                "file_redirect" | "herestring_redirect" => self.redirect(child, gathered),
                _ if node.field_name_for_child(index) == Some("argument") => {
                    let word = self.word(child);
                    gathered.words.push(word);
                }
                _ if child.is_named() => self.visit(child),
                _ => {}
            }
        }
    }

    /// A command; `after` holds what a redirect around it contributed.
    fn command(&mut self, node: Node<'_>, after: Gathered) {
        let mut gathered = Gathered { is_fed: after.is_fed, fed: after.fed, ..Gathered::default() };
        if matches!(node.kind(), "declaration_command" | "unset_command") {
            let keyword = node.child(0).map_or("declare", |child| child.kind());
            gathered.words.push(Word::literal(keyword));
        }
        if node.kind() == "variable_assignment" {
            self.assignment(node, &mut gathered);
        } else {
            self.pieces(node, &mut gathered);
        }
        gathered.words.extend(after.words);
        gathered.redirects.extend(after.redirects);
        self.push(node, gathered);
    }

    fn pieces(&mut self, node: Node<'_>, gathered: &mut Gathered) {
        let mut last_end = None;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let is_glued = last_end.is_some_and(|end| !self.has_blank(end, child.start_byte()));
            last_end = Some(child.end_byte());
            match child.kind() {
                "variable_assignment" => self.assignment(child, gathered),
                "file_redirect" | "herestring_redirect" => self.redirect(child, gathered),
                "subshell" => self.not_understood("a subshell stands where arguments are expected"),
                "comment" => {}
                _ if is_glued => return self.not_understood("a word goes on where it seems to end"),
                _ => {
                    let word = self.word(child);
                    gathered.words.push(word);
                }
            }
        }
    }

    fn has_blank(&self, start: usize, end: usize) -> bool {
        let gap = self.source.get(start..end).unwrap_or_default();
        !gap.replace("\\\n", "").is_empty()
    }

    fn assignment(&mut self, node: Node<'_>, gathered: &mut Gathered) {
        let name =
            node.child_by_field_name("name").map(|name| self.text(name).to_owned()).unwrap_or_default();
        let value = node.child_by_field_name("value").map(|value| self.word(value)).unwrap_or_default();
        if let Some(subscript) = node.child_by_field_name("name") {
            self.parts_of(subscript);
        }
        gathered.assignments.push(Assignment { name, value });
    }

    /// Reads a word and visits the commands in its substitutions.
    fn word(&mut self, node: Node<'_>) -> Word {
        if node.child_count() > 0 {
            self.visit(node);
        }
        read_word(self.source, self.home, node)
    }

    fn push(&mut self, node: Node<'_>, gathered: Gathered) {
        let Gathered { words, assignments, redirects, is_fed, fed } = gathered;
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return;
        }
        let directories = self.directories.clone();
        self.follow_cd(&words);
        self.script.commands.push(Simple {
            text: self.text(node).to_owned(),
            words,
            assignments,
            redirects,
            directories,
            stdin: if is_fed { Stdin::Fed } else { self.stdin },
            fed,
            functions: self.functions.clone(),
            nesting: self.nesting,
        });
    }

    fn follow_cd(&mut self, words: &[Word]) {
        let mut rest = words.iter().skip_while(|word| matches!(word.text.as_str(), "command" | "builtin"));
        match rest.next().map(|word| word.text.as_str()) {
            Some("cd" | "pushd") => {
                let target = rest.find(|word| !word.is_option());
                self.directories = self.directories.after_cd(target, self.home);
            }
            Some("popd") => self.directories.merge(&Directories::unknown()),
            Some(_) | None => {}
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn not_understood(&mut self, problem: &str) {
        self.script.problem.get_or_insert_with(|| problem.to_owned());
    }
}

/// Whether a piece of script holds a word that changes the directory.
fn changes_directory(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| matches!(word, "cd" | "pushd" | "popd"))
}

/// Node kinds of words, tests and arithmetic: they run nothing but the substitutions inside of them.
fn is_expression(kind: &str) -> bool {
    matches!(
        kind,
        "word"
            | "string"
            | "string_content"
            | "raw_string"
            | "ansi_c_string"
            | "translated_string"
            | "number"
            | "concatenation"
            | "command_name"
            | "simple_expansion"
            | "expansion"
            | "variable_name"
            | "special_variable_name"
            | "arithmetic_expansion"
            | "brace_expression"
            | "array"
            | "subscript"
            | "test_command"
            | "test_operator"
            | "unary_expression"
            | "binary_expression"
            | "ternary_expression"
            | "postfix_expression"
            | "parenthesized_expression"
            | "extglob_pattern"
            | "regex"
            | "heredoc_body"
    )
}
