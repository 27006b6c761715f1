//! Values that go into statements and rows that come out, the same for both engines.

use crate::fault::Fault;
use crate::id::Id;

/// A value of a column. PostgreSQL BIGINT, TEXT, BYTEA, DOUBLE PRECISION and BOOLEAN are SQLite INTEGER, TEXT, BLOB, REAL
/// and INTEGER 0 or 1.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number: counts, minor units, microseconds.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Yes or no.
    Boolean(bool),
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Integer(_) => "an integer",
            Value::Real(_) => "a real",
            Value::Text(_) => "a text",
            Value::Blob(_) => "bytes",
            Value::Boolean(_) => "a boolean",
        }
    }
}

/// The kind only: a value may be somebody's name.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Integer(i64::from(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Value::Blob(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Value::Blob(value.to_vec())
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Value::Blob(id.bytes().to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// The values of a statement, in the order of `$1`, `$2`, …: `values![member, name.as_str(), 7_i64]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*] };
}

/// A row that came out. Columns are taken by position, once each: a value moves to whoever needs it.
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Row {
        Row(values)
    }

    /// The columns from a place on, as a row of their own: where several things were asked for in one statement.
    pub(crate) fn split_off(&mut self, from: usize) -> Row {
        Row(self.0.split_off(from.min(self.0.len())))
    }

    fn take(&mut self, column: usize) -> Value {
        self.0.get_mut(column).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    /// Whether the column is NULL (or was taken).
    #[must_use]
    pub fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), None | Some(Value::Null))
    }

    /// A whole number.
    ///
    /// # Errors
    /// A fault when the column holds another kind of value.
    pub fn integer(&mut self, column: usize) -> Result<i64, Fault> {
        match self.take(column) {
            Value::Integer(value) => Ok(value),
            other => Err(unexpected(column, "an integer", &other)),
        }
    }

    /// A whole number or NULL.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn integer_or_null(&mut self, column: usize) -> Result<Option<i64>, Fault> {
        if self.is_null(column) { Ok(None) } else { self.integer(column).map(Some) }
    }

    /// A whole number that fits into 32 bits without a sign.
    ///
    /// # Errors
    /// As [`Row::integer`], and when it does not fit.
    pub fn number(&mut self, column: usize) -> Result<u32, Fault> {
        let value = self.integer(column)?;
        u32::try_from(value).map_err(|_| Fault::damaged(format!("column {column} holds {value}")))
    }

    /// A text.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn text(&mut self, column: usize) -> Result<String, Fault> {
        match self.take(column) {
            Value::Text(value) => Ok(value),
            other => Err(unexpected(column, "a text", &other)),
        }
    }

    /// A text or NULL.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn text_or_null(&mut self, column: usize) -> Result<Option<String>, Fault> {
        if self.is_null(column) { Ok(None) } else { self.text(column).map(Some) }
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn blob(&mut self, column: usize) -> Result<Vec<u8>, Fault> {
        match self.take(column) {
            Value::Blob(value) => Ok(value),
            other => Err(unexpected(column, "bytes", &other)),
        }
    }

    /// Bytes or NULL.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn blob_or_null(&mut self, column: usize) -> Result<Option<Vec<u8>>, Fault> {
        if self.is_null(column) { Ok(None) } else { self.blob(column).map(Some) }
    }

    /// Exactly `N` bytes: a hash, a key id.
    ///
    /// # Errors
    /// As [`Row::integer`], and for another length.
    pub fn bytes<const N: usize>(&mut self, column: usize) -> Result<[u8; N], Fault> {
        let bytes = self.blob(column)?;
        let found = bytes.len();
        bytes.try_into().map_err(|_| Fault::damaged(format!("column {column}: {found} bytes instead of {N}")))
    }

    /// An id.
    ///
    /// # Errors
    /// As [`Row::bytes`].
    pub fn id(&mut self, column: usize) -> Result<Id, Fault> {
        self.bytes(column).map(Id::from_bytes)
    }

    /// An id or NULL.
    ///
    /// # Errors
    /// As [`Row::bytes`].
    pub fn id_or_null(&mut self, column: usize) -> Result<Option<Id>, Fault> {
        if self.is_null(column) { Ok(None) } else { self.id(column).map(Some) }
    }

    /// Yes or no, as either engine keeps it.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn boolean(&mut self, column: usize) -> Result<bool, Fault> {
        match self.take(column) {
            Value::Boolean(value) => Ok(value),
            Value::Integer(value @ (0 | 1)) => Ok(value == 1),
            other => Err(unexpected(column, "a boolean", &other)),
        }
    }
}

fn unexpected(column: usize, expected: &str, found: &Value) -> Fault {
    // The kind only: the value may be somebody's name.
    Fault::damaged(format!("column {column} holds {} instead of {expected}", found.kind()))
}
