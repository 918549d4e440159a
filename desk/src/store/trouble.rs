//! What SQLite says, as errors a person can act on.

use crate::error::DeskError;
use sqlx::migrate::MigrateError;

// Primary result codes of SQLite; the extended ones carry them in their low byte.
const PERMISSION: i32 = 3;
const READ_ONLY: i32 = 8;
const INPUT_OUTPUT: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

impl From<sqlx::Error> for DeskError {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(database) => {
                database.code().and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xFF)
            }
            _ => None,
        };
        match code {
            Some(FULL) => Self::DiskFull,
            Some(READ_ONLY | PERMISSION | CANNOT_OPEN) => Self::DiskReadOnly,
            Some(CORRUPT) => Self::DatabaseDamaged,
            // SQLCipher cannot tell a wrong key from a file that is no database.
            Some(NOT_A_DATABASE) => Self::KeyWrong,
            Some(INPUT_OUTPUT) => Self::DiskFailed(std::io::Error::other(error)),
            _ => {
                // What somebody will have to look into. SQLite names tables and columns, never what
                // is in them.
                if let sqlx::Error::Database(database) = &error {
                    tracing::error!(
                        code = database.code().as_deref(),
                        message = database.message(),
                        "database"
                    );
                }
                Self::Store(Box::new(error))
            }
        }
    }
}

pub(super) fn migration(error: MigrateError) -> DeskError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(_) => DeskError::DatabaseNewer,
        MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => DeskError::DatabaseDamaged,
        other => DeskError::Store(Box::new(other)),
    }
}
