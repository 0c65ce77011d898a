"""Everything about making pictures: what is asked for, what came of it, and how programs asked and are told."""

from generation.models.batches import Batch, BatchLine
from generation.models.calls import ApiCall
from generation.models.generations import Feed, Generation, Outbox, Reference
from generation.models.hooks import Delivery, Hook
from generation.models.library import Bundle, PictureDay, Tile
from generation.models.pictures import Mark, Picture, StorageUse

__all__ = [
    "ApiCall",
    "Batch",
    "BatchLine",
    "Bundle",
    "Delivery",
    "Feed",
    "Generation",
    "Hook",
    "Mark",
    "Outbox",
    "Picture",
    "PictureDay",
    "Reference",
    "StorageUse",
    "Tile",
]
