//! How much a spreadsheet may ask for. What can be known from a header is decided there, before anything is unpacked.

/// The named limits of one import. The default is the product's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportLimits {
    /// Size of the file. A hundred thousand members with notes take 8 MiB as xlsx and 20 as CSV.
    pub max_file_bytes: u64,
    /// Rows of the sheet, counted as the spreadsheet program counts them: a stray cell far below counts too.
    pub max_rows: u32,
    /// Columns. Exports of salon programs have up to sixty.
    pub max_columns: u32,
    /// Characters of a cell: what Excel itself holds.
    pub max_cell_chars: usize,
    /// Bytes of a physical line of a CSV file.
    pub max_line_bytes: usize,
    /// Sheets of a workbook that are looked at.
    pub max_sheets: usize,
    /// Files inside an xlsx.
    pub max_archive_entries: usize,
    /// Any file inside an xlsx, unpacked.
    pub max_part_bytes: u64,
    /// Unpacked to packed. Sheets reach 12, the worst honest one that was found 30; deflate ends at 1,032.
    pub max_unpack_ratio: u64,
    /// Heap of the texts that the cells of an xlsx share. They are counted before they are kept.
    pub max_text_memory_bytes: u64,
}

impl Default for ImportLimits {
    fn default() -> Self {
        ImportLimits {
            max_file_bytes: 256 << 20,
            max_rows: 1_000_000,
            max_columns: 256,
            max_cell_chars: 32_767,
            max_line_bytes: 1 << 20,
            max_sheets: 64,
            max_archive_entries: 4_096,
            max_part_bytes: 256 << 20,
            max_unpack_ratio: 100,
            max_text_memory_bytes: 160 << 20,
        }
    }
}
