"""Delivers a drawn picture: first its file, then row and money in one transaction."""

from django.db import transaction

from billing import ledger
from generation import progress, storage
from generation.models import Generation, Picture
from generation.provenance import credentials, note
from generation.services import lease


def deliver_picture(
    *, generation: Generation, index: int, seed: int, png: bytes, seconds: float, positions: int
) -> Picture | None:
    """Keep and charge picture `index`; None, with nothing written, when this attempt is over. Raises OSError.

    The file is signed before it is stored, so that it leaves as it lies there, whichever way (decision 20). A crash
    between file and row leaves a file that nobody names: never a charged picture without its file. Repeating it
    delivers and charges once.
    """
    signed = credentials.sign(png, model=generation.model or "aurora", source=source_of(generation))
    stored = storage.store_png(workspace_id=generation.workspace_id, generation_id=generation.pk, png=signed)
    picture = _write(generation, index, stored, seed=seed, seconds=seconds, positions=positions)
    if picture is None or picture.storage_key != stored.key:
        # No two signatures are alike, so the file is this call's own.
        storage.delete(stored.key)
    return picture


def _write(
    generation: Generation, index: int, stored: storage.Stored, *, seed: int, seconds: float, positions: int
) -> Picture | None:
    with transaction.atomic():
        # The lock keeps the row ours until commit: no claim, cancellation or end comes between.
        if not lease.held(generation).filter(cancel_requested_at=None).select_for_update().exists():
            return None
        if there := Picture.objects.filter(generation=generation, index=index).first():
            return there
        # Under the lock nobody else makes it meanwhile.
        picture = Picture.objects.create(
            generation=generation,
            index=index,
            workspace_id=generation.workspace_id,
            seed=seed,
            width=generation.width,
            height=generation.height,
            storage_key=stored.key,
            byte_size=stored.byte_size,
            sha256=stored.sha256,
            seconds=seconds,
            positions=positions,
        )
        _charge(generation, index)
        transaction.on_commit(lambda: _tell(picture), robust=True)
    return picture


def source_of(generation: Generation) -> str:
    """What is drawn into a picture of somebody's own is theirs in part."""
    reference = generation.reference
    return note.COMPOSITE if reference is not None and reference.picture_id is None else note.DRAWN


def _charge(generation: Generation, index: int) -> None:
    if price := generation.price_of(index):
        ledger.capture(workspace=generation.workspace, hold=str(generation.pk), part=str(index), amount_micros=price)


def _tell(picture: Picture) -> None:
    data = {"index": picture.index, "picture_id": str(picture.pk), "seed": picture.seed, "seconds": picture.seconds}
    progress.publish(picture.generation, "picture", data)
