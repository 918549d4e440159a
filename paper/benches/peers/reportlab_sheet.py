"""Draws the benchmark's sheet with reportlab.

reportlab cannot embed CFF fonts, so Hanazono replaces Noto Sans CJK.
"""

import io
import sys

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from measure import measure

HEIGHT = 841.89
FONTS = {"regular": "hana_a", "bold": "hana_a", "hana_a": "hana_a", "hana_b": "hana_b"}
opened = False


def sheet(canvas, drawing):
    canvas.setFillGray(0)
    for x, y, width, height in drawing["bars"]:
        canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)
    for text in drawing["texts"]:
        canvas.setFillGray(1 if text["white"] else 0)
        canvas.setFont(FONTS[text["font"]], text["size"])
        canvas.drawString(text["x"], HEIGHT - text["y"], text["text"])
    canvas.setFillGray(0)
    x, y, module = drawing["symbol"]
    path = canvas.beginPath()
    for outline in drawing["outlines"]:
        (column, row), *others = outline
        path.moveTo(x + column * module, HEIGHT - y - row * module)
        for column, row in others:
            path.lineTo(x + column * module, HEIGHT - y - row * module)
        path.close()
    canvas.drawPath(path, stroke=0, fill=1, fillMode=0)
    x, y, width, height = drawing["photo"]
    photo = ImageReader(f"{sys.argv[1]}/{drawing['photo_file']}")
    canvas.drawImage(photo, x, HEIGHT - y - height, width, height)


def write(drawings, per_page):
    global opened
    if not opened:
        for name, letter in (("hana_a", "A"), ("hana_b", "B")):
            pdfmetrics.registerFont(TTFont(name, f"/usr/share/fonts/truetype/hanazono/HanaMin{letter}.ttf"))
        opened = True
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(595.276, HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle("离线随申码")
    for at in range(0, len(drawings), per_page):
        for cell, drawing in enumerate(drawings[at : at + per_page]):
            canvas.saveState()
            if per_page == 4:
                canvas.translate((cell % 2) * 297.638, (1 - cell // 2) * 420.945)
                canvas.scale(0.5, 0.5)
            sheet(canvas, drawing)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return data.getvalue()


measure(write)
