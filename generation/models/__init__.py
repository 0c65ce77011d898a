"""Everything about making pictures: what is asked for, what came of it, and how programs asked."""

from generation.models.calls import ApiCall
from generation.models.generations import Feed, Generation, Outbox, Picture, Reference, StorageUse

__all__ = ["ApiCall", "Feed", "Generation", "Outbox", "Picture", "Reference", "StorageUse"]
