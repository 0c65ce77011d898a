"""The curve of a run: log.jsonl drawn as curve.png, for people look rather than read."""

import json
import math
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

FIGURES = ("loss", "a", "b", "held_out", "held_out_plan", "psnr", "psnr_x2")
WIDTH, HEIGHT, MARGIN = 720, 200, 44
INK, PAPER, STABLE, DECAYING = "#333333", "#ffffff", "#1f6feb", "#d9480f"

Lines = list[dict[str, Any]]


def draw_curve(folder: Path) -> None:
    """Write curve.png: a panel for each figure over steps, blue at the stable rate, orange while the rate decays."""
    log = folder / "log.jsonl"
    lines: Lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    panels = {
        name: told
        for name in FIGURES
        if len(told := [line for line in lines if math.isfinite(line.get(name, math.nan))]) > 1
    }
    if not panels:
        return
    picture = Image.new("RGB", (WIDTH, HEIGHT * len(panels)), PAPER)
    draw = ImageDraw.Draw(picture)
    for number, (name, told) in enumerate(panels.items()):
        _panel(draw, number * HEIGHT, name, told)
    picture.save(folder / "curve.png")


def _panel(draw: ImageDraw.ImageDraw, top: int, name: str, lines: Lines) -> None:
    values, last = [float(line[name]) for line in lines], max(line["step"] for line in lines)
    late = values[len(values) // 10 :]  # the first steps of a run would press the rest flat
    low, high = min(late), max(late)
    left, right, upper, lower = MARGIN, WIDTH - MARGIN, top + MARGIN, top + HEIGHT - MARGIN
    font = ImageFont.load_default(13)
    draw.rectangle((left, upper, right, lower), outline=INK)
    draw.text((left, upper - 20), f"{name}: {values[-1]:g}", INK, font)
    draw.text((right, upper - 20), f"{low:g} to {high:g}", INK, font, anchor="ra")
    draw.text((right, lower + 6), f"step {last}", INK, font, anchor="ra")
    shares = [min(max((value - low) / ((high - low) or 1), 0.0), 1.0) for value in values]
    points = [
        (left + line["step"] / (last or 1) * (right - left), lower - share * (lower - upper))
        for line, share in zip(lines, shares, strict=True)
    ]
    for before, line, start, end in zip(lines, lines[1:], points, points[1:], strict=False):
        if line["step"] > before["step"]:  # a later cycle goes on from where the decay began
            draw.line((start, end), DECAYING if line.get("decaying") else STABLE, 2)
