//! Keys that are destroyed for good, the list of them, and who must be told of it.

use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::values;

/// Somebody outside who must be told that something was destroyed: what a job will say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The job's id.
    pub(crate) id: Id,
    /// Of whom.
    pub(crate) subject: Id,
    /// The job's payload; what names a person outside is sealed in it.
    pub(crate) payload: String,
}

impl Vault {
    /// Destroys keys for good: what they sealed can never be read again, wherever a copy of it lies.
    ///
    /// # Errors
    /// When the keys cannot be written: then they are all still there. When the log cannot be cut back, they are gone from the
    /// book's view and not from the disk yet: ask again.
    pub fn destroy(&self, ids: &[Id], now_us: i64) -> Result<(), Fault> {
        self.destroy_and_tell(ids, &[], now_us)
    }

    /// The same, and notes in the same transaction who must be told: once the keys are gone, nobody can find out any more.
    ///
    /// # Errors
    /// As [`Vault::destroy`].
    pub(crate) fn destroy_and_tell(&self, ids: &[Id], told: &[Told], now_us: i64) -> Result<(), Fault> {
        self.in_transaction(|tx| {
            for Told { id, subject, payload } in told {
                tx.execute(
                    "INSERT INTO to_be_told (id, subject_id, payload, made_us) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (id) DO NOTHING",
                    values![*id, *subject, payload.as_str(), now_us],
                )?;
            }
            for id in ids {
                tx.execute(
                    "INSERT INTO destroyed_keys (id, destroyed_us) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                    values![*id, now_us],
                )?;
                tx.execute("DELETE FROM member_keys WHERE id = $1", values![*id])?;
            }
            Ok(())
        })?;
        self.opened().retain(|id, _| !ids.contains(id));
        self.forget_overwritten()
    }

    /// Who must be told, and is not in the book's jobs yet as far as the keys know; the oldest first.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) fn to_be_told(&self, limit: u32) -> Result<Vec<Told>, Fault> {
        let rows = self.ask(|tx| {
            let sql = "SELECT id, subject_id, payload FROM to_be_told ORDER BY made_us, id LIMIT $1";
            tx.query(sql, values![limit])
        })?;
        let told = |mut row: crate::value::Row| {
            Ok(Told { id: row.id(0)?, subject: row.id(1)?, payload: row.text(2)? })
        };
        rows.into_iter().map(told).collect()
    }

    /// Forgets those who are in the book's jobs now.
    ///
    /// # Errors
    /// When the keys cannot be written: then they are queued once more, which changes nothing.
    pub(crate) fn forget_told(&self, ids: &[Id]) -> Result<(), Fault> {
        self.in_transaction(|tx| {
            ids.iter()
                .try_for_each(|id| tx.execute("DELETE FROM to_be_told WHERE id = $1", values![*id]).map(drop))
        })
    }

    /// The ids of all destroyed keys with the time: the list that is replayed on a restore.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn destroyed(&self) -> Result<Vec<(Id, i64)>, Fault> {
        let rows = self.ask(|tx| tx.query("SELECT id, destroyed_us FROM destroyed_keys ORDER BY id", &[]))?;
        rows.into_iter().map(|mut row| Ok((row.id(0)?, row.integer(1)?))).collect()
    }

    /// Destroys what a list from elsewhere says was destroyed: an old backup must not bring anybody back. Tells how many
    /// keys were still here.
    ///
    /// # Errors
    /// As [`Vault::destroy`].
    pub fn replay_destroyed(&self, list: &[(Id, i64)]) -> Result<u64, Fault> {
        let revived = self.in_transaction(|tx| {
            let mut revived = 0;
            for (id, destroyed_us) in list {
                tx.execute(
                    "INSERT INTO destroyed_keys (id, destroyed_us) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                    values![*id, *destroyed_us],
                )?;
                revived += tx.execute("DELETE FROM member_keys WHERE id = $1", values![*id])?;
            }
            Ok(revived)
        })?;
        self.opened().clear();
        self.forget_overwritten()?;
        Ok(revived)
    }
}
