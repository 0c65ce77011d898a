"""Delivers a drawn picture: first its file, then row and money in one transaction."""

from django.db import transaction

from billing import ledger
from generation import progress
from generation.models import Generation, Picture
from generation.services import lease, signing
from generation.services.moderation import after, holding
from generation.services.moderation.moderator import NOTHING, REVIEW, Judgement


def deliver_picture(
    *,
    generation: Generation,
    index: int,
    seed: int,
    png: bytes,
    seconds: float,
    positions: int,
    judged: Judgement = NOTHING,
) -> Picture | None:
    """Keep and charge picture `index`; None, with nothing written, when this attempt is over. Raises OSError.

    What was found in it, or in its prompt, and is to be reviewed is delivered blurred. The file is signed before it is
    stored, so that it leaves as it lies there, whichever way (decision 20). A crash between file and row leaves a file
    that nobody names: never a charged picture without its file. Repeating it delivers and charges once.
    """
    is_held = judged.says(REVIEW) or after.is_under_review(generation)
    kept = holding.keep(generation=generation, png=signing.signed(generation, png), is_held=is_held)
    picture = _write(generation, index, kept, judged, seed=seed, seconds=seconds, positions=positions)
    named = (picture.storage_key, picture.held_key) if picture else ()
    # No two signatures are alike, so what the row does not name is this call's own.
    holding.forget([key for key in (kept.shown.key, kept.held_key) if key and key not in named])
    return picture


def _write(
    generation: Generation,
    index: int,
    kept: holding.Kept,
    judged: Judgement,
    *,
    seed: int,
    seconds: float,
    positions: int,
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
            storage_key=kept.shown.key,
            held_key=kept.held_key,
            byte_size=kept.shown.byte_size,
            sha256=kept.shown.sha256,
            seconds=seconds,
            positions=positions,
        )
        after.note(picture, judged)
        _charge(generation, index)
        transaction.on_commit(lambda: _tell(picture), robust=True)
    return picture


def _charge(generation: Generation, index: int) -> None:
    if price := generation.price_of(index):
        ledger.capture(workspace=generation.workspace, hold=str(generation.pk), part=str(index), amount_micros=price)


def _tell(picture: Picture) -> None:
    data = {"index": picture.index, "picture_id": str(picture.pk), "seed": picture.seed, "seconds": picture.seconds}
    progress.publish(picture.generation, "picture", data)
