"""The bench as a picture: positions a second of each way of drawing, at one, four and eight pictures."""

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

WAYS = {"ours_positions_s": "fused", "eager_positions_s": "eager", "transformers_positions_s": "transformers"}
COLOURS = {"fused": "#1f6feb", "eager": "#8b949e", "transformers": "#d9480f"}
WIDTH, BAR, GAP, LEFT = 760, 22, 26, 150
INK, PAPER = "#333333", "#ffffff"


def draw_bench(report: dict[str, Any], path: Path) -> None:
    """Bars of `report["drawing"]`, longest for the fastest."""
    groups = report["drawing"]
    most = max(row[way] for row in groups.values() for way in WAYS)
    height = GAP + len(groups) * (len(WAYS) * BAR + GAP) + GAP
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    draw, font, top = ImageDraw.Draw(picture), ImageFont.load_default(14), GAP
    draw.text((LEFT, 4), "positions a second, guided, pixels not included", INK, font)
    for count, row in groups.items():
        draw.text((10, top + BAR), f"{count} picture{'s' * (count != '1')}", INK, font)
        for way, name in WAYS.items():
            long = round((WIDTH - LEFT - 190) * row[way] / most)
            draw.rectangle((LEFT, top + 2, LEFT + long, top + BAR - 2), COLOURS[name])
            draw.text((LEFT + long + 6, top + 3), f"{row[way]:,.0f}  {name}", INK, font)
            top += BAR
        top += GAP
    picture.save(path)
