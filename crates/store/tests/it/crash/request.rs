//! A request that touches everything, and what is left of many of them.

use std::collections::BTreeMap;

use bonafide_store::audit::entry::{Acting, Actor, Detail, Subject, record};
use bonafide_store::audit::verify::{Verified, verify};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::jobs::{self, NewJob};
use bonafide_store::keys::member::Field;
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::engines::NOW_US;

/// Every so many requests is refused by a rule, after it has written everything.
const REFUSED_EVERY: u64 = 7;

/// The row of a request.
pub(crate) fn row_id(number: u64) -> Id {
    Id::from_bytes(u128::from(number).to_be_bytes())
}

pub(crate) fn is_refused(number: u64) -> bool {
    number % REFUSED_EVERY == REFUSED_EVERY - 1
}

/// Allots a member's key, and writes with it in one transaction a row, a count, a job and an audit entry with a sealed detail.
pub(crate) fn write(store: &Store, number: u64) -> Result<(), Fault> {
    let (key_id, key) = store.vault().allot(NOW_US)?;
    let outcome = store.write(move |work| {
        let row = row_id(number);
        work.tx.execute(
            "INSERT INTO settings (key, content) VALUES ($1, $2)",
            values![format!("row/{number:020}"), key_id.to_string()],
        )?;
        work.tx.execute(
            "INSERT INTO counters (name, next) VALUES ('rows', 1)
             ON CONFLICT (name) DO UPDATE SET next = counters.next + 1",
            &[],
        )?;
        let job = NewJob { id: row, kind: "tell", subject: Some(row), payload: "{}", due_us: NOW_US };
        jobs::add(work.tx, &job, NOW_US)?;
        let acting = Acting { actor: Actor::Program, origin: "child".to_owned(), now_us: NOW_US };
        let detail = Detail { member: row, key: &key, json: &number.to_string() };
        record(work.tx, &acting, "row_added", Subject::row("rows", row), Some(detail))?;
        Ok(if is_refused(number) { Err(()) } else { Ok(()) })
    })?;
    assert_eq!(outcome.is_err(), is_refused(number), "{number}");
    Ok(())
}

/// What a book holds: each row with its key.
pub(crate) type Rows = BTreeMap<u64, Id>;

/// Checks that every request is there with all its parts or with none, and gives the rows.
pub(crate) fn whole(store: &Store, what: &str) -> Rows {
    let verifying = store.vault().ring().verifying_key();
    let (rows, verified) = store
        .read(|tx| Ok((rows_of_whole_requests(tx, what)?, verify(tx, &verifying, &[], |_| ())?)))
        .unwrap();
    let Verified { size, unordered, broken, .. } = verified;
    assert_eq!(broken, None, "{what}: the audit");
    assert_eq!(size + unordered, rows.len() as u64, "{what}: entries");
    rows
}

fn rows_of_whole_requests(tx: &mut Tx<'_>, what: &str) -> Result<Rows, Fault> {
    let mut rows = Rows::new();
    tx.for_each("SELECT key, content FROM settings WHERE key LIKE 'row/%'", &[], |mut row| {
        let number: u64 = row.text(0)?["row/".len()..].parse().unwrap();
        rows.insert(number, Id::parse(&row.text(1)?).unwrap());
        Ok(())
    })?;
    assert!(!rows.keys().any(|number| is_refused(*number)), "{what}: a refused request is there");
    let expected: Vec<Id> = rows.keys().map(|number| row_id(*number)).collect();
    for (table, sql) in [
        ("jobs", "SELECT id FROM jobs ORDER BY id"),
        ("audit", "SELECT subject_id FROM audit_entries ORDER BY subject_id"),
    ] {
        let mut found = Vec::with_capacity(expected.len());
        tx.for_each(sql, &[], |mut row| {
            found.push(row.id(0)?);
            Ok(())
        })?;
        assert!(
            found == expected,
            "{what}: half a request: {} rows, {} {table}",
            expected.len(),
            found.len()
        );
    }
    let counted = tx.query_opt("SELECT next FROM counters WHERE name = 'rows'", &[])?;
    let counted = counted.map_or(Ok(0), |mut row| row.integer(0))?;
    assert_eq!(counted, expected.len() as i64, "{what}: the count");
    Ok(rows)
}

/// Checks that the keys of these rows are there and open what was sealed with them.
pub(crate) fn keys_open(store: &Store, rows: impl Iterator<Item = (u64, Id)>, what: &str) {
    let rows: Vec<(u64, Id)> = rows.collect();
    store
        .read(|tx| {
            for (number, key_id) in rows {
                let key =
                    store.vault().key_of_member(key_id).unwrap_or_else(|fault| panic!("{what}: {fault}"));
                let member = row_id(number);
                let mut entry = tx.query_one(
                    "SELECT id, detail_sealed FROM audit_entries WHERE subject_id = $1",
                    values![member],
                )?;
                let field =
                    Field { table: "audit_entries", column: "detail_sealed", row: entry.id(0)?, member };
                let opened = key.open(&field, &entry.blob(1)?)?;
                assert!(opened.ends_with(number.to_string().as_bytes()), "{what}: the detail of {number}");
            }
            Ok(())
        })
        .unwrap_or_else(|fault| panic!("{what}: {fault}"));
}
