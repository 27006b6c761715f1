//! Rules about what a line of code may say.

use super::{Rule, Spot};
use crate::rust::{RustFile, Token};
use crate::tree::Tree;

const GALLERY: &str = "crates/gallery/";
const STORE: &str = "crates/store/";
const DOMAIN: &str = "crates/domain/";

pub(super) const READABLE: Rule = Rule {
    name: "readable",
    way_out: "Make it Rust that compiles; the other rules cannot see into it.",
    check: |tree| {
        let broken = |file: &RustFile| file.broken.as_ref().map(|why| Spot::new(&file.path, 1, why));
        tree.rust().iter().filter_map(broken).collect()
    },
};

pub(super) const UNSAFE_ONLY_IN_GALLERY: Rule = Rule {
    name: "unsafe-only-in-gallery",
    way_out: "Use a safe way, or move the few lines to crates/gallery behind a safe function.",
    check: |tree| {
        let outside = tree.rust().iter().filter(|file| !file.path.starts_with(GALLERY));
        outside.flat_map(|file| spots(file, &["unsafe"], |_| true)).collect()
    },
};

pub(super) const NOTHING_UNFINISHED: Rule = Rule {
    name: "nothing-unfinished",
    way_out: "Finish it, or remove it and write an issue. A test that cannot run now is removed, not ignored.",
    check: unfinished,
};

fn unfinished(tree: &Tree) -> Vec<Spot> {
    const MACROS: [&[&str]; 4] =
        [&["todo", "!"], &["unimplemented", "!"], &["dbg", "!"], &["#", "[", "ignore"]];
    // Split, or this file would find itself.
    const MARKS: [&str; 2] = [concat!("FIX", "ME"), concat!("XX", "X")];
    let in_code = tree.rust().iter().flat_map(|file| {
        MACROS.iter().flat_map(|sequence| spots(file, sequence, |_| true)).collect::<Vec<_>>()
    });
    // A manual may speak of the words; everything else is source.
    let sources = tree.texts().filter(|(file, _)| !file.path.ends_with(".md") && !is_data(&file.path));
    let in_text = sources.flat_map(|(file, text)| {
        let marked = |line: &str| MARKS.iter().find(|mark| has_word(line, mark)).copied();
        let found = text.lines().enumerate().filter_map(move |(at, line)| Some((at + 1, marked(line)?)));
        found.map(|(line, mark)| Spot::new(&file.path, line, format!("`{mark}`"))).collect::<Vec<_>>()
    });
    in_code.chain(in_text).collect()
}

pub(super) const NO_GLOBAL_STATE: Rule = Rule {
    name: "no-global-state",
    way_out: "Put it into the application struct and pass that. A constant that never changes is a `const`.",
    // The test kit is test code: its one database server has no application to be passed in.
    check: |tree| {
        tree.rust()
            .iter()
            .filter(|file| !file.path.starts_with("crates/testkit/"))
            .flat_map(global_state)
            .collect()
    },
};

fn global_state(file: &RustFile) -> Vec<Spot> {
    let mut found = Vec::new();
    for (at, token) in file.tokens.iter().enumerate() {
        // Test code may count allocations: an allocator has no other place for its number.
        if token.text != "static" || token.test {
            continue;
        }
        let kind = file.tokens[at + 1..].iter().take_while(|t| t.text != "=" && t.text != ";");
        if let Some(inner) = kind.map(|t| t.text.as_str()).find(|word| is_interior_mutable(word)) {
            found.push(Spot::new(&file.path, token.line, format!("a `static` with `{inner}`")));
        }
    }
    found
}

fn is_interior_mutable(word: &str) -> bool {
    const KINDS: [&str; 11] = [
        "mut",
        "Mutex",
        "RwLock",
        "OnceLock",
        "OnceCell",
        "LazyLock",
        "LazyCell",
        "Lazy",
        "Cell",
        "RefCell",
        "UnsafeCell",
    ];
    KINDS.contains(&word) || word.starts_with("Atomic")
}

pub(super) const NO_SLEEP_IN_TESTS: Rule = Rule {
    name: "no-sleep-in-tests",
    way_out: "Wait for the thing itself (a channel, a barrier, a fake clock): a sleep is too long or too short.",
    check: |tree| {
        tree.rust().iter().flat_map(|file| spots(file, &["sleep", "("], |token| token.test)).collect()
    },
};

pub(super) const STORE_SWALLOWS_NOTHING: Rule = Rule {
    name: "store-swallows-nothing",
    way_out: "Return the error. \"No row\" and \"the database failed\" are different answers.",
    check: |tree| {
        const SWALLOWED: [&[&str]; 3] =
            [&[".", "ok", "(", ")", ";"], &["let", "_", "="], &["unwrap_or_default", "("]];
        let store = tree.rust().iter().filter(|file| file.path.starts_with(STORE));
        store
            .flat_map(|file| {
                SWALLOWED
                    .iter()
                    .flat_map(move |sequence| spots(file, sequence, |token| !token.test))
                    .collect::<Vec<_>>()
            })
            .collect()
    },
};

pub(super) const SQL_ONLY_IN_STORE: Rule = Rule {
    name: "sql-only-in-store",
    way_out: "Ask crates/store a question: a function named after what is asked.",
    check: |tree| {
        let outside = tree.rust().iter().filter(|file| !file.path.starts_with(STORE));
        let literals = outside.flat_map(|file| {
            let sql = file.tokens.iter().filter(|token| token.text.contains('"') && is_sql(&token.text));
            sql.map(|token| Spot::new(&file.path, token.line, "SQL")).collect::<Vec<_>>()
        });
        let files = tree.files().iter().filter(|f| f.path.ends_with(".sql") && !f.path.starts_with(STORE));
        literals.chain(files.map(|file| Spot::new(&file.path, 1, "a file of SQL"))).collect()
    },
};

fn is_sql(literal: &str) -> bool {
    const PHRASES: [&[&str]; 8] = [
        &["SELECT", "FROM"],
        &["INSERT INTO"],
        &["UPDATE", "SET"],
        &["DELETE FROM"],
        &["CREATE TABLE"],
        &["ALTER TABLE"],
        &["DROP TABLE"],
        &["PRAGMA"],
    ];
    // A word of SQL is followed by what it is about.
    let speaks = |word: &str| {
        let follows = |(at, _): (usize, &str)| literal[at + word.len()..].starts_with([' ', '\n', '\\']);
        literal.match_indices(word).any(follows)
    };
    PHRASES.iter().any(|words| words.iter().all(|word| speaks(word)))
}

pub(super) const DOMAIN_IS_PURE: Rule = Rule {
    name: "domain-is-pure",
    way_out: "Take what is needed as an argument: the time, the random number, the contents.",
    check: |tree| {
        const OUTSIDE: [&[&str]; 10] = [
            &["std", ":", ":", "fs"],
            &["std", ":", ":", "io"],
            &["std", ":", ":", "net"],
            &["std", ":", ":", "env"],
            &["std", ":", ":", "process"],
            &["std", ":", ":", "thread"],
            &["SystemTime"],
            &["Instant"],
            &["async"],
            &["println"],
        ];
        let domain = tree.rust().iter().filter(|file| file.path.starts_with(DOMAIN));
        domain
            .flat_map(|file| {
                OUTSIDE
                    .iter()
                    .flat_map(move |sequence| spots(file, sequence, |token| !token.test))
                    .collect::<Vec<_>>()
            })
            .collect()
    },
};

pub(super) const CRATES_SAY_WHAT_THEY_ARE: Rule = Rule {
    name: "crates-say-what-they-are",
    way_out: "Begin lib.rs with `//!` and one sentence: what is this room for?",
    check: |tree| {
        let roots = tree.texts().filter(|(file, _)| file.path.ends_with("/src/lib.rs"));
        let silent = roots.filter(|(_, text)| !text.starts_with("//!"));
        silent.map(|(file, _)| Spot::new(&file.path, 1, "the crate does not say what it is")).collect()
    },
};

/// The places where these tokens follow each other.
fn spots(file: &RustFile, sequence: &'static [&str], only: impl Fn(&Token) -> bool) -> Vec<Spot> {
    let found = file.find(sequence).filter(|token| only(token));
    found.map(|token| Spot::new(&file.path, token.line, format!("`{}`", sequence.concat()))).collect()
}

/// Files that nobody writes by hand.
fn is_data(path: &str) -> bool {
    path.starts_with("fixtures/") || path.starts_with("models/") || path.ends_with(".lock")
}

/// Whether `word` stands in `line` without a letter or digit beside it.
fn has_word(line: &str, word: &str) -> bool {
    let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        !touches(line[..at].chars().next_back()) && !touches(line[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    const HERE: &str = "crates/bonafide/src/a.rs";

    #[test]
    fn unsafe_is_found_outside_of_the_gallery() {
        let code = "/// Not unsafe.\nfn a() {\n    unsafe { b() }\n}\n#[cfg(test)]\nunsafe fn c() {}\n";
        let inside = ("crates/gallery/src/a.rs", code);
        check(&UNSAFE_ONLY_IN_GALLERY, &[(HERE, code), inside], &[(HERE, 3), (HERE, 6)]);
    }

    #[test]
    fn what_is_not_finished_is_found() {
        let code = concat!(
            "fn a() { todo!() }\nfn b() { unimplemented!() }\nfn c() { dbg!(1); }\n",
            "#[test]\n#[ignore = \"later\"]\nfn d() {}\n// FIX",
            "ME: this\n// XX",
            "X\nconst E: &str = \"XX",
            "XX\";\n// todo is a word\n"
        );
        let expected = [1, 2, 3, 5, 7, 8].map(|line| (HERE, line));
        check(&NOTHING_UNFINISHED, &[(HERE, code)], &expected);
        check(&NOTHING_UNFINISHED, &[("STYLE.md", code)], &[]);
    }

    #[test]
    fn global_state_is_found() {
        let code = "static mut A: u8 = 0;\nstatic B: std::sync::Mutex<u8> = m();\nstatic C: AtomicU64 = z();\n\
                    static D: &str = \"fine\";\nfn e(x: &'static Mutex<u8>) {}\nconst F: u8 = 1;\n\
                    thread_local! { static G: RefCell<u8> = r(); }\n#[cfg(test)]\nstatic H: AtomicU8 = z();\n";
        check(&NO_GLOBAL_STATE, &[(HERE, code)], &[(HERE, 1), (HERE, 2), (HERE, 3), (HERE, 7)]);
    }

    #[test]
    fn a_sleeping_test_is_found() {
        let code =
            "fn a() { thread::sleep(S); }\n#[cfg(test)]\nmod tests {\n    fn b() { thread::sleep(S); }\n}\n";
        let test = "crates/faces/tests/it.rs";
        let integration = (test, "fn c() {\n    sleep(S).await;\n}\n");
        check(&NO_SLEEP_IN_TESTS, &[(HERE, code), integration], &[(HERE, 4), (test, 2)]);
    }

    #[test]
    fn swallowed_errors_are_found_in_the_store() {
        let code = "fn a() {\n    b().ok();\n    let _ = c();\n    d().unwrap_or_default();\n    let e = f().ok();\n}\n";
        let store = "crates/store/src/a.rs";
        let expected = [2, 3, 4, 5].map(|line| (store, line));
        check(&STORE_SWALLOWS_NOTHING, &[(HERE, code), (store, code)], &expected);
    }

    #[test]
    fn sql_is_found_outside_of_the_store() {
        let code = concat!(
            "/// SELECT x FR",
            "OM y is fine here.\nconst A: &str = \"SEL",
            "ECT a FR",
            "OM b\";\nconst B: &str = r#\"INS",
            "ERT INTO b VALUES ($1)\"#;\nconst C: &str = \"select one from the list\";\n"
        );
        let files = [(HERE, code), ("crates/store/src/a.rs", code), ("docs/a.sql", "")];
        check(&SQL_ONLY_IN_STORE, &files, &[(HERE, 2), (HERE, 3), ("docs/a.sql", 1)]);
    }

    #[test]
    fn an_impure_rule_is_found() {
        let code = "use std::time::Duration;\nfn a() { std::fs::read(x); }\nfn b() { Instant::now(); }\n\
                    async fn c() {}\n#[cfg(test)]\nfn d() { std::fs::read(x); }\n";
        let domain = "crates/domain/src/a.rs";
        check(&DOMAIN_IS_PURE, &[(HERE, code), (domain, code)], &[2, 3, 4].map(|line| (domain, line)));
    }

    #[test]
    fn a_silent_crate_and_broken_code_are_found() {
        let silent = "crates/faces/src/lib.rs";
        let files = [(silent, "mod a;\n"), ("crates/domain/src/lib.rs", "//! Rules.\n")];
        check(&CRATES_SAY_WHAT_THEY_ARE, &files, &[(silent, 1)]);
        check(&READABLE, &[(HERE, "fn a( {")], &[(HERE, 1)]);
    }
}
