"""Delivers a drawn picture: first its file, then row and money in one transaction."""

from django.db import transaction

from billing import ledger
from generation import progress, storage
from generation.models import Generation, Picture
from generation.services import lease


def deliver_picture(
    *, generation: Generation, index: int, seed: int, png: bytes, seconds: float, positions: int
) -> Picture | None:
    """Keep and charge picture `index`; None, with nothing written, when this attempt is over. Raises OSError.

    A crash between file and row leaves a file that the next attempt overwrites or nobody names: never a charged
    picture without its file. Repeating it delivers and charges once.
    """
    stored = storage.store_png(workspace_id=generation.workspace_id, generation_id=generation.pk, png=png)
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


def _charge(generation: Generation, index: int) -> None:
    if price := generation.price_of(index):
        ledger.capture(workspace=generation.workspace, hold=str(generation.pk), part=str(index), amount_micros=price)


def _tell(picture: Picture) -> None:
    data = {"index": picture.index, "picture_id": str(picture.pk), "seed": picture.seed, "seconds": picture.seconds}
    progress.publish(picture.generation, "picture", data)
