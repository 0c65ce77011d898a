"""Signs what the model has drawn, before it is stored (decision 20)."""

from generation.models import Generation
from generation.provenance import credentials, note


def signed(generation: Generation, png: bytes) -> bytes:
    """The PNG with its credentials; no two are alike. Raises Unsigned."""
    return credentials.sign(png, model=generation.model or "aurora", source=source_of(generation))


def source_of(generation: Generation) -> str:
    """What is drawn into a picture of somebody's own is theirs in part."""
    reference = generation.reference
    return note.COMPOSITE if reference is not None and reference.picture_id is None else note.DRAWN
