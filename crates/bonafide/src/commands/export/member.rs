//! `bonafide export member`: everything that is stored about one person, for the person.

use std::io::Write;
use std::path::{Path, PathBuf};

use bonafide_store::fault::Fault;
use bonafide_store::person_export::{PersonExport, export, photos};
use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::book::Book;
use crate::clock;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::new_file::{NewFile, refuse_existing};
use crate::output::{self, Answer};
use crate::spreadsheet::cell;

/// Only its owner may read what is unpacked.
const PERMISSIONS: u32 = 0o600;

/// Write everything that is stored about a member into a zip: JSON for programs, CSV for people, and the photos. Face
/// templates are not in it, only that they are there. It is written down before the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide export member 17 --out anna.zip --data club")]
pub(crate) struct ExportMemberArgs {
    /// The member's number or id.
    member: String,
    /// The file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct ExportMemberAnswer {
    number: u32,
    file: String,
    bytes: u64,
    photos: usize,
}

impl Answer for ExportMemberAnswer {
    fn text(&self) -> String {
        let photos = match self.photos {
            0 => "no photo".to_owned(),
            1 => "one photo".to_owned(),
            many => format!("{many} photos"),
        };
        format!("all about member {} in {}, with {photos}; written down in the audit", self.number, self.file)
    }
}

/// A name that no program that unpacks it can be led astray by: small Latin letters, digits, hyphens, and the ending of what
/// the picture is.
fn photo_name(name: &str, picture: &[u8]) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let ending = match picture {
        [0xFF, 0xD8, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        _ => "bin",
    };
    format!("photos/{safe}.{ending}")
}

/// The rows as CSV, as Excel opens it.
fn csv(export: &PersonExport) -> Result<String, Failure> {
    let mut csv = "\u{FEFF}path;value\r\n".to_owned();
    for (path, value) in export.rows()? {
        csv.push_str(&format!("{};{}\r\n", cell(&path), cell(&value)));
    }
    Ok(csv)
}

/// Today in UTC, in the form of a zip, which knows no year before 1980.
fn today() -> zip::DateTime {
    let date = clock::utc_date(clock::now_us());
    let [year, month, day] =
        [date.year(), i16::from(date.month()), i16::from(date.day())].map(i16::unsigned_abs);
    let small = |number: u16| u8::try_from(number).unwrap_or(1);
    zip::DateTime::from_date_and_time(year, small(month), small(day), 0, 0, 0).unwrap_or_default()
}

/// Puts files into a zip.
struct Archive<'a> {
    zip: ZipWriter<&'a mut std::fs::File>,
    path: &'a Path,
    /// When the files are said to be made: the day.
    day: zip::DateTime,
}

impl Archive<'_> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        // Pictures are packed already; deflate leaves them about as they are.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(self.day)
            .unix_permissions(PERMISSIONS);
        self.zip.start_file(name, options).map_err(|error| self.fault(&error))?;
        self.zip.write_all(bytes).map_err(|error| Failure::io("write", self.path, &error))
    }

    fn fault(&self, error: &zip::result::ZipError) -> Failure {
        Failure::new("io", format!("cannot write {}: {error}", self.path.display()))
    }

    fn finish(self) -> Result<(), Failure> {
        let Archive { zip, path, .. } = self;
        let done = zip.finish().map(drop);
        done.map_err(|error| Failure::new("io", format!("cannot write {}: {error}", path.display())))
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `file_exists`, `io`, and the keys of faults.
pub(super) fn run(args: &ExportMemberArgs, book: &Book, json: bool) -> Result<(), Failure> {
    refuse_existing(&args.out, args.force)?;
    let found = member(book, &args.member)?;
    let mut file = NewFile::begin(&args.out, args.force)?;
    let (acting, id) = (book.acting(), found.id);
    // First the trace, in the transaction that reads; then the file.
    let exported = book.write(move |work| export(work, &acting, id))?;
    let gone = || Failure::new("no_member", "the member is gone meanwhile");
    let exported = exported.ok_or_else(gone)?;
    let mut archive = Archive { zip: ZipWriter::new(file.as_file()), path: &args.out, day: today() };
    let stem = format!("member-{}", found.number);
    archive.add(&format!("{stem}.json"), output::to_json(&exported)?.as_bytes())?;
    archive.add(&format!("{stem}.csv"), csv(&exported)?.as_bytes())?;
    let (mut count, mut failed) = (0, None);
    let read = book.store.read(|tx| {
        photos(tx, book.store.vault(), id, |name, picture| {
            count += 1;
            archive.add(&photo_name(&name, &picture), &picture).map_err(|failure| {
                let words = failure.to_string();
                failed = Some(failure);
                Fault::broken(words)
            })
        })
    });
    if let Some(failure) = failed {
        return Err(failure);
    }
    read?;
    archive.finish()?;
    let bytes = file.finish()?;
    let file = args.out.display().to_string();
    output::print(&ExportMemberAnswer { number: found.number, file, bytes, photos: count }, json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_archive_lead_nowhere() {
        for (name, picture, expected) in [
            ("profile-0190", b"\xFF\xD8\xFF".as_slice(), "photos/profile-0190.jpg"),
            ("../../etc/passwd", b"\x89PNG", "photos/------etc-passwd.png"),
            ("C:\\X\u{202E}", b"RIFF0000WEBPVP8", "photos/c--x-.webp"),
            ("", b"", "photos/.bin"),
        ] {
            assert_eq!(photo_name(name, picture), expected);
        }
    }
}
