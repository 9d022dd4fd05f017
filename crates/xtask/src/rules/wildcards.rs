//! No `_ =>` on the closed enums of the house: a new member must be met by every match, not swallowed.
//!
//! A match is one on such an enum when an arm names a member at its head (`Event::X { .. } =>`). A name that the file
//! imports from elsewhere (a terminal library's `Event`) is not ours. Tests may use wildcards.

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{ExprMatch, ItemImpl, ItemMod, ItemUse, Pat, Path, Type, UseTree};

pub(super) const RULE: Rule =
    Rule { name: "wildcards", promise: "no `_ =>` on Event, Op, Update, Msg, Decision", check };

const CLOSED: &[&str] = &["Event", "Op", "Update", "Msg", "Decision"];

fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let code = repository.rust().iter().filter(|file| file.path().contains("/src/"));
    let found: Result<Vec<Vec<Finding>>> = code.map(wildcards).collect();
    Ok(found?.concat())
}

fn wildcards(file: &SourceFile) -> Result<Vec<Finding>> {
    let syntax = syn::parse_file(file.text()).with_context(|| file.path().to_owned())?;
    let mut matches =
        Matches { path: file.path(), foreign: BTreeSet::new(), current: None, found: Vec::new() };
    matches.visit_file(&syntax);
    Ok(matches.found)
}

/// A walk over the matches of a file.
struct Matches<'a> {
    path: &'a str,
    /// Names of closed enums which mean something else in this file.
    foreign: BTreeSet<String>,
    /// The type whose `impl` is being walked: what `Self` means.
    current: Option<String>,
    found: Vec<Finding>,
}

impl<'ast> Visit<'ast> for Matches<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if let UseTree::Path(path) = &item.tree {
            let root = path.ident.to_string();
            let is_ours =
                matches!(root.as_str(), "crate" | "self" | "super") || root.starts_with("headwater_");
            if !is_ours {
                collect_names(&path.tree, &mut self.foreign);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| match &attribute.meta {
            syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
            syn::Meta::Path(_) | syn::Meta::NameValue(_) => false,
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let outer = self.current.take();
        if let Type::Path(path) = &*item.self_ty {
            self.current = path.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.current = outer;
    }

    fn visit_expr_match(&mut self, expression: &'ast ExprMatch) {
        let mut heads = expression.arms.iter().flat_map(|arm| heads(&arm.pat));
        let closed = heads.find_map(|path| self.closed_enum(path));
        let swallows = expression.arms.iter().find_map(|arm| wildcard_at(&arm.pat));
        if let (Some(closed), Some(line)) = (closed, swallows) {
            let message = format!("name the members of `{closed}`: a wildcard swallows the next one");
            self.found.push(Finding::line(self.path, line, message));
        }
        visit::visit_expr_match(self, expression);
    }
}

impl Matches<'_> {
    /// The closed enum whose member this path names.
    fn closed_enum(&self, path: &Path) -> Option<String> {
        let owner = path.segments.iter().rev().nth(1)?.ident.to_string();
        let owner = if owner == "Self" { self.current.clone()? } else { owner };
        (CLOSED.contains(&owner.as_str()) && !self.foreign.contains(&owner)).then_some(owner)
    }
}

fn collect_names(tree: &UseTree, into: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => collect_names(&path.tree, into),
        UseTree::Name(name) => drop(into.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(into.insert(rename.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|item| collect_names(item, into)),
        UseTree::Glob(_) => {}
    }
}

/// The paths at the head of a pattern, through `|`, `&` and parentheses.
fn heads(pattern: &Pat) -> Vec<&Path> {
    match pattern {
        Pat::Path(path) => vec![&path.path],
        Pat::Struct(pattern) => vec![&pattern.path],
        Pat::TupleStruct(pattern) => vec![&pattern.path],
        Pat::Or(pattern) => pattern.cases.iter().flat_map(heads).collect(),
        Pat::Reference(pattern) => heads(&pattern.pat),
        Pat::Paren(pattern) => heads(&pattern.pat),
        Pat::Guard(pattern) => heads(&pattern.pat),
        Pat::Ident(pattern) => pattern.subpat.iter().flat_map(|(_, inner)| heads(inner)).collect(),
        _ => Vec::new(),
    }
}

/// The line of a pattern which takes whatever is left: `_`, or a bare name. (A guard makes another pattern of it.)
fn wildcard_at(pattern: &Pat) -> Option<usize> {
    let span = match pattern {
        Pat::Wild(wild) => wild.underscore_token.span,
        Pat::Ident(name) if name.subpat.is_none() && !is_constant(&name.ident) => name.ident.span(),
        _ => return None,
    };
    Some(span.start().line)
}

fn is_constant(name: &syn::Ident) -> bool {
    name.to_string().chars().all(|letter| !letter.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the findings, with spaces between them.
    fn lines(text: &str) -> String {
        let repository = Repository::of(&[("crates/a/src/a.rs", text)]).unwrap();
        let found = check(&repository).unwrap().into_iter().filter_map(|finding| finding.line);
        found.map(|line| line.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn swallowing_arms_are_found() {
        let body = "match e {\n    Event::A { .. } | Event::B => 1,\n    _ => 2,\n}";
        assert_eq!(lines(&format!("fn a(e: Event) -> u8 {{ {body} }}")), "3");
        assert_eq!(lines(&format!("use crate::Event;\nfn a() {{ {body} }}")), "4");
        assert_eq!(lines("impl Op { fn a(&self) {\nmatch self { Self::A => 1, other => 2 } } }"), "2");
        assert_eq!(
            lines("fn a() { match m { protocol::Msg::A(_) => { match x { 1 => 1, _ => 2 } } &_ => 3 } }"),
            ""
        );
    }

    #[test]
    fn other_enums_guards_and_tests_are_left_alone() {
        let body = "match e { Event::A => 1, _ => 2 }";
        assert_eq!(lines(&format!("use crossterm::event::{{self, Event}};\nfn a() {{ {body} }}")), "");
        assert_eq!(lines(&format!("#[cfg(test)]\nmod tests {{ fn a() {{ {body} }} }}")), "");
        assert_eq!(lines("fn a() { match e { Kind::A => 1, _ => 2 } }"), "");
        assert_eq!(lines("fn a() { match e { Event::A => 1, _ if b => 2, Event::B => 3 } }"), "");
        assert_eq!(lines("fn a() { match e { Some(Event::A) => 1, _ => 2 } }"), "");
    }
}
