//! Files that only the user of the program may read: keys, archives, exports, drafts of each.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Creates a file in the place of what has its name. Neither where that pointed nor who might read
/// it is taken over: it may be somebody else's choice.
///
/// # Errors
/// Any failure of the disk.
pub fn create(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => OpenOptions::new().write(true).create_new(true).mode(0o600).open(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _};

    #[test]
    fn what_somebody_prepared_in_the_place_of_a_private_file_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("draft"), folder.path().join("elsewhere"));
        fs::write(&elsewhere, "theirs").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        create(&path).unwrap().write_all(b"ours").unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"");
    }
}
