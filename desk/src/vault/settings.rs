//! What may hold a vault's wrapping key at this machine (C1).

use serde::{Deserialize, Serialize};
use std::path::Path;

/// The TPM of a Linux machine, behind the kernel's resource manager.
const DEVICE: &str = "/dev/tpmrm0";
/// How `vault.tpm` says that no TPM may be used.
const NO_TPM: &str = "none";

/// `[vault]` in `desk.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaultSettings {
    /// The TPM, in the words of tpm2-tss: `device:/dev/tpmrm0`, which is also taken by itself where
    /// it exists; `swtpm:host=127.0.0.1,port=2321`; or `none`, for a TPM that may not be used.
    pub tpm: Option<String>,
    /// Whether a file may hold the key where there is neither TPM nor keyring.
    pub key_file: KeyFile,
}

/// Whether a key file may hold the wrapping key. Who copies the folder then has everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFile {
    /// No file may hold the key; a desk without TPM and keyring does not open.
    #[default]
    Refused,
    /// For a practice desk: a live certificate is refused.
    Practice,
    /// Also for a live desk; window and centre say so.
    Allowed,
}

impl VaultSettings {
    /// Returns the TPM to use, in the words of tpm2-tss.
    pub(super) fn tcti(&self) -> Option<String> {
        match self.tpm.as_deref() {
            Some(NO_TPM) => None,
            Some(tcti) => Some(tcti.to_owned()),
            None => Path::new(DEVICE).exists().then(|| format!("device:{DEVICE}")),
        }
    }
}
