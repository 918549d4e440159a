//! The page's decoder beside zbar, on the same bad photographs of sheets.

use crate::photographs::{self, Photograph};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use paper::Fonts;
use practice::guard;
use rig::{RigFolder, browser::Phone, central::Central, postgres::Postgres, process::run, window::Window};
use std::{path::Path, process::Command};

/// Number of photographs without the variable `PHOTOGRAPHS`.
const FEW: u64 = 40;
/// Share that the page reads at least. It read 0.82 of 500, and 0.80 of the first 40 of them.
const LEAST: f64 = 0.75;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reads_as_many_bad_photographs_as_zbar() {
    let count = std::env::var("PHOTOGRAPHS").map_or(FEW, |count| count.parse().unwrap());
    let folder = RigFolder::new("pages-reading").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let pages = guard::built_pages();
    let setting = ("SUISHEN_CENTRAL_PAGES", pages.to_str().unwrap());
    let central = Central::start_with(&folder, &postgres, &[setting]).await.unwrap();
    let phone = Phone { width: 320, height: 700, camera: None };
    let page = Window::on_phone(&folder, &phone, &format!("{}/verify/", central.url())).await.unwrap();
    let decoder = decoder(&pages);
    let fonts = Fonts::open().unwrap();

    let (mut read, mut took) = ([[0_u64; 2]; 2], Vec::new());
    for number in 0..count {
        let photograph = photographs::take(&fonts, number, folder.path());
        let by_zbar = zbar(&photograph, folder.path()).await;
        let (by_page, milliseconds) = page_reads(&page, &decoder, &photograph).await;
        read[usize::from(by_page)][usize::from(by_zbar)] += 1;
        took.push(milliseconds);
    }
    took.sort_by(f64::total_cmp);
    let [[neither, only_zbar], [only_page, both]] = read;
    println!(
        "{count} photographs: page {}, zbar {}, both {both}, neither {neither}; page took {:.0} ms (median), {:.0} ms (p95)",
        both + only_page,
        both + only_zbar,
        took[took.len() / 2],
        took[took.len() * 95 / 100],
    );
    // No margin is needed: zbar reads single lines of pixels without smoothing, so speckle and
    // noise cost it many that the page reads.
    assert!(only_page >= only_zbar, "the page reads fewer than zbar");
    let share = (both + only_page) as f64 / count as f64;
    assert!(share >= LEAST, "the page reads {share:.2} of them");
}

/// Returns the path of the decoder that the page loads where the browser has none.
fn decoder(pages: &Path) -> String {
    let files = std::fs::read_dir(pages.join("assets")).unwrap().map(|file| file.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    names.into_iter().find(|name| name.starts_with("decoder-")).unwrap()
}

/// Gives the photograph to the decoder as the camera's frame. Returns whether it was read, and the
/// time it took.
async fn page_reads(page: &Window, decoder: &str, photograph: &Photograph) -> (bool, f64) {
    const READ: &str = "
        const done = arguments[0]
        const read = async (path, coded) => {
          const bytes = Uint8Array.from(atob(coded), (one) => one.charCodeAt(0))
          const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
          const canvas = document.createElement('canvas')
          canvas.width = bitmap.width
          canvas.height = bitmap.height
          const context = canvas.getContext('2d')
          context.drawImage(bitmap, 0, 0)
          const picture = context.getImageData(0, 0, bitmap.width, bitmap.height)
          window.decoder ??= new Worker(path)
          const begin = performance.now()
          const answer = new Promise((resolve) => (window.decoder.onmessage = ({ data }) => resolve(data)))
          window.decoder.postMessage({ id: 1, picture }, [picture.data.buffer])
          const { text, failed } = await answer
          return { text, failed, took: performance.now() - begin }
        }";
    let coded = STANDARD.encode(&photograph.jpeg);
    let found =
        page.run_script(&format!("{READ}\nread('../assets/{decoder}', '{coded}').then(done)")).await.unwrap();
    assert_eq!(found["failed"], false, "the decoder runs here");
    let text = found["text"].as_str();
    assert!(text.is_none_or(|text| text == photograph.text), "read, but not what is printed");
    (text.is_some(), found["took"].as_f64().unwrap())
}

async fn zbar(photograph: &Photograph, folder: &Path) -> bool {
    let file = folder.join("photograph.jpg");
    std::fs::write(&file, &photograph.jpeg).unwrap();
    let mut zbarimg = Command::new("zbarimg");
    zbarimg.args(["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable"]).arg(&file);
    // It ends with an error where there is no symbol.
    run(zbarimg).await.is_ok_and(|read| read.trim_end_matches('\n') == photograph.text)
}
