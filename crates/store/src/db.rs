//! A connection to either engine, and a transaction on it. Nothing but this file and `dialect.rs` knows which one it is.
//!
//! One SQL text serves both: parameters are `$1`, `$2`, … in the order of their first use, which SQLite numbers likewise.

use std::collections::HashMap;
use std::time::Duration;

use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::dialect;
use crate::fault::{Fault, FaultKind};
use crate::ledger::ParsedRules;
use crate::value::{Row, Value};

/// How long a server may take to say that it is there.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// A connection.
pub(crate) enum Connection {
    /// A file on this machine.
    Sqlite(SqliteConnection),
    /// A server, with the statements that it has prepared for us.
    Postgres(Box<PostgresConnection>),
}

/// A connection to a file. It keeps its prepared statements itself.
pub(crate) struct SqliteConnection {
    connection: rusqlite::Connection,
    parsed: ParsedRules,
    /// Whether a statement that writes devices was run since somebody asked.
    devices_changed: bool,
}

impl SqliteConnection {
    pub(crate) fn new(connection: rusqlite::Connection) -> SqliteConnection {
        SqliteConnection { connection, parsed: ParsedRules::default(), devices_changed: false }
    }

    /// What belongs to this engine alone.
    pub(crate) fn inner(&mut self) -> &mut rusqlite::Connection {
        &mut self.connection
    }
}

/// A connection to a server. Statements are prepared once and kept: there is a fixed number of them, all in this crate.
pub(crate) struct PostgresConnection {
    client: postgres::Client,
    prepared: HashMap<String, postgres::Statement>,
    parsed: ParsedRules,
}

impl PostgresConnection {
    pub(crate) fn new(client: postgres::Client) -> PostgresConnection {
        PostgresConnection { client, prepared: HashMap::new(), parsed: ParsedRules::default() }
    }

    /// The fault of a statement, which is prepared anew when it was too old.
    fn fault(&mut self, error: &postgres::Error, sql: &str) -> Fault {
        if dialect::is_stale_plan(error) {
            self.prepared.remove(sql);
        }
        dialect::postgres_fault(error, sql)
    }

    fn statement(&mut self, sql: &str) -> Result<postgres::Statement, postgres::Error> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// A transaction in progress: the only thing that runs statements.
pub enum Tx<'a> {
    /// On a file.
    #[doc(hidden)]
    Sqlite(SqliteTx<'a>),
    /// On a server.
    #[doc(hidden)]
    Postgres(PostgresTx<'a>),
}

/// The file's side of [`Tx`], opaque to all but this file.
pub struct SqliteTx<'a>(&'a mut SqliteConnection);

/// The server's side of [`Tx`], opaque to all but this file.
pub struct PostgresTx<'a>(&'a mut PostgresConnection);

impl Connection {
    /// The connection as a transaction; whoever calls has begun one.
    pub(crate) fn tx(&mut self) -> Tx<'_> {
        match self {
            Connection::Sqlite(connection) => Tx::Sqlite(SqliteTx(connection)),
            Connection::Postgres(connection) => Tx::Postgres(PostgresTx(connection)),
        }
    }

    /// How many rows this connection has changed so far; nothing where that is not known.
    pub(crate) fn rows_changed(&self) -> Option<u64> {
        match self {
            Connection::Sqlite(file) => Some(file.connection.total_changes()),
            Connection::Postgres(_) => None,
        }
    }

    /// Whether a statement that writes devices was run since the last time that this was asked, also one that was taken back.
    pub(crate) const fn take_devices_changed(&mut self) -> bool {
        match self {
            Connection::Sqlite(file) => std::mem::replace(&mut file.devices_changed, false),
            Connection::Postgres(_) => false,
        }
    }

    /// Runs statements without parameters or answers, several separated by semicolons.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        match self {
            Connection::Sqlite(file) => {
                file.connection.execute_batch(sql).map_err(|error| dialect::sqlite_fault(&error, sql))
            }
            Connection::Postgres(connection) => {
                connection.client.batch_execute(sql).map_err(|error| dialect::postgres_fault(&error, sql))
            }
        }
    }

    /// Whether somebody answers at the other end, asked there and not remembered.
    pub(crate) fn answers(&mut self) -> bool {
        match self {
            Connection::Sqlite(_) => true,
            Connection::Postgres(connection) => connection.client.is_valid(ANSWER_WAIT).is_ok(),
        }
    }

    /// Whether the connection can be used again.
    pub(crate) fn is_alive(&self) -> bool {
        match self {
            Connection::Sqlite(_) => true,
            Connection::Postgres(connection) => !connection.client.is_closed(),
        }
    }
}

impl Tx<'_> {
    /// The rules that this connection has read before, in any transaction.
    pub(crate) fn parsed_rules(&mut self) -> &mut ParsedRules {
        match self {
            Tx::Sqlite(SqliteTx(connection)) => &mut connection.parsed,
            Tx::Postgres(PostgresTx(connection)) => &mut connection.parsed,
        }
    }

    /// Says that the next statement writes a device: what is remembered of them is forgotten with the commit.
    pub(crate) const fn devices_change(&mut self) {
        if let Tx::Sqlite(SqliteTx(file)) = self {
            file.devices_changed = true;
        }
    }

    /// Runs a statement; the answer is how many rows it changed.
    ///
    /// # Errors
    /// A fault with the statement as its context, never with its values.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        match self {
            Tx::Sqlite(SqliteTx(file)) => {
                let run = || {
                    let mut statement = file.connection.prepare_cached(sql)?;
                    statement.execute(rusqlite::params_from_iter(values))
                };
                run().map(|rows| rows as u64).map_err(|error| dialect::sqlite_fault(&error, sql))
            }
            Tx::Postgres(PostgresTx(connection)) => {
                let mut run = || {
                    let statement = connection.statement(sql)?;
                    connection.client.execute(&statement, &as_parameters(values))
                };
                let ran = run();
                ran.map_err(|error| connection.fault(&error, sql))
            }
        }
    }

    /// Runs a query and hands each row to `each`, without keeping them: for what may be a million rows.
    ///
    /// # Errors
    /// As [`Tx::execute`], and whatever `each` fails with, which ends the query.
    pub fn for_each(
        &mut self,
        sql: &str,
        values: &[Value],
        mut each: impl FnMut(Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self {
            Tx::Sqlite(SqliteTx(file)) => {
                let fault = |error: rusqlite::Error| dialect::sqlite_fault(&error, sql);
                let mut statement = file.connection.prepare_cached(sql).map_err(fault)?;
                let columns = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(fault)?;
                while let Some(row) = rows.next().map_err(fault)? {
                    let values = (0..columns).map(|column| row.get_ref(column).map(from_sqlite));
                    each(Row::new(values.collect::<Result<Result<_, Fault>, _>>().map_err(fault)??))?;
                }
                Ok(())
            }
            Tx::Postgres(PostgresTx(connection)) => {
                use postgres::fallible_iterator::FallibleIterator;
                let statement =
                    connection.statement(sql).map_err(|error| dialect::postgres_fault(&error, sql))?;
                let parameters = values.iter().map(|value| value as &(dyn ToSql + Sync));
                let run = || -> Result<Result<(), Fault>, postgres::Error> {
                    let mut rows = connection.client.query_raw(&statement, parameters)?;
                    while let Some(row) = rows.next()? {
                        if let Err(fault) = from_postgres(&row).and_then(|values| each(Row::new(values))) {
                            return Ok(Err(fault));
                        }
                    }
                    Ok(Ok(()))
                };
                let ran = run();
                ran.unwrap_or_else(|error| Err(connection.fault(&error, sql)))
            }
        }
    }

    /// Runs a query and gives all rows; for queries whose answer has a limit.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        self.for_each(sql, values, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs a query that answers with one row at most.
    ///
    /// # Errors
    /// As [`Tx::execute`], and when there are several rows: then the question was not the one that was meant.
    pub fn query_opt(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, Fault> {
        let mut rows = self.query(sql, values)?;
        let row = rows.pop();
        if rows.is_empty() { Ok(row) } else { Err(Fault::broken(format!("several rows: {sql}"))) }
    }

    /// Runs a query that answers with exactly one row: a count, a `RETURNING`.
    ///
    /// # Errors
    /// As [`Tx::query_opt`], and without a row.
    pub fn query_one(&mut self, sql: &str, values: &[Value]) -> Result<Row, Fault> {
        self.query_opt(sql, values)?.ok_or_else(|| Fault::broken(format!("no row: {sql}")))
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Integer(value) => ToSqlOutput::Owned((*value).into()),
            Value::Real(value) => ToSqlOutput::Owned((*value).into()),
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Value::Blob(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Value::Boolean(value) => ToSqlOutput::Owned(i64::from(*value).into()),
        })
    }
}

fn from_sqlite(value: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Fault::damaged("a text is no UTF-8"))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn as_parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            // The server counts LIMIT and array places in 32 bits.
            Value::Integer(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Value::Integer(value) => value.to_sql(kind, out),
            Value::Real(value) => value.to_sql(kind, out),
            Value::Text(value) => value.to_sql(kind, out),
            Value::Blob(value) => value.to_sql(kind, out),
            Value::Boolean(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        // The variant decides; a mismatch is the server's refusal, with the statement in the log.
        true
    }

    to_sql_checked!();
}

fn from_postgres(row: &postgres::Row) -> Result<Vec<Value>, Fault> {
    let value = |(index, column): (usize, &postgres::Column)| {
        let fault = |error: postgres::Error| Fault::damaged(format!("column {index}: {error}"));
        let kind = column.type_();
        Ok(match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(index).map_err(fault)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(index).map_err(fault)?.map(i64::from).into(),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(index).map_err(fault)?.into(),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                row.try_get::<_, Option<String>>(index).map_err(fault)?.into()
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index).map_err(fault)?.into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(index).map_err(fault)?.into(),
            _ => return Err(Fault::new(FaultKind::Broken, format!("column {index} is a {kind}"))),
        })
    };
    row.columns().iter().enumerate().map(value).collect()
}
