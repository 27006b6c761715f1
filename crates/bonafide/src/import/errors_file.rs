//! The rows that were held back, as a CSV that opens in Excel.

use std::io::{self, Write};

use super::row::RowError;
use crate::spreadsheet::cell;

/// UTF-8 with the mark by which Excel knows it, and `;` between the cells, as our own import reads it too.
#[derive(Debug)]
pub struct ErrorsFile<W: Write> {
    out: W,
}

impl<W: Write> ErrorsFile<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(mut out: W) -> io::Result<ErrorsFile<W>> {
        out.write_all("\u{FEFF}row;column;error;what to do;text\r\n".as_bytes())?;
        Ok(ErrorsFile { out })
    }

    /// Adds one error.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, error: &RowError) -> io::Result<()> {
        let cells = [
            error.line.to_string(),
            error.column.clone(),
            error.trouble.key().to_owned(),
            error.trouble.to_string(),
            error.text.clone(),
        ];
        let quoted: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        write!(self.out, "{}\r\n", quoted.join(";"))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trouble::Trouble;
    use super::*;

    #[test]
    fn s06_formulas_in_a_list_are_text_in_the_errors_file() {
        let dangerous = [
            "=HYPERLINK(\"http://evil\",\"x\")",
            "+1+1",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\0=1",
            " =1+1",
            "＝1+1",
            "plain",
            "with;semicolon",
            "with \"quotes\"",
        ];
        let mut file = ErrorsFile::begin(Vec::new()).unwrap();
        for (line, text) in (2..).zip(dangerous) {
            let trouble = Trouble::UnreadablePhone;
            let error =
                RowError {
                    line, column: "=Телефон".to_owned(), field: None, trouble, text: text.to_owned()
                };
            file.add(&error).unwrap();
        }
        let written = String::from_utf8(file.finish().unwrap()).unwrap();
        let way_out = "\"this is no phone number; write it with + and the country\"";
        let golden = [
            "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\"",
            "\"'+1+1\"",
            "\"'-2+3\"",
            "\"'@SUM(A1)\"",
            "\"'\t=1\"",
            "\"'\n=1\"",
            "\"'\u{FFFD}=1\"",
            "\"' =1+1\"",
            "\"'＝1+1\"",
            "plain",
            "\"with;semicolon\"",
            "\"with \"\"quotes\"\"\"",
        ];
        let mut expected = "\u{FEFF}row;column;error;what to do;text\r\n".to_owned();
        for (line, golden) in (2..).zip(golden) {
            expected.push_str(&format!("{line};\"'=Телефон\";unreadable_phone;{way_out};{golden}\r\n"));
        }
        assert_eq!(written, expected);
    }
}
