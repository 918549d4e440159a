//! Layers of settings: a TOML file, and environment variables above it.
//!
//! An error names place and reason, never the line itself: one of the values is a password.

use super::ConfigError;
use std::path::Path;
use toml::{Table, Value};

/// Prefix of all environment variables.
const PREFIX: &str = "SUISHEN_CENTRAL_";
/// The variable that names the file has the same prefix but is not a setting.
const CONFIG_FILE: &str = "CONFIG_FILE";

/// Reads a settings file.
///
/// # Errors
/// [`ConfigError::Unreadable`] and [`ConfigError::Malformed`], which has the line.
pub(super) fn file(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { file: path.to_owned(), error })?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::Malformed { file: path.to_owned(), line, reason: error.message().to_owned() }
    })
}

/// Lays the variables with the prefix over `table`. `__` separates levels.
///
/// # Errors
/// [`ConfigError::Variable`] if a variable goes below a setting that is a single value.
pub(super) fn lay_over(
    table: &mut Table,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (variable, text) in variables {
        let Some(name) = variable.strip_prefix(PREFIX).filter(|name| *name != CONFIG_FILE) else {
            continue;
        };
        let name = name.to_lowercase();
        let mut levels: Vec<&str> = name.split("__").collect();
        let Some(last) = levels.pop() else { continue };
        let mut place = &mut *table;
        for level in levels {
            let below = place.entry(level).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(below) = below else { return Err(ConfigError::Variable(variable)) };
            place = below;
        }
        place.insert(last.to_owned(), value(text));
    }
    Ok(())
}

/// Reads `text` as a TOML value if it is one, else as a string without its quotes.
fn value(text: String) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    parsed.filter(|value| !value.is_datetime()).unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_over(text: &str, variables: &[(&str, &str)]) -> Result<Table, ConfigError> {
        let mut table = text.parse::<Table>().unwrap();
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        lay_over(&mut table, variables)?;
        Ok(table)
    }

    #[test]
    fn variables_override_the_file_level_by_level() {
        let file = "apply_workers = 2\n[limits]\nbacklog = 1\nbody_bytes = 2\n";
        let table = laid_over(
            file,
            &[
                ("SUISHEN_CENTRAL_LIMITS__BACKLOG", "20"),
                ("SUISHEN_CENTRAL_TLS__KEY", "/etc/key.pem"),
                ("SUISHEN_CENTRAL_LISTEN", "[::1]:8443"),
                ("SUISHEN_CENTRAL_OPERATOR_REQUIRED", "false"),
                ("SUISHEN_CENTRAL_CONFIG_FILE", "central.toml"),
                ("PATH", "/bin"),
            ],
        );
        let wanted = "apply_workers = 2\nlisten = '[::1]:8443'\noperator_required = false\n\
                      [limits]\nbacklog = 20\nbody_bytes = 2\n[tls]\nkey = '/etc/key.pem'\n";
        assert_eq!(table.unwrap(), wanted.parse::<Table>().unwrap());
    }

    #[test]
    fn a_variable_below_a_single_value_is_refused() {
        let error = laid_over("issuer = 'SHSSM'", &[("SUISHEN_CENTRAL_ISSUER__NAME", "x")]).unwrap_err();
        assert!(error.to_string().contains("SUISHEN_CENTRAL_ISSUER__NAME"), "{error}");
    }

    #[test]
    fn a_malformed_file_is_named_with_its_line_and_without_its_password() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("central.toml");
        std::fs::write(&path, "issuer = 'SHSSM'\ndatabase_url = \"postgres://a:secret@b/c\n").unwrap();
        let said = file(&path).unwrap_err().to_string();
        assert!(said.contains("central.toml, line 2"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
