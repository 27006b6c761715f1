//! The kept form of a membership's events: the kind in one column, its contents as JSON in another. Both are kept for
//! ever; a kind whose contents change gets another word.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::{ExtraId, MemberId, OperationId};
use bonafide_domain::membership::{Change, MembershipEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::fault::Fault;
use crate::id::Id;
use crate::members::date_of;
use crate::value::Row;
use crate::written::{MoneyRecord, damaged, date_text, id_of, id_text, span_of, to_text};

const WHAT: &str = "an event of a membership";

/// The contents of a change.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case", deny_unknown_fields)]
enum ChangeRecord {
    Sold {
        holder: String,
        version: u32,
        paid: MoneyRecord,
    },
    Started {},
    Extended {
        days: u16,
    },
    Frozen {
        from: String,
        until: String,
    },
    Thawed {
        freeze: String,
    },
    VisitUsed {},
    VisitGivenBack {
        visit: String,
    },
    GuestPassUsed {},
    ExtraUsed {
        extra: String,
        count: u32,
    },
    Transferred {
        to: String,
    },
    /// For the price of the terms.
    Renewed {},
    /// For the price of the branch's own list.
    RenewedAtPrice {
        paid: MoneyRecord,
    },
    Cancelled {
        refund: MoneyRecord,
    },
}

/// The two columns of a change: its kind and its contents.
pub(super) fn change_text(change: &Change) -> Result<(String, String), Fault> {
    let record = match *change {
        Change::Sold { holder, version, paid } => {
            ChangeRecord::Sold { holder: id_text(holder.0), version, paid: MoneyRecord::of(paid) }
        }
        Change::Started => ChangeRecord::Started {},
        Change::Extended { days } => ChangeRecord::Extended { days },
        Change::Frozen { span } => {
            ChangeRecord::Frozen { from: date_text(span.from()), until: date_text(span.until()) }
        }
        Change::Thawed { freeze } => ChangeRecord::Thawed { freeze: id_text(freeze.0) },
        Change::VisitUsed => ChangeRecord::VisitUsed {},
        Change::VisitGivenBack { visit } => ChangeRecord::VisitGivenBack { visit: id_text(visit.0) },
        Change::GuestPassUsed => ChangeRecord::GuestPassUsed {},
        Change::ExtraUsed { extra, count } => ChangeRecord::ExtraUsed { extra: id_text(extra.0), count },
        Change::Transferred { to } => ChangeRecord::Transferred { to: id_text(to.0) },
        Change::Renewed { paid: None } => ChangeRecord::Renewed {},
        Change::Renewed { paid: Some(paid) } => ChangeRecord::RenewedAtPrice { paid: MoneyRecord::of(paid) },
        Change::Cancelled { refund } => ChangeRecord::Cancelled { refund: MoneyRecord::of(refund) },
    };
    let broken = || Fault::broken("a change is no JSON");
    let whole = serde_json::to_value(&record).map_err(|_| broken())?;
    let kind = whole.get("kind").and_then(Json::as_str).ok_or_else(broken)?;
    let payload = whole.get("payload").ok_or_else(broken)?;
    Ok((kind.to_owned(), to_text(payload)?))
}

/// The change of two such columns.
pub(super) fn change_of(kind: &str, payload: &str) -> Result<Change, Fault> {
    let payload: Json = serde_json::from_str(payload).map_err(|_| damaged(WHAT))?;
    let whole = serde_json::json!({ "kind": kind, "payload": payload });
    let record: ChangeRecord = serde_json::from_value(whole).map_err(|_| damaged(WHAT))?;
    checked(&record).ok_or_else(|| damaged(WHAT))
}

fn checked(record: &ChangeRecord) -> Option<Change> {
    Some(match record {
        ChangeRecord::Sold { holder, version, paid } => {
            Change::Sold { holder: MemberId(id_of(holder)?), version: *version, paid: paid.money()? }
        }
        ChangeRecord::Started {} => Change::Started,
        ChangeRecord::Extended { days } => Change::Extended { days: *days },
        ChangeRecord::Frozen { from, until } => Change::Frozen { span: span_of(from, until)? },
        ChangeRecord::Thawed { freeze } => Change::Thawed { freeze: OperationId(id_of(freeze)?) },
        ChangeRecord::VisitUsed {} => Change::VisitUsed,
        ChangeRecord::VisitGivenBack { visit } => {
            Change::VisitGivenBack { visit: OperationId(id_of(visit)?) }
        }
        ChangeRecord::GuestPassUsed {} => Change::GuestPassUsed,
        ChangeRecord::ExtraUsed { extra, count } => {
            Change::ExtraUsed { extra: ExtraId(id_of(extra)?), count: *count }
        }
        ChangeRecord::Transferred { to } => Change::Transferred { to: MemberId(id_of(to)?) },
        ChangeRecord::Renewed {} => Change::Renewed { paid: None },
        ChangeRecord::RenewedAtPrice { paid } => Change::Renewed { paid: Some(paid.money()?) },
        ChangeRecord::Cancelled { refund } => Change::Cancelled { refund: refund.money()? },
    })
}

/// The event of a row of `sequence, operation_id, at_us, day, kind, payload`.
pub(super) fn event_of(row: &mut Row) -> Result<MembershipEvent, Fault> {
    Ok(MembershipEvent {
        sequence: row.number(0)?,
        operation: OperationId(row.bytes(1)?),
        at: UtcMicros::parse(row.integer(2)?).map_err(|_| damaged(WHAT))?,
        on: date_of(row.integer(3)?)?,
        change: change_of(&row.text(4)?, &row.text(5)?)?,
    })
}

/// An id of the rules as that of a row.
pub(super) fn row_id(id: MemberId) -> Id {
    Id::from_bytes(id.0)
}

#[cfg(test)]
mod tests {
    use bonafide_domain::calendar::DateSpan;
    use bonafide_domain::money::{Currency, Money};
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_form_of_events_stays() {
        let money = Money::parse(350_000, Currency::parse("RUB").unwrap()).unwrap();
        let span = DateSpan::parse(date(2027, 2, 1), date(2027, 2, 8)).unwrap();
        let id = "01010101-0101-0101-0101-010101010101";
        let operation = OperationId([1; 16]);
        let amount = r#"{"currency":"RUB","minor":350000}"#;
        let cases = [
            (
                Change::Sold { holder: MemberId([1; 16]), version: 3, paid: money },
                "sold",
                format!(r#"{{"holder":"{id}","paid":{amount},"version":3}}"#),
            ),
            (Change::Started, "started", "{}".to_owned()),
            (Change::Extended { days: 5 }, "extended", r#"{"days":5}"#.to_owned()),
            (Change::Frozen { span }, "frozen", r#"{"from":"2027-02-01","until":"2027-02-08"}"#.to_owned()),
            (Change::Thawed { freeze: operation }, "thawed", format!(r#"{{"freeze":"{id}"}}"#)),
            (Change::VisitUsed, "visit_used", "{}".to_owned()),
            (
                Change::VisitGivenBack { visit: operation },
                "visit_given_back",
                format!(r#"{{"visit":"{id}"}}"#),
            ),
            (Change::GuestPassUsed, "guest_pass_used", "{}".to_owned()),
            (
                Change::ExtraUsed { extra: ExtraId([1; 16]), count: 10 },
                "extra_used",
                format!(r#"{{"count":10,"extra":"{id}"}}"#),
            ),
            (Change::Transferred { to: MemberId([1; 16]) }, "transferred", format!(r#"{{"to":"{id}"}}"#)),
            (Change::Renewed { paid: None }, "renewed", "{}".to_owned()),
            (Change::Renewed { paid: Some(money) }, "renewed_at_price", format!(r#"{{"paid":{amount}}}"#)),
            (Change::Cancelled { refund: money }, "cancelled", format!(r#"{{"refund":{amount}}}"#)),
        ];
        for (change, kind, payload) in cases {
            assert_eq!(change_text(&change).unwrap(), (kind.to_owned(), payload.clone()));
            assert_eq!(change_of(kind, &payload).unwrap(), change);
        }
    }

    #[test]
    fn events_of_another_form_are_damage() {
        for (kind, payload) in [
            ("lost", "{}"),
            ("started", "{"),
            ("started", "[]"),
            ("started", r#"{"days":5}"#),
            ("extended", "{}"),
            ("extended", r#"{"days":-5}"#),
            ("extended", r#"{"days":5,"weeks":1}"#),
            ("frozen", r#"{"from":"2027-02-01","until":"2027-02-01"}"#),
            ("frozen", r#"{"from":"2027-02-30","until":"2027-03-01"}"#),
            ("transferred", r#"{"to":"Anna"}"#),
            ("cancelled", r#"{"refund":{"currency":"RUB","minor":0.5}}"#),
        ] {
            assert!(change_of(kind, payload).is_err(), "{kind} {payload}");
        }
    }
}
