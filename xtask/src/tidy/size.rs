//! Rules about length: what does not fit on one screen is read by nobody.

use super::{Rule, Spot};

/// The longest function, in lines from `fn` to the last brace.
const FUNCTION_LINES_MAX: usize = 70;

/// The longest file, in lines without its tests.
const FILE_LINES_MAX: usize = 600;

pub(super) const SHORT_FUNCTIONS: Rule = Rule {
    name: "short-functions",
    way_out: "Name its steps and give each a function of its own.",
    check: |tree| {
        let mut found = Vec::new();
        for file in tree.rust() {
            for function in file.functions.iter().filter(|function| !function.test) {
                let lines = function.lines.clone().count();
                if lines > FUNCTION_LINES_MAX {
                    let what = format!("`{}` has {lines} lines, {FUNCTION_LINES_MAX} at most", function.name);
                    found.push(Spot::new(&file.path, *function.lines.start(), what));
                }
            }
        }
        found
    },
};

pub(super) const SHORT_FILES: Rule = Rule {
    name: "short-files",
    way_out: "It has two subjects: give the second a file of its own.",
    check: |tree| {
        let long = tree.rust().iter().filter(|file| file.product_lines > FILE_LINES_MAX);
        long.map(|file| {
            let what = format!("{} lines without tests, {FILE_LINES_MAX} at most", file.product_lines);
            Spot::new(&file.path, 1, what)
        })
        .collect()
    },
};

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    const HERE: &str = "crates/bonafide/src/a.rs";

    fn function(lines: usize) -> String {
        format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_function_is_found_and_a_long_test_is_not() {
        let code = format!("\n{}{}", function(70), function(71));
        check(&SHORT_FUNCTIONS, &[(HERE, &code)], &[(HERE, 72)]);
        let test = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(100));
        check(&SHORT_FUNCTIONS, &[(HERE, &test), ("crates/faces/tests/it.rs", &function(100))], &[]);
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let fits = "const A: u8 = 1;\n".repeat(600);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(100));
        check(&SHORT_FILES, &[(HERE, &format!("{fits}{tests}"))], &[]);
        check(&SHORT_FILES, &[(HERE, &format!("{fits}const B: u8 = 1;\n{tests}"))], &[(HERE, 1)]);
    }
}
