//! What the database itself can do, to compare with: rows of one number, each with a commit of its own.

use crate::db::Connection;
use crate::dialect::{self, Place, Use};
use crate::fault::Fault;
use crate::values;

/// A table for such rows, in a database that has none of this name.
pub struct SingleRows {
    connection: Connection,
}

/// Makes the table.
///
/// # Errors
/// When the database cannot be reached, or has such a table.
pub fn begin(place: &Place) -> Result<SingleRows, Fault> {
    let mut connection = dialect::connect(place, Use::Write)?;
    connection.batch("CREATE TABLE single_rows (number BIGINT NOT NULL)")?;
    Ok(SingleRows { connection })
}

impl SingleRows {
    /// Writes a row. It is durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, number: u32) -> Result<(), Fault> {
        // A statement outside of a transaction is one.
        self.connection.tx().execute("INSERT INTO single_rows (number) VALUES ($1)", values![number])?;
        Ok(())
    }

    /// Takes the table away again.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn end(mut self) -> Result<(), Fault> {
        self.connection.batch("DROP TABLE single_rows")
    }
}
