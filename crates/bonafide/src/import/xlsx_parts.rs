//! What an xlsx says beside its sheets: which sheets there are, the texts that cells share, which styles are dates.

use quick_xml::events::Event;

use super::archive::{Archive, Entry};
use super::limits::ImportLimits;
use super::refusal::{TableError, TableRefusal};
use super::table::Input;
use super::xml::{XmlEvents, attribute};

/// Longer names and paths are no honest producer's.
const NAME_BYTES_MAX: usize = 1_024;
/// Excel ends at 65,490 cell styles.
const STYLES_MAX: usize = 65_536;

/// A sheet of cells.
pub(super) struct SheetPart {
    pub(super) name: String,
    pub(super) hidden: bool,
    pub(super) entry: Entry,
}

/// The table of contents.
pub(super) struct Outline {
    pub(super) sheets: Vec<SheetPart>,
    pub(super) starts_in_1904: bool,
}

/// The sheets in their order.
pub(super) fn read_outline(
    input: &mut Input,
    archive: &Archive,
    limits: &ImportLimits,
) -> Result<Outline, TableError> {
    let package = read_relations(input, archive, "_rels/.rels", limits)?;
    let workbook_path = package
        .iter()
        .find(|relation| relation.kind == "officeDocument")
        .map_or("xl/workbook.xml", |relation| relation.target.as_str());
    let (folder, file) = workbook_path.rsplit_once('/').unwrap_or(("", workbook_path));
    let relations = read_relations(input, archive, &join(folder, &format!("_rels/{file}.rels")), limits)?;
    let workbook = archive.find(workbook_path).ok_or(TableRefusal::Malformed)?;
    let mut outline = Outline { sheets: Vec::new(), starts_in_1904: false };
    let mut xml = XmlEvents::new(workbook.open(input)?);
    loop {
        match xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "workbookPr" => {
                let base = attribute(&start, "date1904")?;
                outline.starts_in_1904 = matches!(base.as_deref(), Some("1" | "true"));
            }
            Event::Start(start) if start.local_name().as_ref() == "sheet" => {
                let (name, id) = (attribute(&start, "name")?, attribute(&start, "id")?);
                let hidden = matches!(attribute(&start, "state")?.as_deref(), Some("hidden" | "veryHidden"));
                let relation = relations.iter().find(|relation| Some(&relation.id) == id.as_ref());
                let entry = relation
                    .filter(|relation| relation.kind == "worksheet")
                    .and_then(|relation| archive.find(&join(folder, &relation.target)));
                if let (Some(name), Some(entry), true) =
                    (name, entry, outline.sheets.len() < limits.max_sheets)
                {
                    let name = name.chars().filter(|c| !c.is_control()).take(64).collect();
                    outline.sheets.push(SheetPart { name, hidden, entry: entry.clone() });
                }
            }
            Event::Eof => return Ok(outline),
            _ => {}
        }
    }
}

/// A line of a `.rels` part.
struct Relation {
    id: String,
    /// The last word of the type.
    kind: String,
    target: String,
}

fn read_relations(
    input: &mut Input,
    archive: &Archive,
    path: &str,
    limits: &ImportLimits,
) -> Result<Vec<Relation>, TableError> {
    let mut relations = Vec::new();
    let Some(part) = archive.find(path) else { return Ok(relations) };
    let mut xml = XmlEvents::new(part.open(input)?);
    loop {
        match xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "Relationship" => {
                let values =
                    (attribute(&start, "Id")?, attribute(&start, "Type")?, attribute(&start, "Target")?);
                let (Some(id), Some(kind), Some(target)) = values else { continue };
                if relations.len() == limits.max_archive_entries || id.len() + target.len() > NAME_BYTES_MAX {
                    return Err(TableRefusal::Malformed.into());
                }
                let kind = kind.rsplit('/').next().unwrap_or_default().chars().take(64).collect();
                relations.push(Relation { id, kind, target: target.trim_start_matches('/').to_owned() });
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// A target, which may be written from the root or from the folder of the part that names it.
fn join(folder: &str, target: &str) -> String {
    if folder.is_empty() || target.starts_with(&format!("{folder}/")) {
        target.to_owned()
    } else {
        format!("{folder}/{target}")
    }
}

/// The texts that cells refer to by number: one long string and where each ends.
#[derive(Default)]
pub(super) struct SharedTexts {
    text: String,
    ends: Vec<u32>,
}

impl SharedTexts {
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.text.get(start..end)
    }
}

/// Reads the shared texts twice: to know exactly what they take, and to keep them. A file that takes too much is so
/// refused without having taken it, and nothing that it claims about their number is believed.
pub(super) fn read_texts(
    input: &mut Input,
    archive: &Archive,
    limits: &ImportLimits,
) -> Result<SharedTexts, TableError> {
    let Some(part) = archive.find("xl/sharedStrings.xml") else { return Ok(SharedTexts::default()) };
    let (mut texts_count, mut text_bytes) = (0, 0);
    each_text(input, part, limits, &mut |text| {
        texts_count += 1;
        text_bytes += text.len();
    })?;
    let bytes = (text_bytes + texts_count * size_of::<u32>()) as u64;
    if bytes > limits.max_text_memory_bytes {
        return Err(TableRefusal::TooMuchText { bytes, max_bytes: limits.max_text_memory_bytes }.into());
    }
    let mut texts =
        SharedTexts { text: String::with_capacity(text_bytes), ends: Vec::with_capacity(texts_count) };
    each_text(input, part, limits, &mut |text| {
        texts.text.push_str(text);
        // Bounded by the limit above.
        texts.ends.push(texts.text.len() as u32);
    })?;
    Ok(texts)
}

fn each_text(
    input: &mut Input,
    part: &Entry,
    limits: &ImportLimits,
    visit: &mut dyn FnMut(&str),
) -> Result<(), TableError> {
    let mut xml = XmlEvents::new(part.open(input)?);
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "si" => {
                text.clear();
                xml.text_of_element(&mut text, limits.max_cell_chars * 4)?;
                visit(&text);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Which cell styles show a number as a date.
#[derive(Default)]
pub(super) struct Styles {
    dates: Vec<bool>,
}

impl Styles {
    pub(super) fn is_date(&self, style: usize) -> bool {
        self.dates.get(style).copied().unwrap_or(false)
    }
}

pub(super) fn read_styles(input: &mut Input, archive: &Archive) -> Result<Styles, TableError> {
    let mut styles = Styles::default();
    let Some(part) = archive.find("xl/styles.xml") else { return Ok(styles) };
    let mut own_dates: Vec<(u32, bool)> = Vec::new();
    let mut within_cell_styles = false;
    let mut xml = XmlEvents::new(part.open(input)?);
    loop {
        match xml.next()? {
            Event::Start(start) => match start.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse().ok());
                    let code = attribute(&start, "formatCode")?;
                    if let (Some(id), Some(code), true) = (id, code, own_dates.len() < STYLES_MAX) {
                        own_dates.push((id, is_date_format(&code)));
                    }
                }
                "cellXfs" => {
                    // Looked up for each style below.
                    own_dates.sort_unstable();
                    within_cell_styles = true;
                }
                "xf" if within_cell_styles => {
                    if styles.dates.len() == STYLES_MAX {
                        return Err(TableRefusal::Malformed.into());
                    }
                    let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or(0);
                    let own = own_dates.binary_search_by_key(&id, |(id, _)| *id);
                    styles.dates.push(own.map_or_else(|_| is_builtin_date(id), |at| own_dates[at].1));
                }
                _ => {}
            },
            Event::End(end) if end.local_name().as_ref() == "cellXfs" => return Ok(styles),
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// The formats without a code that hold a day; 27 to 36 and 50 to 58 are East Asian.
fn is_builtin_date(id: u32) -> bool {
    matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58)
}

/// Whether a format code shows a day or a year outside of quotes and brackets. Codes are kept in English letters,
/// but some programs write those of their own language.
fn is_date_format(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for c in code.chars().take(NAME_BYTES_MAX) {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '_' | '*' => escaped = true,
            '[' => bracketed = true,
            ']' => bracketed = false,
            _ if bracketed => {}
            'y' | 'Y' | 'd' | 'D' | 'г' | 'Г' | 'д' | 'Д' | '年' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_formats_are_told_from_others() {
        for code in
            ["dd.mm.yyyy", "[$-419]d mmmm yyyy;@", "yyyy\\-mm\\-dd", "ДД.ММ.ГГГГ", "yyyy\"年\"m\"月\""]
        {
            assert!(is_date_format(code), "{code}");
        }
        for code in ["General", "0.00", "[Red]0", "#,##0\" day\"", "mm:ss", "0\\d", "_-* #,##0 [$€-407]_-"]
        {
            assert!(!is_date_format(code), "{code}");
        }
    }
}
