//! Replays the fuzzing corpus: what was once found stays found.

use std::path::Path;

use bonafide::gallery_file::{GalleryFileRefusal, check_header, record};

#[test]
fn the_gallery_file_corpus_is_refused_or_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/gallery_file");
    let (mut files, mut read, mut headers) = (0, 0, 0);
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        files += 1;
        headers += usize::from(check_header(&bytes).is_ok());
        if let Some(content) = record::read(&bytes) {
            read += 1;
            let again = record::read(&record::write(&content).unwrap()).unwrap();
            assert_eq!(again.members.len(), content.members.len());
        }
    }
    assert!(files >= 12 && read >= 3 && headers >= 1, "{files} files, {read} read, {headers} headers");
}

#[test]
fn a_file_of_another_kind_version_or_greed_is_told_apart() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/gallery_file");
    let header = |name: &str| check_header(&std::fs::read(corpus.join(name)).unwrap());
    assert_eq!(header("header"), Ok(()));
    assert_eq!(header("header_greedy"), Err(GalleryFileRefusal::BadHeader));
    assert_eq!(header("header_future"), Err(GalleryFileRefusal::Version { found: 9 }));
    assert_eq!(header("one_member"), Err(GalleryFileRefusal::NotAGallery));
}
