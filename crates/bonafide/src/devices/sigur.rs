//! The two messages of SIGUR's web delegation, without the wire: what the bytes say, and the bytes of an answer.
//!
//! Nothing here was tried on the hardware, so that everything which may be absent or of another kind is taken as such: a number is
//! also taken as text, a field that is missing or senseless is nothing, fields that we do not know are passed over. Only what is
//! no JSON object at all is refused. What an entry of the log lacks is decided where it is kept, entry by entry.

use bonafide_domain::card::{ByteOrder, CardNumber, CardRefusal};
use bonafide_store::devices::sigur::SaidDirection;
use bonafide_store::devices::sigur::delivery::LogEntry;
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// The largest body of a request, in bytes: some thousand entries of the log.
pub const BODY_BYTES_MAX: usize = 1_048_576;

/// A controller asks whether somebody may pass. No `Debug`: a card names a person.
pub struct AccessRequest {
    /// The server's number of the access point.
    pub number: Option<i64>,
    /// The direction.
    pub direction: SaidDirection,
    /// The card's number in hex, in capitals.
    pub key_hex: Option<String>,
}

/// Why a body is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMessage {
    /// It is no JSON.
    NotJson,
    /// It is JSON, and no object.
    NotAnObject,
    /// The log is missing, or is no list.
    NoLogs,
}

impl AccessRequest {
    /// Reads `{"keyHex":"9F4A0013C2","accessPoint":3,"direction":1}`.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(body: &[u8]) -> Result<AccessRequest, NoMessage> {
        let fields = object(body)?;
        Ok(AccessRequest {
            number: whole(&fields, "accessPoint"),
            direction: direction(&fields),
            key_hex: key_hex(&fields),
        })
    }

    /// The card, by the order in which the readers of this access point send its bytes; nothing when none was named.
    #[must_use]
    pub fn card(&self, order: ByteOrder) -> Option<Result<CardNumber, CardRefusal>> {
        self.key_hex.as_deref().map(|key_hex| CardNumber::from_controller_hex(key_hex, order))
    }
}

/// The answer to [`AccessRequest`].
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccessAnswer {
    /// Whether the door is to open.
    pub allow: bool,
    /// The words for whoever stands there.
    pub message: String,
}

/// The bytes of an [`AccessAnswer`].
#[must_use]
pub fn access_answer(allow: bool, message: &str) -> String {
    text(&AccessAnswer { allow, message: message.to_owned() })
}

/// Reads `{"logs":[{"logId":79154,"time":1732264000,…},…]}`, in the order in which the entries stand.
///
/// # Errors
/// When it is no JSON object with a list. What stands in the list is never a reason.
pub fn log_entries(body: &[u8]) -> Result<Vec<LogEntry>, NoMessage> {
    match object(body)?.remove("logs") {
        Some(Json::Array(logs)) => Ok(logs.iter().map(log_entry).collect()),
        _ => Err(NoMessage::NoLogs),
    }
}

/// The answer to a delivery.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryAnswer {
    /// The largest number that is durable; 0 when nothing with a number ever was.
    pub confirmed_log_id: i64,
}

/// The bytes of a [`DeliveryAnswer`].
#[must_use]
pub fn delivery_answer(confirmed: Option<i64>) -> String {
    text(&DeliveryAnswer { confirmed_log_id: confirmed.unwrap_or(0) })
}

/// Numbers and texts: there is always a JSON form.
fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_default()
}

fn log_entry(entry: &Json) -> LogEntry {
    let nothing = Map::new();
    let fields = entry.as_object().unwrap_or(&nothing);
    LogEntry {
        log_id: whole(fields, "logId"),
        at_us: whole(fields, "time").and_then(|seconds| seconds.checked_mul(1_000_000)),
        number: whole(fields, "accessPoint"),
        direction: direction(fields),
        key_hex: key_hex(fields),
        raw: entry.to_string(),
    }
}

fn object(body: &[u8]) -> Result<Map<String, Json>, NoMessage> {
    match serde_json::from_slice(body) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) => Err(NoMessage::NotAnObject),
        Err(_) => Err(NoMessage::NotJson),
    }
}

/// A whole number, also one that is written as text or with a point and zeros.
fn whole(fields: &Map<String, Json>, name: &str) -> Option<i64> {
    // Beyond this a floating number does not tell one whole number from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match fields.get(name)? {
        Json::String(text) => text.trim().parse().ok(),
        Json::Number(number) => number.as_i64().or_else(|| {
            let real = number.as_f64().filter(|real| real.fract() == 0.0 && real.abs() < EXACT)?;
            format!("{real:.0}").parse().ok()
        }),
        _ => None,
    }
}

fn direction(fields: &Map<String, Json>) -> SaidDirection {
    match whole(fields, "direction") {
        Some(1) => SaidDirection::One,
        Some(2) => SaidDirection::Two,
        _ => SaidDirection::Unknown,
    }
}

/// The card's number; one whose digits are all decimal may have come as a number.
fn key_hex(fields: &Map<String, Json>) -> Option<String> {
    let text = match fields.get("keyHex")? {
        Json::String(text) => text.trim().to_uppercase(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use SaidDirection::{One, Two, Unknown};

    type Said<'a> = (Option<i64>, SaidDirection, Option<&'a str>);

    #[test]
    fn a_question_is_read_in_every_spelling() {
        let whole: Said<'_> = (Some(3), One, Some("9F4A0013C2"));
        for (body, said) in [
            (r#"{"keyHex":"9F4A0013C2","accessPoint":3,"direction":1}"#, whole),
            (r#"{"keyHex":"9F4A0013C2","accessPoint":3,"direction":1,"type":"NORMAL","empId":null}"#, whole),
            (r#" {"direction":"1","accessPoint":" 3 ","keyHex":" 9f4a0013c2\n"} "#, whole),
            (r#"{"keyHex":"9F4A0013C2","accessPoint":3.0,"direction":1e0}"#, whole),
            (r#"{"keyHex":12345678,"accessPoint":3,"direction":2}"#, (Some(3), Two, Some("12345678"))),
            (r#"{"keyHex":"","accessPoint":-1,"direction":3}"#, (Some(-1), Unknown, None)),
            (r#"{"keyHex":null,"accessPoint":3.5,"direction":true}"#, (None, Unknown, None)),
            (r#"{"keyHex":["9F"],"accessPoint":{},"direction":[1]}"#, (None, Unknown, None)),
            (r#"{"accessPoint":"three","direction":"IN"}"#, (None, Unknown, None)),
            (r#"{"accessPoint":99999999999999999999,"direction":257}"#, (None, Unknown, None)),
            ("{}", (None, Unknown, None)),
        ] {
            let read = AccessRequest::read(body.as_bytes()).unwrap_or_else(|why| panic!("{body}: {why:?}"));
            assert_eq!((read.number, read.direction, read.key_hex.as_deref()), said, "{body}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused_by_its_name() {
        for (body, why) in [
            ("", NoMessage::NotJson),
            ("keyHex=9F4A0013C2", NoMessage::NotJson),
            (r#"{"keyHex":"9F"#, NoMessage::NotJson),
            (r#"{"keyHex":"9F"} {}"#, NoMessage::NotJson),
            ("[]", NoMessage::NotAnObject),
            ("null", NoMessage::NotAnObject),
        ] {
            assert_eq!(AccessRequest::read(body.as_bytes()).err(), Some(why), "{body}");
            assert_eq!(log_entries(body.as_bytes()).err(), Some(why), "{body}");
        }
        for body in ["{}", r#"{"logs":null}"#, r#"{"logs":{}}"#, r#"{"Logs":[]}"#] {
            assert_eq!(log_entries(body.as_bytes()).err(), Some(NoMessage::NoLogs), "{body}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(log_entries(deep.as_bytes()).err(), Some(NoMessage::NotJson), "as deep as a stack");
        assert_eq!(AccessRequest::read(b"{\"keyHex\":\"\xFF\"}").err(), Some(NoMessage::NotJson));
    }

    #[test]
    fn an_entry_of_the_log_is_taken_as_far_as_it_says_something() {
        let body = r#"{"logs":[
            {"logId":79154,"time":1732264000,"empId":"000004627","internalEmpId":12,"accessPoint":3,"direction":2,
                "keyHex":"9F4A0013C2"},
            {"logId":"79155","time":"1732264001","accessPoint":"3","direction":"1","keyHex":"9f4a0013c2"},
            {"logId":79156},
            {"time":9223372036854775807,"keyHex":"x"},
            17, null, "text", []
        ],"more":true}"#;
        let entries = log_entries(body.as_bytes()).unwrap();
        let said: Vec<_> = entries
            .iter()
            .map(|one| (one.log_id, one.at_us, one.number, one.direction, one.key_hex.as_deref()))
            .collect();
        let nothing = (None, None, None, Unknown, None);
        assert_eq!(
            said,
            [
                (Some(79154), Some(1_732_264_000_000_000), Some(3), Two, Some("9F4A0013C2")),
                (Some(79155), Some(1_732_264_001_000_000), Some(3), One, Some("9F4A0013C2")),
                (Some(79156), None, None, Unknown, None),
                (None, None, None, Unknown, Some("X")),
                nothing,
                nothing,
                nothing,
                nothing,
            ]
        );
        let again: Json = serde_json::from_str(&entries[0].raw).unwrap();
        assert_eq!((&again["empId"], &again["internalEmpId"]), (&"000004627".into(), &12.into()));
        assert_eq!((entries[4].raw.as_str(), entries[6].raw.as_str()), ("17", "\"text\""));
        assert_eq!(log_entries(br#"{"logs":[]}"#).map(|all| all.len()), Ok(0));
    }

    #[test]
    fn the_card_is_read_in_the_order_of_the_door() {
        let asked = |key: &str| AccessRequest::read(format!(r#"{{"keyHex":"{key}"}}"#).as_bytes()).unwrap();
        let bytes = |key: &str, order| asked(key).card(order).unwrap().unwrap().bytes().to_vec();
        assert_eq!(bytes("9F4A0013C2", ByteOrder::AsOnCard), [0x9F, 0x4A, 0x00, 0x13, 0xC2]);
        assert_eq!(bytes("C213004A9F", ByteOrder::Reversed), [0x9F, 0x4A, 0x00, 0x13, 0xC2]);
        assert_eq!(bytes("4A0013", ByteOrder::AsOnCard), [0x4A, 0x00, 0x13]);
        assert_eq!(asked("").card(ByteOrder::AsOnCard), None);
        assert_eq!(asked("карта").card(ByteOrder::AsOnCard), Some(Err(CardRefusal::NotHex)));
        assert_eq!(asked("0000000000").card(ByteOrder::AsOnCard), Some(Err(CardRefusal::AllZero)));
    }

    #[test]
    fn answers_are_the_bytes_that_sigur_reads() {
        assert_eq!(access_answer(true, "Здравствуйте"), r#"{"allow":true,"message":"Здравствуйте"}"#);
        assert_eq!(access_answer(false, "\"\n"), r#"{"allow":false,"message":"\"\n"}"#);
        assert_eq!(delivery_answer(Some(79154)), r#"{"confirmedLogId":79154}"#);
        assert_eq!(delivery_answer(None), r#"{"confirmedLogId":0}"#);
    }

    /// Bytes of real messages, changed, doubled and cut: whatever comes is read or refused, and what is read is within its bounds.
    #[test]
    fn nonsense_is_read_or_refused() {
        const SEEDS: [&[u8]; 3] = [
            br#"{"keyHex":"9F4A0013C2","accessPoint":3,"direction":1,"type":"NORMAL"}"#,
            br#"{"logs":[{"logId":79154,"time":1732264000,"empId":"000004627","accessPoint":3,"direction":2,"keyHex":"9F4A0013C2"},{"logId":"7"}]}"#,
            br#"{"logs":[{"logId":-0.0,"time":1e308,"accessPoint":"-9223372036854775808","keyHex":"\ud83d\ude00"}]}"#,
        ];
        const PIECES: [&[u8]; 12] = [
            b"\"",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b"1e999",
            b"\\u0000",
            b"null",
            b"-9223372036854775809",
            b"\xF0\x9F",
            b"0.5",
        ];
        let mut state: u64 = 0x5163_u64;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let (mut read, mut refused) = (0, 0);
        for round in 0..20_000 {
            let mut body = SEEDS[next(SEEDS.len())].to_vec();
            for _ in 0..=next(3) {
                let at = next(body.len() + 1);
                let until = (at + next(6)).min(body.len());
                let piece = PIECES[next(PIECES.len())].to_vec();
                let piece = if next(3) == 0 { vec![u8::try_from(next(256)).unwrap()] } else { piece };
                drop(body.splice(at..until, piece));
            }
            if let Ok(request) = AccessRequest::read(&body) {
                for order in [ByteOrder::AsOnCard, ByteOrder::Reversed] {
                    if let Some(Ok(card)) = request.card(order) {
                        assert!((3..=10).contains(&card.bytes().len()), "round {round}");
                    }
                }
            }
            match log_entries(&body) {
                Ok(entries) => {
                    read += 1;
                    for entry in entries {
                        assert!(serde_json::from_str::<Json>(&entry.raw).is_ok(), "round {round}");
                        assert!(entry.key_hex.is_none_or(|key| !key.is_empty()), "round {round}");
                    }
                }
                Err(_) => refused += 1,
            }
        }
        assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
    }
}
