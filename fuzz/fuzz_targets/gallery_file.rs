//! A gallery file from anywhere is refused or read; what was read can be written and read again.
//!
//! The seal keeps random bytes out of the record, so the record is fed by itself beside the header.
#![no_main]

use bonafide::gallery_file::{check_header, record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_header(bytes);
    if let Some(content) = record::read(bytes) {
        let written = record::write(&content).expect("what was read fits the limits");
        let again = record::read(&written).expect("what was written is well formed");
        assert_eq!(again.members.len(), content.members.len());
    }
});
