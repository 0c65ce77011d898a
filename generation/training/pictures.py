"""Contact sheets: what the run looks like is half of what the run is."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor


def save_sheet(rows: list[Tensor], path: Path) -> None:
    """Each row is a batch (N, 3, H, W) in 0..1; rows are written one under another."""
    strips = [row.clamp(0, 1).permute(2, 0, 3, 1).reshape(row.shape[2], -1, 3) for row in rows]
    width = max(strip.shape[1] for strip in strips)
    padded = [torch.nn.functional.pad(strip, (0, 0, 0, width - strip.shape[1])) for strip in strips]
    pixels = (torch.cat(padded) * 255).round().byte().numpy()
    Image.fromarray(pixels).save(path)
