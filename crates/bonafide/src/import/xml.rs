//! The XML of a workbook as events, each under a limit of bytes and depth, and without document types.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader};

use super::archive::PartReader;
use super::refusal::{TableError, TableRefusal};

/// One tag, text or comment. A cell of 32,767 characters, each written as a reference, has 330,000 bytes.
const EVENT_BYTES_MAX: usize = 1 << 20;
/// The parser remembers the names of all open elements; a cell lies six deep.
const DEPTH_MAX: u32 = 64;
const BUFFER_BYTES: usize = 64 << 10;

/// The events of one part.
pub(super) struct XmlEvents<'input> {
    reader: Reader<Metered<BufReader<PartReader<'input>>>>,
    buffer: Vec<u8>,
    depth: u32,
    read_bytes: u64,
}

impl<'input> XmlEvents<'input> {
    pub(super) fn new(part: PartReader<'input>) -> XmlEvents<'input> {
        let metered = Metered { inner: BufReader::with_capacity(BUFFER_BYTES, part), event_bytes: 0 };
        let mut reader = Reader::from_reader(metered);
        reader.config_mut().expand_empty_elements = true;
        XmlEvents { reader, buffer: Vec::new(), depth: 0, read_bytes: 0 }
    }

    /// The next event. The end of the part within an element is an error.
    pub(super) fn next(&mut self) -> Result<Event<'_>, TableError> {
        self.buffer.clear();
        self.read_bytes += self.reader.get_ref().event_bytes as u64;
        self.reader.get_mut().event_bytes = 0;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(table_error)?;
        match &event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => return Err(TableRefusal::Malformed.into()),
            Event::Eof if self.depth > 0 => return Err(TableRefusal::Truncated.into()),
            _ => {}
        }
        if self.depth > DEPTH_MAX {
            return Err(TableRefusal::Malformed.into());
        }
        Ok(event)
    }

    /// Bytes of XML that were read so far.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// Adds the text within the element just opened, up to its end, to `text`. Phonetic readings (`rPh`) are left out,
    /// and so is what goes beyond `max_bytes`.
    pub(super) fn text_of_element(&mut self, text: &mut String, max_bytes: usize) -> Result<(), TableError> {
        let outer_depth = self.depth - 1;
        let mut phonetic_depth = None;
        loop {
            let depth = self.depth;
            match self.next()? {
                Event::Start(start) if start.local_name().as_ref() == "rPh" => {
                    phonetic_depth.get_or_insert(depth);
                }
                Event::End(_) if depth - 1 == outer_depth => return Ok(()),
                Event::End(_) if phonetic_depth == Some(depth - 1) => phonetic_depth = None,
                Event::Eof => return Err(TableRefusal::Truncated.into()),
                _ if phonetic_depth.is_some() || text.len() > max_bytes => {}
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(c)) => text.push(c),
                    Ok(None) => text.push(named_reference(&reference.xml10_content())?),
                    Err(_) => return Err(TableRefusal::Malformed.into()),
                },
                _ => {}
            }
        }
    }
}

/// The value of an attribute without its prefix, as it is written.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, TableRefusal> {
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| TableRefusal::Malformed)?;
        if attribute.key.local_name().as_ref() == name {
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| TableRefusal::Malformed)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

fn named_reference(name: &str) -> Result<char, TableRefusal> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(TableRefusal::Malformed),
    }
}

fn table_error(error: Error) -> TableError {
    match error {
        Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => TableRefusal::Truncated.into(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => TableRefusal::Malformed.into(),
            kind => TableError::Io(kind.into()),
        },
        _ => TableRefusal::Malformed.into(),
    }
}

/// Counts the bytes of the current event. The parser collects an event whole, so its growth is stopped here.
struct Metered<R> {
    inner: R,
    event_bytes: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.event_bytes > EVENT_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.event_bytes += bytes;
        self.inner.consume(bytes);
    }
}
