"""Few shapes for many sizes: a CPU compiles a product in bfloat16 for its shape, which takes milliseconds."""

import torch.nn.functional as F
from torch import Tensor

MULTIPLE = 32


def chosen(mask: Tensor, multiple: int = MULTIPLE) -> tuple[Tensor, Tensor]:
    """Where a flat mask is True, filled up to a multiple with the first row; and which of them are real."""
    ids = mask.flatten().nonzero()[:, 0]
    room = -len(ids) % multiple
    real = F.pad(ids.new_ones(len(ids), dtype=ids.dtype), (0, room)).bool()
    return F.pad(ids, (0, room)), real
