"""Draws the benchmark's sheet with typst.

One compiler serves all files, so its cache of earlier work helps it.
"""

import sys

import typst

from measure import measure

FONTS = {
    "regular": 'font: "Noto Sans CJK SC", weight: "regular"',
    "bold": 'font: "Noto Sans CJK SC", weight: "bold"',
    "hana_a": 'font: "HanaMinA"',
    "hana_b": 'font: "HanaMinB"',
}
HEAD = """#set document(title: "离线随申码", date: datetime(year: 2026, month: 1, day: 1))
#set page(width: 595.276pt, height: 841.89pt, margin: 0pt)
#set text(lang: "zh", top-edge: "baseline", bottom-edge: "baseline")
"""
compiler = None


def sheet(drawing, x, y, scale):
    lines = []
    for bx, by, width, height in drawing["bars"]:
        lines.append(
            f"#place(dx: {x + bx * scale}pt, dy: {y + by * scale}pt, "
            f"rect(width: {width * scale}pt, height: {height * scale}pt, fill: black))"
        )
    for text in drawing["texts"]:
        words = text["text"].replace("\\", "\\\\").replace('"', '\\"')
        fill = "white" if text["white"] else "black"
        lines.append(
            f"#place(dx: {x + text['x'] * scale}pt, dy: {y + text['y'] * scale}pt, "
            f'text({FONTS[text["font"]]}, size: {text["size"] * scale}pt, fill: {fill}, "{words}"))'
        )
    sx, sy, module = drawing["symbol"]
    side = drawing["modules"]
    path = "".join("M" + "L".join(f"{cx} {cy}" for cx, cy in outline) + "z" for outline in drawing["outlines"])
    path = f"<path fill-rule='evenodd' d='{path}'/>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}'>{path}</svg>"
    lines.append(
        f"#place(dx: {x + sx * scale}pt, dy: {y + sy * scale}pt, "
        f'image(bytes("{svg}"), format: "svg", width: {side * module * scale}pt))'
    )
    px, py, width, height = drawing["photo"]
    lines.append(
        f"#place(dx: {x + px * scale}pt, dy: {y + py * scale}pt, "
        f'image("{drawing["photo_file"]}", width: {width * scale}pt, height: {height * scale}pt))'
    )
    return "\n".join(lines)


def write(drawings, per_page):
    global compiler
    if compiler is None:
        compiler = typst.Compiler(root=sys.argv[1])
    scale = 1 / 2 if per_page == 4 else 1
    pages = []
    for at in range(0, len(drawings), per_page):
        cells = drawings[at : at + per_page]
        pages.append(
            "\n".join(
                sheet(drawing, (cell % 2) * 297.638, (cell // 2) * 420.945, scale)
                for cell, drawing in enumerate(cells)
            )
        )
    source = HEAD + "\n#pagebreak()\n".join(pages)
    return compiler.compile(input=source.encode(), root=sys.argv[1])


measure(write)
