"""Everything about making pictures: what is asked for, what came of it, and how programs asked and are told."""

from generation.models.batches import Batch, BatchLine
from generation.models.calls import ApiCall
from generation.models.collections import Collection, CollectionEntry, CollectionRole
from generation.models.drains import Drain
from generation.models.figures import Figure
from generation.models.generations import Feed, Generation, Outbox, Reference
from generation.models.hooks import Delivery, Hook
from generation.models.library import Bundle, PictureDay, Tile
from generation.models.moderation import Appeal, Report, Rule, Verdict
from generation.models.pictures import Mark, Picture, StorageUse
from generation.models.prompts import SavedPrompt

__all__ = [
    "ApiCall",
    "Appeal",
    "Batch",
    "BatchLine",
    "Bundle",
    "Collection",
    "CollectionEntry",
    "CollectionRole",
    "Delivery",
    "Drain",
    "Feed",
    "Figure",
    "Generation",
    "Hook",
    "Mark",
    "Outbox",
    "Picture",
    "PictureDay",
    "Reference",
    "Report",
    "Rule",
    "SavedPrompt",
    "StorageUse",
    "Tile",
    "Verdict",
]
