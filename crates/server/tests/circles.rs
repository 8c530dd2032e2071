//! The modules of the service depend on each other in one direction: none is part of a circle. A name that a module
//! gives on (`pub use`) is looked for where it is defined, so that `http::Problem` is `http::problem`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

type Names = Vec<String>;

/// The paths that a module uses, and those that it gives on.
#[derive(Default)]
struct Module {
    used: Vec<Names>,
    given_on: Vec<Names>,
}

impl Module {
    /// Adds the paths in the tokens; `before` is what stands before each of them, as in `before::{a, b::c}`.
    fn read(&mut self, tokens: TokenStream, before: &[String], mut gives_on: bool) {
        let (tokens, mut at): (Vec<TokenTree>, _) = (tokens.into_iter().collect(), 0);
        let (mut is_test, mut is_public) = (false, gives_on);
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                // What stands after `pub` only says who may see the name.
                TokenTree::Group(_) if is_public => {}
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    if !(is_test && is_body) {
                        self.read(group.stream(), &[], false);
                    }
                    is_test = (is_test && !is_body) || group.stream().to_string().replace(' ', "") == "cfg(test)";
                }
                TokenTree::Ident(word) if *word == "pub" => is_public = true,
                TokenTree::Ident(word) if *word == "use" => gives_on = is_public,
                TokenTree::Ident(word) => {
                    let mut path = [before, &[word.to_string()]].concat();
                    while tokens[at..].iter().take(2).filter(|token| token.to_string() == ":").count() == 2 {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                            Some(TokenTree::Group(group)) => {
                                self.read(group.stream(), &path, gives_on);
                                path.clear();
                            }
                            mark => path.extend(mark.map(ToString::to_string)),
                        }
                        at += 3;
                    }
                    // A word by itself is no path: `pub(super)`, a variable.
                    if path.len() > 1 {
                        if gives_on { &mut self.given_on } else { &mut self.used }.push(path);
                    }
                    is_public = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => (is_test, is_public, gives_on) = Default::default(),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

/// Every module below a folder, by its path.
fn modules(folder: &Path, path: &[String], found: &mut BTreeMap<Names, Module>) {
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let own = if name == "mod" || name == "lib" { path.to_owned() } else { [path, &[name]].concat() };
        if file.is_dir() {
            modules(&file, &own, found);
        } else {
            found.entry(own).or_default().read(fs::read_to_string(&file).unwrap().parse().unwrap(), &[], false);
        }
    }
}

/// The module that defines what `path` names in the module `from`, where that is one of ours.
fn owner(modules: &BTreeMap<Names, Module>, from: &[String], path: &[String]) -> Option<Names> {
    let parent = &from[..from.len().saturating_sub(1)];
    let child = [from, &path[..1]].concat();
    let whole = match path[0].as_str() {
        "crate" => path[1..].to_owned(),
        "self" => [from, &path[1..]].concat(),
        "super" if path.get(1).is_some_and(|next| next == "super") => return owner(modules, parent, &path[1..]),
        "super" => [parent, &path[1..]].concat(),
        _ if modules.contains_key(&child) => [from, path].concat(),
        _ => return None,
    };
    let length = (0..=whole.len()).rev().find(|length| modules.contains_key(&whole[..*length])).unwrap_or(0);
    let (module, rest) = whole.split_at(length);
    let named = rest.first().and_then(|name| modules[module].given_on.iter().find(|path| path.last() == Some(name)));
    named.map_or_else(|| Some(module.to_owned()), |path| owner(modules, module, path))
}

#[test]
fn no_modules_form_a_circle() {
    let mut found = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut found);
    found.retain(|path, _| !path.iter().any(|name| name == "tests"));
    let targets = |(path, module): (&Names, &Module)| {
        let owners = module.used.iter().filter_map(|used| owner(&found, path, used)).filter(|owner| owner != path);
        (path.join("::"), owners.map(|owner| owner.join("::")).collect())
    };
    let mut left: BTreeMap<String, BTreeSet<String>> = found.iter().map(targets).collect();
    assert!(left["state"].contains("config") && left["http::path"].contains("http::problem"), "the test sees nothing");
    // What depends on none of those left is in no circle.
    while let Some(free) = left.iter().find(|(_, targets)| targets.is_empty()).map(|(name, _)| name.clone()) {
        left.remove(&free);
        for targets in left.values_mut() {
            targets.remove(&free);
        }
    }
    // Neither is what none of those left depends on.
    while let Some(free) = left.keys().find(|name| !left.values().any(|targets| targets.contains(*name))).cloned() {
        left.remove(&free);
    }
    assert!(left.is_empty(), "circles of modules, and what leads from one to another: {left:#?}");
}
