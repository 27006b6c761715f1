//! The texts that members consent to: begun with a draft, put in force, and never changed.

use axum::http::StatusCode;
use bonafide_domain::consent::{Jurisdiction, Modality, Purpose};
use bonafide_store::consents::texts::{content, newest_in_force};

use super::club::{Answer, Club};
use super::set_up::{OWNER, fill, operation, set_up};

const PATH: &str = "/set-up/consent-texts";

fn sent(club: &Club, text: &str, further: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("about", "face/entry"),
        ("law", "illinois"),
        ("language", "en"),
        ("content", text),
        ("separate", "yes"),
    ];
    fields.extend(further);
    fill(club, PATH, &fields)
}

fn asked(club: &Club) -> Option<String> {
    club.app
        .store
        .read(|tx| {
            let newest = newest_in_force(tx, Jurisdiction::Illinois, Modality::Face, Purpose::Entry)?;
            newest.first().map_or(Ok(None), |kept| content(tx, kept.text.hash))
        })
        .unwrap()
}

#[test]
fn a_text_begins_with_a_draft_that_must_be_filled_in() {
    let club = Club::new();
    set_up(&club, "Harbour");
    let empty = club.get(OWNER, PATH);
    assert_eq!(empty.words(".empty").len(), 1, "{}", empty.text());
    let choose = club.get(OWNER, &format!("{PATH}/new"));
    assert!(choose.words("textarea").is_empty(), "first it is said what it is for");
    assert_eq!(choose.words("select[name=about] option").len(), 9);
    let draft = club.get(OWNER, &format!("{PATH}/new?about=face/entry&law=illinois&language=en&from=draft"));
    let text = draft.words("textarea").remove(0);
    for part in ["740 ILCS 14", "3 years after my last visit", "card, bracelet", "[Name of the club"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(draft.words(".notice")[0].contains("lawyer"));
    let open = sent(&club, &text, &[]);
    assert_eq!(open.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(open.words(".refused")[0].contains("not filled in"), "{:?}", open.words(".refused"));
    assert_eq!(open.words("textarea").concat(), text, "what was typed stays");
    assert_eq!(sent(&club, &text, &[("as_it_is", "yes")]).status, StatusCode::SEE_OTHER);
    assert_eq!(sent(&club, "", &[]).words(".refused").len(), 1);
    let other = [("about", "voice/entry"), ("law", "illinois"), ("language", "en"), ("as_it_is", "yes")];
    let mut other = other.to_vec();
    other.push(("content", text.as_str()));
    let refused = fill(&club, PATH, &other);
    assert!(refused.words(".refused")[0].contains("another matter"), "{}", refused.text());
}

#[test]
fn a_further_version_leaves_the_older_one_as_it_is_said() {
    let club = Club::new();
    set_up(&club, "Harbour");
    let once = operation();
    for _ in 0..2 {
        let first = sent(&club, "First.\r\nSecond line.", &[("operation", &once)]);
        assert_eq!(
            (first.status, first.header("location")),
            (StatusCode::SEE_OTHER, PATH),
            "{}",
            first.text()
        );
    }
    assert_eq!(
        asked(&club).as_deref(),
        Some("First.\nSecond line."),
        "lines end in one way, on every browser"
    );
    let list = club.get(OWNER, PATH);
    assert_eq!(list.words(".needs .state").len(), 1);
    let next = list.attribute("a[href*='/new?']", "href").unwrap();
    let form = club.get(OWNER, &next);
    assert_eq!(form.words("textarea"), ["First. Second line."], "it begins with what is in force");
    assert!(form.words("legend")[0].contains("1 older text"), "{:?}", form.words("legend"));
    assert_eq!(sent(&club, "Second.", &[]).status, StatusCode::SEE_OTHER);
    let list = club.get(OWNER, PATH);
    assert_eq!(
        list.words(".needs .state"),
        ["✓ members are asked this one", "? older: what was agreed to holds"]
    );
    assert_eq!(sent(&club, "Third.", &[("replaces", "yes")]).status, StatusCode::SEE_OTHER);
    assert_eq!(asked(&club).as_deref(), Some("Third."));
    let list = club.get(OWNER, PATH);
    let states = list.words(".needs .state");
    assert_eq!(states, ["✓ members are asked this one", "✕ out of force", "✕ out of force"]);

    let path = list.attribute(".needs a.button", "href").unwrap();
    let read = club.get(OWNER, &path);
    assert_eq!(read.words(".text p"), ["Third."]);
    assert!(
        read.words("h1")[0].contains("Face, to open doors · Illinois · English"),
        "{:?}",
        read.words("h1")
    );
    let retire = format!("{path}/retirements");
    for (retired, expected) in [("yes", None), ("yes", None), ("no", Some("Third.")), ("no", Some("Third."))]
    {
        let set = club.post(OWNER, &retire, &[("retired", retired)]);
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
        assert_eq!(asked(&club).as_deref(), expected, "{retired}");
    }
    for strange in ["none", &"0".repeat(64), &"é".repeat(32)] {
        assert_eq!(club.get(OWNER, &format!("{PATH}/{strange}")).status, StatusCode::NOT_FOUND);
    }
}
