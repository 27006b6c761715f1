//! What a file is, by its first bytes: names lie, and half of the ".xls" files are web pages.

use super::archive::Archive;

/// How many bytes [`of_start`] wants to see.
pub(super) const START_BYTES: usize = 512;

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A zip archive, perhaps a workbook.
    Zip,
    /// Text with separators.
    Text,
}

/// A kind of file that is recognised in order to say the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// The old binary workbook, or a new one behind a password: both are OLE files.
    OldExcel,
    /// `.xlsb`.
    BinaryExcel,
    /// `.ods`, or another OpenDocument file.
    OpenDocument,
    /// Apple Numbers.
    Numbers,
    /// A Word or PowerPoint file.
    OtherOffice,
    /// A zip of something else.
    OtherArchive,
    /// PDF.
    Pdf,
    /// A web page, which many programs export under the name `.xls`.
    WebPage,
    /// XML, among it Excel 2003's.
    Xml,
    /// A picture.
    Picture,
    /// Anything else with bytes that no text has.
    Binary,
}

impl Foreign {
    /// The words for it, to stand after "this is".
    pub(super) fn name(self) -> &'static str {
        match self {
            Foreign::OldExcel => "an old .xls workbook or one with a password",
            Foreign::BinaryExcel => "a binary .xlsb workbook",
            Foreign::OpenDocument => "an OpenDocument file (.ods)",
            Foreign::Numbers => "a Numbers file",
            Foreign::OtherOffice => "a text or presentation, not a workbook",
            Foreign::OtherArchive => "an archive, not a workbook",
            Foreign::Pdf => "a PDF",
            Foreign::WebPage => "a web page",
            Foreign::Xml => "an XML file",
            Foreign::Picture => "a picture",
            Foreign::Binary => "no table of any kind that is known here",
        }
    }
}

/// The kind of a file that begins with `start`.
pub(super) fn of_start(start: &[u8]) -> Result<FileKind, Foreign> {
    const SIGNATURES: &[(&[u8], Foreign)] = &[
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Foreign::OldExcel),
        (b"\x09\x08", Foreign::OldExcel),
        (b"%PDF", Foreign::Pdf),
        (b"Rar!", Foreign::OtherArchive),
        (b"7z\xBC\xAF", Foreign::OtherArchive),
        (b"\x1F\x8B", Foreign::OtherArchive),
        (b"\x89PNG", Foreign::Picture),
        (b"\xFF\xD8\xFF", Foreign::Picture),
        (b"GIF8", Foreign::Picture),
        (b"{\\rtf", Foreign::OtherOffice),
        (b"ID;P", Foreign::OldExcel),
    ];
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Ok(FileKind::Zip);
    }
    if let Some((_, foreign)) = SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature)) {
        return Err(*foreign);
    }
    let bare = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let lower = bare[..bare.len().min(64)].to_ascii_lowercase();
    let begins = |words: &[&[u8]]| words.iter().any(|word| lower.starts_with(word));
    if begins(&[b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<div"]) {
        return Err(Foreign::WebPage);
    }
    if begins(&[b"<?xml", b"<workbook"]) {
        return Err(Foreign::Xml);
    }
    Ok(FileKind::Text)
}

/// What a zip archive without a workbook of the right kind is.
pub(super) fn of_archive(archive: &Archive) -> Result<(), Foreign> {
    if archive.find("xl/workbook.bin").is_some() {
        return Err(Foreign::BinaryExcel);
    }
    if archive.find("[Content_Types].xml").is_some() {
        let text = archive.find("word/document.xml").or_else(|| archive.find("ppt/presentation.xml"));
        return if text.is_some() { Err(Foreign::OtherOffice) } else { Ok(()) };
    }
    if archive.find("mimetype").is_some() && archive.find("content.xml").is_some() {
        return Err(Foreign::OpenDocument);
    }
    if archive.find("Index/Document.iwa").is_some() {
        return Err(Foreign::Numbers);
    }
    Err(Foreign::OtherArchive)
}
