mod support;
use paper::{Fonts, sheet::*};
#[test]
fn look() {
    let fonts = Fonts::open().unwrap();
    let photo = support::portrait(1);
    let payload = support::payload(1);
    let long: String = "欧阳".chars().cycle().take(50).collect();
    let names = [
        "张三丰",
        "𠂇𱍐㐂𪚥",
        &long,
        "阿卜杜热依木·阿卜杜热合曼",
        "CHRISTOPHER ALEXANDER MONTGOMERY-WELLINGTON",
        "李四",
    ];
    let mut sheets: Vec<_> = names.iter().map(|n| support::sheet(n, &payload, Some(&photo))).collect();
    sheets[1].provisional = true;
    sheets[2].photo = None;
    sheets[3].practice = true;
    for layout in SheetLayout::ALL {
        let t = std::time::Instant::now();
        let pdf = render(&fonts, &sheets, layout).unwrap();
        eprintln!("{layout:?} {:?} {}", t.elapsed(), pdf.len());
        std::fs::write(format!("{}/look-{layout:?}.pdf", env!("CARGO_TARGET_TMPDIR")), pdf).unwrap();
    }
}
