//! The senders alone, over real sockets: what they send, and what they say when it is not taken.

use std::path::Path;

use bonafide::senders::{Address, Message, NotTaken, Senders};
use bonafide_domain::profile::{EmailAddress, Phone};
use bonafide_store::id::Id;
use zeroize::Zeroizing;

use super::gateways::{Gate, MailSafety, MailServer, Postman, SmsServer, fields};

const TEXT: &str = "Клуб & Co: код 123456 = {phone}";

fn message(to: Address) -> Message {
    let text = Zeroizing::new(TEXT.to_owned());
    Message { operation: Id::from_bytes([7; 16]), to, subject: "Клуб".to_owned(), text }
}

fn to_phone() -> Message {
    message(Address::Phone(Phone::parse("+491701234567").unwrap()))
}

fn to_email() -> Message {
    message(Address::Email(EmailAddress::parse("anna@example.com").unwrap()))
}

fn set(folder: &Path, lines: &str) -> Senders {
    std::fs::write(folder.join("bonafide.toml"), lines).unwrap();
    Senders::of_folder(folder).unwrap_or_else(|why| panic!("{why}: {lines}"))
}

#[test]
fn a_gateway_gets_a_form_or_json_with_its_key_and_nothing_is_mixed_up() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sms.key"), "a-planted-key\n").unwrap();
    let gateway = SmsServer::start();
    let form =
        gateway.settings() + "key_file = 'sms.key'\nkey_header = 'Authorization'\nkey_prefix = 'Bearer '\n";
    let senders = set(folder.path(), &(form + "headers = { X-Account = 'club' }\n"));
    assert_eq!(senders.send(&to_phone()), Ok(()));
    let got = gateway.next();
    let head = got.head.to_ascii_lowercase();
    assert!(head.starts_with("post /send http/1.1"), "no number in the address: {head}");
    assert!(
        head.contains("authorization: bearer a-planted-key") && head.contains("x-account: club"),
        "{head}"
    );
    let sent = fields(&got.body);
    let expected = [("from", "Club"), ("text", TEXT), ("to", "+491701234567")];
    assert_eq!(sent, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));

    let json = format!(
        "[sms]\nurl = '{}'\nmethod = 'PUT'\nformat = 'json'\nkey_file = 'sms.key'\nkey_field = 'key'\n\
         fields = {{ messages = [{{ to = '{{digits}}', body = '{{text}}', id = '{{id}}', ttl = 600 }}] }}\n",
        gateway.url
    );
    assert_eq!(set(folder.path(), &json).send(&to_phone()), Ok(()));
    let got = gateway.next();
    assert!(got.head.starts_with("PUT "), "{}", got.head);
    let id = Id::from_bytes([7; 16]).to_string();
    let expected = serde_json::json!({
        "key": "a-planted-key", "messages": [{ "to": "491701234567", "body": TEXT, "id": id, "ttl": 600 }],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&got.body).unwrap(), expected);
    assert_eq!(senders.send(&to_email()), Err(NotTaken::NoSender));
}

#[test]
fn a_gateway_that_does_not_take_a_message_is_named_and_nothing_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = SmsServer::start();
    let senders = set(folder.path(), &(gateway.settings() + "time_out_ms = 300\n"));
    for (gate, expected) in [
        (Gate::Says(200, "{\"status\":\"OK\"}"), Ok(())),
        (Gate::Says(200, "{\"status\":\"ERROR\",\"reason\":\"no such number\"}"), Err(NotTaken::OtherAnswer)),
        (Gate::Says(503, "\"OK\""), Err(NotTaken::Refused(503))),
        (Gate::Says(422, ""), Err(NotTaken::Refused(422))),
        (Gate::Says(307, ""), Err(NotTaken::Refused(307))),
        (Gate::Says(401, ""), Err(NotTaken::BadKey)),
        (Gate::Silent, Err(NotTaken::TimedOut)),
        (Gate::HalfWay, Err(NotTaken::TimedOut)),
    ] {
        gateway.does(gate.clone());
        assert_eq!(senders.send(&to_phone()), expected, "{gate:?}");
        gateway.next();
        assert!(gateway.was_asked_nothing(), "once, and never again by itself: {gate:?}");
    }
    gateway.does(Gate::HangsUp);
    assert!(senders.send(&to_phone()).is_err());
    let nobody = "[sms]\nurl = 'http://127.0.0.1:1/'\nfields = { to = '{phone}', text = '{text}' }\n";
    assert_eq!(set(folder.path(), nobody).send(&to_phone()), Err(NotTaken::Unreachable));
    let listed = gateway.settings() + "taken_status = [202]\nprefixes = ['+7', '+49']\n";
    gateway.does(Gate::Says(200, "\"OK\""));
    let senders = set(folder.path(), &listed);
    assert_eq!(senders.send(&to_phone()), Err(NotTaken::Refused(200)));
    let sms = senders.sms.as_ref().unwrap();
    for (number, may) in [("+79161234567", true), ("+491701234567", true), ("+8613800138000", false)] {
        assert_eq!(sms.may_send_to(&Phone::parse(number).unwrap()), may, "{number}");
    }
}

#[test]
fn a_letter_goes_by_tls_from_the_first_byte_or_after_it_was_offered() {
    let folder = tempfile::tempdir().unwrap();
    for (safety, tls) in
        [(MailSafety::Implicit, "implicit"), (MailSafety::StartTls, "starttls"), (MailSafety::None, "none")]
    {
        let server = MailServer::start(safety);
        server.files(folder.path());
        let senders = set(folder.path(), &server.settings(tls));
        assert_eq!(senders.send(&to_email()), Ok(()), "{tls}");
        let letter = server.next();
        assert_eq!(
            (letter.from.as_str(), letter.to.as_str()),
            ("codes@club.example", "anna@example.com"),
            "{tls}"
        );
        assert_eq!(letter.by_tls, safety != MailSafety::None, "{tls}");
        let (head, _) = letter.text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("123456"), "no code above the letter: {head}");
        assert!(!letter.text.to_ascii_lowercase().contains("x-mailer"), "{head}");
        assert_eq!(senders.send(&to_phone()), Err(NotTaken::NoSender));
    }
}

#[test]
fn a_mail_server_that_does_not_take_a_letter_is_named_and_nothing_goes_out_unsafe() {
    let folder = tempfile::tempdir().unwrap();
    let fast = "time_out_ms = 300\n";
    let server = MailServer::start(MailSafety::StartTls);
    server.files(folder.path());
    let senders = set(folder.path(), &(server.settings("starttls") + fast));
    for (postman, expected) in
        [(Postman::RefusesAddress, NotTaken::Refused(550)), (Postman::HangsHalfWay, NotTaken::TimedOut)]
    {
        server.does(postman);
        assert_eq!(senders.send(&to_email()), Err(expected), "{postman:?}");
    }
    server.does(Postman::Takes);
    std::fs::write(folder.path().join("mail.password"), "another").unwrap();
    let stranger = set(folder.path(), &server.settings("starttls"));
    assert_eq!(stranger.send(&to_email()), Err(NotTaken::BadKey));

    // A server whose certificate nobody vouches for, and one that offers no TLS (or somebody between takes the offer away).
    let server = MailServer::start(MailSafety::StartTls);
    server.files(folder.path());
    let unknown = server.settings("starttls").replace("certificate_file = 'mail.pem'\n", "");
    assert_eq!(set(folder.path(), &unknown).send(&to_email()), Err(NotTaken::NotSafe));
    assert!(server.has_nothing());
    let plain = MailServer::start(MailSafety::None);
    plain.files(folder.path());
    assert_eq!(set(folder.path(), &plain.settings("starttls")).send(&to_email()), Err(NotTaken::NotSafe));
    let implicit = set(folder.path(), &(plain.settings("implicit") + fast)).send(&to_email());
    assert!(implicit.is_err(), "no TLS there");
    assert!(plain.has_nothing(), "neither a letter nor a password went there in the open");
    let nobody = plain.settings("none").replace(&plain.address.port().to_string(), "1");
    assert_eq!(set(folder.path(), &nobody).send(&to_email()), Err(NotTaken::Unreachable));
}

#[test]
fn settings_that_are_not_safe_or_not_whole_are_refused_and_no_secret_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.key"), "planted-secret\n").unwrap();
    std::fs::write(folder.path().join("two.key"), "planted\nsecret").unwrap();
    std::fs::write(folder.path().join("empty.key"), "\n").unwrap();
    let sms = |url: &str, rest: &str| {
        let fields =
            if rest.contains("fields") { "" } else { "fields = { to = '{phone}', text = '{text}' }\n" };
        format!("[sms]\nurl = '{url}'\n{fields}{rest}\n")
    };
    let good = "https://sms.example/send";
    let email =
        |host: &str, rest: &str| format!("[email]\nhost = '{host}'\nfrom = 'codes@club.example'\n{rest}\n");
    let cases = [
        (sms(good, ""), ""),
        (sms("http://sms.example/send", ""), "bad_settings"),
        (sms("http://127.0.0.1:8000/send", ""), ""),
        (sms("file:///etc/passwd", ""), "bad_settings"),
        (sms(good, "method = 'GET'"), "bad_settings"),
        (sms(good, "time_out_ms = 299"), "bad_settings"),
        (sms(good, "time_out_ms = 15001"), "bad_settings"),
        (sms(good, "prefixes = ['7']"), "bad_settings"),
        (sms(good, "fields = { to = '{phone}' }"), "bad_settings"),
        (sms(good, "fields = { text = '{text}' }"), "bad_settings"),
        (sms(good, "fields = { to = '{phone}', text = '{text}', x = '{code}' }"), "bad_settings"),
        (sms(good, "fields = { to = ['{phone}'], text = '{text}' }"), "bad_settings"),
        (sms(good, "format = 'json'\nfields = { to = ['{phone}'], text = '{text}' }"), ""),
        (sms(good, "key_file = 'good.key'"), "bad_settings"),
        (sms(good, "key_field = 'key'"), "bad_settings"),
        (sms(good, "key_file = 'good.key'\nkey_field = 'key'"), ""),
        (sms(good, "key_file = 'good.key'\nkey_field = 'key'\nkey_header = 'X-Key'"), "bad_settings"),
        (sms(good, "key_file = 'two.key'\nkey_field = 'key'"), "bad_key_file"),
        (sms(good, "key_file = 'empty.key'\nkey_field = 'key'"), "bad_key_file"),
        (sms(good, "key_file = 'no.key'\nkey_field = 'key'"), "io"),
        (sms(good, "key = 'planted'"), "bad_settings"),
        (email("mail.example", "tls = 'implicit'"), ""),
        (email("mail.example", "tls = 'starttls'"), ""),
        (email("mail.example", "tls = 'none'"), "bad_settings"),
        (email("127.0.0.1", "tls = 'none'"), ""),
        (email("mail.example", ""), "bad_settings"),
        (email("mail/example", "tls = 'implicit'"), "bad_settings"),
        (email("mail.example", "tls = 'implicit'\nuser = 'a'"), "bad_settings"),
        (email("mail.example", "tls = 'implicit'\nuser = 'a'\npassword_file = 'good.key'"), ""),
        (email("mail.example", "tls = 'implicit'\nuser = 'a'\npassword_file = 'two.key'"), "bad_key_file"),
        (email("mail.example", "tls = 'implicit'\ncertificate_file = 'good.key'"), "bad_settings"),
        (email("mail.example", "tls = 'implicit'").replace("codes@", "codes"), "bad_settings"),
        ("[codes]\nsends_a_day_max = 0\n".to_owned(), "bad_settings"),
        ("[codes]\nsends_a_day_max = 7\n".to_owned(), ""),
    ];
    for (lines, expected) in cases {
        std::fs::write(folder.path().join("bonafide.toml"), &lines).unwrap();
        match Senders::of_folder(folder.path()) {
            Ok(_) => assert_eq!(expected, "", "{lines}"),
            Err(failure) => {
                assert_eq!(failure.key, expected, "{lines}: {}", failure.message);
                assert!(!failure.message.contains("planted"), "{}", failure.message);
            }
        }
    }
}
