// Draws the benchmark's sheet with pdf-lib and fontkit. pdf-lib parses a font for each document it
// embeds it in. Runs from the build folder, where its packages are installed.

import { readFileSync } from "node:fs";
import fontkit from "@pdf-lib/fontkit";
import { PDFDocument, popGraphicsState, pushGraphicsState, concatTransformationMatrix, rgb } from "pdf-lib";

const HEIGHT = 841.89;
const folder = process.argv[2];
const drawings = JSON.parse(readFileSync(`${folder}/drawings.json`, "utf8"));
const hana = "/usr/share/fonts/truetype/hanazono/HanaMin";
let files = null;

const peak = () => process.resourceUsage().maxRSS / 1024;

async function write(pages, perPage) {
  files ??= {
    regular: readFileSync(`${folder}/../NotoSansCJKsc-Regular.otf`),
    bold: readFileSync(`${folder}/../NotoSansCJKsc-Bold.otf`),
    hana_a: readFileSync(`${hana}A.ttf`),
    hana_b: readFileSync(`${hana}B.ttf`),
  };
  const pdf = await PDFDocument.create();
  pdf.registerFontkit(fontkit);
  pdf.setTitle("离线随申码");
  const fonts = {};
  for (let at = 0; at < pages.length; at += perPage) {
    const page = pdf.addPage([595.276, HEIGHT]);
    for (const [cell, drawing] of pages.slice(at, at + perPage).entries()) {
      page.pushOperators(pushGraphicsState());
      if (perPage === 4) {
        const [x, y] = [(cell % 2) * 297.638, (1 - Math.floor(cell / 2)) * 420.945];
        page.pushOperators(concatTransformationMatrix(0.5, 0, 0, 0.5, x, y));
      }
      await sheet(pdf, page, drawing, fonts);
      page.pushOperators(popGraphicsState());
    }
  }
  return pdf.save();
}

async function sheet(pdf, page, drawing, fonts) {
  for (const [x, y, width, height] of drawing.bars) {
    page.drawRectangle({ x, y: HEIGHT - y - height, width, height, color: rgb(0, 0, 0) });
  }
  for (const { x, y, size, font, white, text } of drawing.texts) {
    fonts[font] ??= await pdf.embedFont(files[font], { subset: true });
    const grey = white ? 1 : 0;
    page.drawText(text, { x, y: HEIGHT - y, size, font: fonts[font], color: rgb(grey, grey, grey) });
  }
  const [x, y, module] = drawing.symbol;
  // Holes run the other way round, so the non-zero rule, which pdf-lib fills by, leaves them light.
  const path = drawing.outlines.map((outline) => `M${outline.map((corner) => corner.join(" ")).join("L")}Z`).join("");
  page.drawSvgPath(path, { x, y: HEIGHT - y, scale: module, color: rgb(0, 0, 0) });
  const photo = await pdf.embedJpg(readFileSync(`${folder}/${drawing.photo_file}`));
  const [px, py, width, height] = drawing.photo;
  page.drawImage(photo, { x: px, y: HEIGHT - py - height, width, height });
}

async function timed(pages, perPage) {
  const started = performance.now();
  const data = await write(pages, perPage);
  return [performance.now() - started, data.length];
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const before = peak();
const single = [];
for (const drawing of drawings.slice(0, 24)) single.push(await timed([drawing], 1));
const fourUp = [];
for (let at = 200; at < 220; at += 4) fourUp.push((await timed(drawings.slice(at, at + 4), 4))[0]);
const peakSingle = peak() - before;
// Each file parses a font of 16 MB and builds its subset in JavaScript, so 100 pages are enough.
const pages = drawings.slice(0, 100);
const [batch] = await timed(pages, 1);
console.log(
  JSON.stringify({
    first_ms: single[0][0],
    median_ms: median(single.slice(4).map(([ms]) => ms)),
    bytes: single.at(-1)[1],
    four_up_ms: median(fourUp),
    batch_pages: pages.length,
    batch_ms: batch,
    peak_mb: peakSingle,
    batch_peak_mb: peak() - before,
  }),
);
