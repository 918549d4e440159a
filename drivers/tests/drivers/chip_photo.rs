//! The helper process that decodes the chip's portrait, with a stand-in for the maker's library.

use std::path::{Path, PathBuf};
use std::process::Command;

use drivers::card::ChipPhoto;
use drivers::chip_photo::{ChipPhotoDecoder, ChipPhotoError, ChipPhotoSettings};

/// The stand-in library, compiled from C like the makers' own.
struct StandIn {
    library: PathBuf,
    _folder: tempfile::TempDir,
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
impl StandIn {
    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libwlt.so");
        let source = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("tests/stand-in/wlt.c");
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(source)
            .status()
            .unwrap();
        assert!(status.success());
        Self { library, _folder: folder }
    }

    fn decoder(&self, entry: &str) -> ChipPhotoDecoder {
        decoder(&self.library, entry)
    }
}

fn decoder(library: &Path, entry: &str) -> ChipPhotoDecoder {
    ChipPhotoDecoder::new(Some(ChipPhotoSettings {
        helper: PathBuf::from(env!("CARGO_BIN_EXE_chip-photo")),
        library: library.to_owned(),
        entry: entry.to_owned(),
    }))
}

#[expect(clippy::unwrap_used, reason = "the array has the length of a portrait")]
fn photo() -> ChipPhoto {
    ChipPhoto::new(&[0x57; 1024]).unwrap()
}

#[tokio::test]
async fn a_portrait_is_decoded_into_a_picture() {
    let portrait = StandIn::build().decoder("wlt2bmp").decode(&photo()).await.unwrap();
    assert_eq!(portrait.bmp().len(), 38_862);
    assert_eq!(portrait.bmp()[54..], [0x57; 38_862 - 54]);
    let picture = image::load_from_memory(portrait.bmp()).unwrap();
    assert_eq!((picture.width(), picture.height()), (102, 126));
    assert_eq!(format!("{portrait:?}"), "Portrait(redacted)");
}

#[tokio::test]
async fn a_faulty_library_loses_only_the_picture() {
    let library = StandIn::build();
    let cases = [
        ("crashes", ChipPhotoError::Crashed),
        ("hangs", ChipPhotoError::TimedOut),
        ("takes_all_memory", ChipPhotoError::Crashed),
        ("does_nothing", ChipPhotoError::NotAPicture),
        ("no_such_entry", ChipPhotoError::LibraryUnusable),
    ];
    for (entry, error) in cases {
        assert_eq!(library.decoder(entry).decode(&photo()).await, Err(error), "{entry}");
    }
    // On a busy machine, the time limit may end it before the processor-time limit does.
    let spins = library.decoder("spins").decode(&photo()).await;
    assert!(matches!(spins, Err(ChipPhotoError::Crashed | ChipPhotoError::TimedOut)), "{spins:?}");
    assert!(library.decoder("wlt2bmp").decode(&photo()).await.is_ok());
}

#[tokio::test]
async fn each_missing_part_has_its_own_error() {
    let nothing = ChipPhotoDecoder::new(None).decode(&photo()).await;
    assert_eq!(nothing, Err(ChipPhotoError::NotConfigured));
    let no_library = decoder(Path::new("/nonexistent/libwlt.so"), "wlt2bmp").decode(&photo()).await;
    assert_eq!(no_library, Err(ChipPhotoError::LibraryUnusable));
    let no_helper = ChipPhotoDecoder::new(Some(ChipPhotoSettings {
        helper: PathBuf::from("/nonexistent/chip-photo"),
        library: PathBuf::from("/nonexistent/libwlt.so"),
        entry: "wlt2bmp".to_owned(),
    }));
    assert_eq!(no_helper.decode(&photo()).await, Err(ChipPhotoError::HelperMissing));
}
