//! Rust source as a row of tokens with line numbers: comments are gone, and test code is marked.

use std::ops::RangeInclusive;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// One word, sign, literal or bracket.
#[derive(Debug)]
pub struct Token {
    /// As it is written; a lifetime is one token with its `'`.
    pub text: String,
    /// Counted from one.
    pub line: usize,
    /// Whether it belongs to test code.
    pub test: bool,
}

/// A function with a body.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From the line of `fn` to the line of the last brace.
    pub lines: RangeInclusive<usize>,
    /// Whether it belongs to test code.
    pub test: bool,
}

/// A file of Rust. Test code is what lies in a `tests` folder, in a file `tests.rs`, below `#[cfg(test)]` or `#[test]`.
#[derive(Debug)]
pub struct RustFile {
    /// The path from the root.
    pub path: String,
    /// All tokens in order; documentation and comments are left out.
    pub tokens: Vec<Token>,
    /// All functions, nested ones too.
    pub functions: Vec<Function>,
    /// How many lines are not test code.
    pub product_lines: usize,
    /// Why the file could not be split into tokens, if so.
    pub broken: Option<String>,
}

impl RustFile {
    /// Splits `text` into tokens.
    pub fn read(path: &str, text: &str) -> Self {
        let whole_test = path.split('/').any(|part| part == "tests" || part == "tests.rs");
        let mut reader = Reader { tokens: Vec::new(), functions: Vec::new(), test_lines: 0 };
        let broken = match TokenStream::from_str(text) {
            Ok(stream) => {
                reader.stream(stream, whole_test);
                None
            }
            Err(error) => Some(error.to_string()),
        };
        let product_lines =
            if whole_test { 0 } else { text.lines().count().saturating_sub(reader.test_lines) };
        let Reader { tokens, functions, .. } = reader;
        Self { path: path.to_owned(), tokens, functions, product_lines, broken }
    }

    /// Where these tokens follow each other.
    pub fn find<'a>(&'a self, sequence: &'a [&str]) -> impl Iterator<Item = &'a Token> {
        self.tokens
            .windows(sequence.len())
            .filter(move |window| window.iter().zip(sequence).all(|(token, wanted)| token.text == *wanted))
            .map(|window| &window[0])
    }
}

struct Reader {
    tokens: Vec<Token>,
    functions: Vec<Function>,
    test_lines: usize,
}

impl Reader {
    fn stream(&mut self, stream: TokenStream, test: bool) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        // Up to here everything belongs to an item marked as a test.
        let mut test_end = if test { trees.len() } else { 0 };
        let mut at = 0;
        while at < trees.len() {
            if let Some((group, length)) = attribute(&trees[at..]) {
                if is_doc(group) {
                    at += length;
                    continue;
                }
                if at >= test_end && is_test(group) {
                    // `#![cfg(test)]` speaks of everything after it, `#[cfg(test)]` of one item.
                    test_end = if length == 3 { trees.len() } else { end_of_item(&trees, at) };
                    self.test_lines += lines(&trees[at..test_end]);
                }
            }
            let in_test = at < test_end;
            self.function(&trees[at..], in_test);
            at += self.tree(&trees[at..], in_test);
        }
    }

    /// Adds the first tree; returns how many were used.
    fn tree(&mut self, trees: &[TokenTree], test: bool) -> usize {
        let line = trees[0].span().start().line;
        match (&trees[0], trees.get(1)) {
            (TokenTree::Group(group), _) => {
                let (open, close) = brackets(group);
                self.push(open, line, test);
                self.stream(group.stream(), test);
                self.push(close, group.span_close().start().line, test);
                1
            }
            (TokenTree::Punct(punct), Some(TokenTree::Ident(name)))
                if punct.as_char() == '\'' && punct.spacing() == Spacing::Joint =>
            {
                self.push(&format!("'{name}"), line, test);
                2
            }
            (tree, _) => {
                self.push(&tree.to_string(), line, test);
                1
            }
        }
    }

    fn push(&mut self, text: &str, line: usize, test: bool) {
        self.tokens.push(Token { text: text.to_owned(), line, test });
    }

    /// Notes the function that begins here, if one does.
    fn function(&mut self, trees: &[TokenTree], test: bool) {
        let [TokenTree::Ident(keyword), TokenTree::Ident(name), rest @ ..] = trees else { return };
        if keyword != "fn" {
            return;
        }
        let body = rest.iter().take_while(|tree| !is_punct(tree, ';')).find_map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        if let Some(body) = body {
            let lines = keyword.span().start().line..=body.span_close().end().line;
            self.functions.push(Function { name: name.to_string(), lines, test });
        }
    }
}

/// The group of an attribute that begins here, and how many trees it has with its signs.
fn attribute(trees: &[TokenTree]) -> Option<(&Group, usize)> {
    match trees {
        [hash, TokenTree::Group(group), ..] if is_punct(hash, '#') => Some((group, 2)),
        [hash, bang, TokenTree::Group(group), ..] if is_punct(hash, '#') && is_punct(bang, '!') => {
            Some((group, 3))
        }
        _ => None,
    }
    .filter(|(group, _)| group.delimiter() == Delimiter::Bracket)
}

fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_doc(attribute: &Group) -> bool {
    attribute.stream().to_string().starts_with("doc =")
}

/// `test`, or a `cfg` that asks for it.
fn is_test(attribute: &Group) -> bool {
    let text = attribute.stream().to_string();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words == ["test"] || (words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not"))
}

/// The index after the item whose attributes begin at `start`: after its block or its semicolon.
fn end_of_item(trees: &[TokenTree], start: usize) -> usize {
    let mut at = start;
    while let Some((_, length)) = trees.get(at..).and_then(attribute) {
        at += length;
    }
    let end = trees[at..].iter().position(|tree| {
        is_punct(tree, ';')
            || matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    });
    end.map_or(trees.len(), |end| at + end + 1)
}

fn lines(trees: &[TokenTree]) -> usize {
    match (trees.first(), trees.last()) {
        (Some(first), Some(last)) => last.span().end().line + 1 - first.span().start().line,
        _ => 0,
    }
}

fn brackets(group: &Group) -> (&'static str, &'static str) {
    match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
/// Documentation with unsafe in it.
fn product<'a>(x: &'a str) -> &'static str {
    // a comment
    x
}

#[cfg(test)]
mod tests {
    #[test]
    fn checks() {}
}

#[cfg(not(test))]
fn also_product() {}
";

    #[test]
    fn tokens_know_their_line_and_whether_they_test() {
        let file = RustFile::read("crates/x/src/a.rs", SAMPLE);
        assert!(file.broken.is_none());
        let functions: Vec<(&str, RangeInclusive<usize>, bool)> =
            file.functions.iter().map(|f| (f.name.as_str(), f.lines.clone(), f.test)).collect();
        let expected =
            [("product", 2..=5, false), ("checks", 10..=10, true), ("also_product", 14..=14, false)];
        assert_eq!(functions, expected);
        assert_eq!(file.product_lines, 14 - 5);
        assert_eq!(file.find(&["'static", "str"]).map(|token| token.line).collect::<Vec<_>>(), [2]);
        assert_eq!(file.find(&["unsafe"]).count(), 0);
    }

    #[test]
    fn a_tests_folder_is_all_test() {
        let file = RustFile::read("crates/x/tests/it/main.rs", "fn a() {}\n");
        assert!(file.functions[0].test && file.product_lines == 0);
    }

    #[test]
    fn what_cannot_be_split_is_said() {
        assert!(RustFile::read("a.rs", "fn a( {").broken.is_some());
    }
}
