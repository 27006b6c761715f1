//! Letters ahead of points that come to nothing, to a mail server over real sockets.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bonafide::server::chores::round;
use bonafide_domain::calendar::{UtcMicros, days_after};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::ledger::{Asked, Command, Expiry, Grant, Points, Request};
use bonafide_domain::profile::{EmailAddress, Language, PersonName};
use bonafide_domain::programme::{ExpiryRule, RulesSpec};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, RulesDraft};
use bonafide_store::ledger::{self, OFFICE};
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::branch;
use bonafide_store::organisation::time_zone::TimeZoneName;
use jiff::civil::Date;

use super::api::operation;
use super::club::{Club, acting};
use super::gateways::{MailSafety, MailServer, Postman};
use super::till::{Shop, rules, shop_of};

/// A shop in whose zone it is about this hour now, with warnings a week ahead.
fn shop_at_hour(mail: &MailServer, hour: i64) -> Shop {
    shop_with(mail, &mail.settings("starttls"), hour)
}

fn shop_with(mail: &MailServer, settings: &str, hour: i64) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bonafide.toml"), settings).unwrap();
    mail.files(folder.path());
    let shop = shop_of(Club::with_senders(folder), Jurisdiction::Other);
    let utc_hour = bonafide::clock::now_us() / 3_600_000_000 % 24;
    // A zone of that name is behind: from 14 hours before to 12 behind.
    let behind = (utc_hour - hour + 14).rem_euclid(24) - 14;
    let name = if behind < 0 { format!("Etc/GMT{behind}") } else { format!("Etc/GMT+{behind}") };
    let found = shop.club.app.store.read(|tx| branch::get(tx, shop.branch)).unwrap().unwrap();
    let content = branch::Branch { time_zone: TimeZoneName::parse(&name).unwrap(), ..found.content };
    let (place, programme) = (shop.branch, shop.programme);
    shop.club.done(move |work| branch::change(work, &acting(), place, &content));
    let rules = RulesSpec { expiry: ExpiryRule::Months(12), warning_days: vec![7], ..rules() };
    let draft = RulesDraft { rules, tier_names: Vec::new(), rule_names: BTreeMap::new() };
    shop.club.done(move |work| programmes::put_rules(work, &acting(), programme, 1, &draft));
    shop
}

/// Somebody with 120 points that end in five days; the date of their end.
fn ending(shop: &Shop, name: &str, email: Option<&str>, language: Option<Language>) -> Date {
    let emails = email.iter().map(|email| EmailAddress::parse(email).unwrap()).collect();
    let profile =
        Profile { emails, language, ..Profile::named(PersonName::parse(name, "Test", "").unwrap()) };
    let programme = shop.programme;
    let wallet = shop.club.done(move |work| {
        let member = members::add(work, &acting(), &profile)?.0;
        ledger::enrol(work, &acting(), member, programme)
    });
    let found = shop.club.app.store.read(|tx| branch::get(tx, shop.branch)).unwrap().unwrap();
    let calendar = found.content.time_zone.calendar();
    let at = UtcMicros::parse(bonafide::clock::now_us()).unwrap();
    let date = days_after(calendar.date_of(at), 5).unwrap();
    let expiry = Expiry::At(calendar.first_instant(date).unwrap());
    let asked = Asked { operation: Id::parse(&operation()).unwrap().into(), step: 0 };
    let request = Request { asked, at, place: OFFICE.into() };
    let points = Points::parse(120).unwrap();
    let command = Command::Give { grant: Grant::Gift, points, matures: None, expiry };
    shop.club.done(move |work| ledger::post(work, &acting(), wallet, &request, &command));
    date
}

/// What a letter says whose body is written in base 64.
fn decoded(letter: &str) -> String {
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("content-transfer-encoding: base64"), "{head}");
    let lines: String = body.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(lines).unwrap()).unwrap()
}

#[test]
fn a_member_with_an_address_gets_one_letter_in_his_language() {
    let mail = MailServer::start(MailSafety::StartTls);
    let shop = shop_at_hour(&mail, 12);
    let date = ending(&shop, "Anna", Some("anna@example.com"), Some(Language::Russian));
    ending(&shop, "Boris", None, None);
    round(&shop.club.app).unwrap();
    let letter = mail.next();
    assert_eq!((letter.to.as_str(), letter.by_tls), ("anna@example.com", true));
    let text = decoded(&letter.text);
    assert!(text.contains("120 баллов") && text.contains("Bonus"), "{text}");
    assert!(text.contains(&date.day().to_string()), "{text}");
    for _ in 0..2 {
        round(&shop.club.app).unwrap();
    }
    assert!(mail.has_nothing(), "once, and to nobody without an address");
}

#[test]
fn nobody_is_woken_and_a_mailbox_that_is_not_there_is_asked_once() {
    let mail = MailServer::start(MailSafety::StartTls);
    let night = shop_at_hour(&mail, 2);
    ending(&night, "Anna", Some("anna@example.com"), None);
    round(&night.club.app).unwrap();
    assert!(mail.has_nothing(), "it is night there");

    let day = shop_at_hour(&mail, 12);
    ending(&day, "Clara", Some("clara@example.com"), None);
    mail.does(Postman::RefusesAddress);
    round(&day.club.app).unwrap();
    mail.does(Postman::Takes);
    round(&day.club.app).unwrap();
    assert!(mail.has_nothing(), "a mailbox that is not there is not asked again");
}

#[test]
fn a_letter_waits_for_a_mail_server_that_is_not_there() {
    let mail = MailServer::start(MailSafety::StartTls);
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let settings = mail.settings("starttls");
    let settings = settings.replace(&format!("port = {}", mail.address.port()), &format!("port = {gone}"));
    let shop = shop_with(&mail, &settings, 12);
    ending(&shop, "Anna", Some("anna@example.com"), None);
    round(&shop.club.app).unwrap();
    assert!(mail.has_nothing());
    let due = shop.club.app.store.read(|tx| ledger::warnings::due(tx, &acting(), None)).unwrap();
    assert_eq!(due.due.len(), 1, "it is due still");
    assert_eq!(shop.club.app.warnings.next(bonafide::clock::now_us()), None, "and is tried again later");
}

#[test]
fn a_mail_server_that_hangs_holds_up_one_letter_and_is_left_alone_for_a_while() {
    let mail = MailServer::start(MailSafety::StartTls);
    let shop = shop_with(&mail, &(mail.settings("starttls") + "time_out_ms = 300\n"), 12);
    for (name, email) in [("Anna", "anna@example.com"), ("Boris", "boris@example.com")] {
        ending(&shop, name, Some(email), None);
    }
    mail.does(Postman::HangsHalfWay);
    round(&shop.club.app).unwrap();
    let due = shop.club.app.store.read(|tx| ledger::warnings::due(tx, &acting(), None)).unwrap();
    assert_eq!(due.due.len(), 1, "the first may have gone out, the second was not begun");
    assert_eq!(shop.club.app.warnings.next(bonafide::clock::now_us()), None);
}
