use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use drivers::camera::{Camera, CameraError, CameraSettings, CameraView};
use rig::RigFolder;
use tokio::sync::watch;

use crate::table::{Table, Trouble};

const DEVICE: &str = "camera";
const PATIENCE: Duration = Duration::from_secs(30);

/// The smallest possible picture: one black pixel as BMP.
const PICTURE: [u8; 58] = {
    let mut bytes = [0; 58];
    bytes[0] = b'B';
    bytes[1] = b'M';
    bytes[2] = 58;
    bytes[10] = 54;
    bytes[14] = 40;
    bytes[18] = 1;
    bytes[22] = 1;
    bytes[26] = 1;
    bytes[28] = 24;
    bytes
};

async fn until(view: &mut watch::Receiver<CameraView>, wanted: impl Fn(&CameraView) -> bool) -> Duration {
    let begin = Instant::now();
    tokio::time::timeout(PATIENCE, view.wait_for(|view| wanted(view))).await.unwrap().unwrap();
    begin.elapsed()
}

fn is(error: CameraError) -> impl Fn(&CameraView) -> bool {
    move |view| *view == CameraView::Unavailable(error)
}

fn is_picture(view: &CameraView) -> bool {
    matches!(view, CameraView::Picture(_))
}

fn put_picture(folder: &Path) {
    std::fs::write(folder.join("1.bmp"), PICTURE).unwrap();
}

pub(crate) async fn rows(table: &mut Table) {
    let place = RigFolder::new("faults-camera").unwrap();
    let (folder, away): (PathBuf, PathBuf) = (place.path().join("pictures"), place.path().join("away"));
    let (camera, mut view) = Camera::start(CameraSettings::Folder(folder.clone()));
    let noticed = until(&mut view, is(CameraError::NotFound)).await;
    assert_eq!(camera.take_picture().await, Err(CameraError::NotFound));
    std::fs::create_dir(&folder).unwrap();
    put_picture(&folder);
    let recovered = until(&mut view, is_picture).await;
    table.row(DEVICE, Trouble::Absent, CameraError::NotFound.code(), noticed, Some(recovered));

    for trouble in [Trouble::UnpluggedIdle, Trouble::UnpluggedBusy] {
        std::fs::rename(&folder, &away).unwrap();
        if trouble == Trouble::UnpluggedBusy {
            assert!(camera.take_picture().await.is_err());
        }
        let noticed = until(&mut view, |view| matches!(view, CameraView::Unavailable(_))).await;
        std::fs::rename(&away, &folder).unwrap();
        let recovered = until(&mut view, is_picture).await;
        table.row(DEVICE, trouble, CameraError::Lost.code(), noticed, Some(recovered));
    }

    std::fs::remove_file(folder.join("1.bmp")).unwrap();
    let noticed = until(&mut view, is(CameraError::Mute)).await;
    put_picture(&folder);
    table.row(
        DEVICE,
        Trouble::Slow,
        CameraError::Mute.code(),
        noticed,
        Some(until(&mut view, is_picture).await),
    );

    std::fs::write(folder.join("1.bmp"), b"no picture").unwrap();
    let noticed = until(&mut view, is(CameraError::Garbled)).await;
    put_picture(&folder);
    let recovered = until(&mut view, is_picture).await;
    table.row(DEVICE, Trouble::Garbage, CameraError::Garbled.code(), noticed, Some(recovered));

    let (_stranger, mut other) = Camera::start(CameraSettings::Device("/dev/null".into()));
    let noticed = until(&mut other, is(CameraError::Format)).await;
    table.row(DEVICE, Trouble::WrongDevice, CameraError::Format.code(), noticed, None);

    let begin = Instant::now();
    camera.take_picture().await.unwrap();
    table.row(DEVICE, Trouble::ComesBack, "picture", begin.elapsed(), Some(begin.elapsed()));
    table.not_possible(DEVICE, Trouble::ServiceRestarted, "no service in between");
}
