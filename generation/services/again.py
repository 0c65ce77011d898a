"""Asks once more for what was asked before: as it was, or as a variation of what came of it."""

import io
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import rights
from generation import catalog, storage, uploads
from generation.models import Generation, Picture
from generation.services import browse, order, references, request
from generation.services import change as changes
from generation.services.change import Start

Change = Generation.Change
STRENGTHS = (Change.SUBTLE.value, Change.STRONG.value)
UNREADABLE = "The picture's file cannot be read at the moment. Nothing was charged; try again later."


class NotOver(Exception):
    """There is nothing to try again; the message says why."""


def can_retry(generation: Generation) -> bool:
    """It ended without all of its pictures; what was blocked would be blocked again."""
    return generation.status in (Generation.Status.FAILED, Generation.Status.CANCELED) and generation.feed_id is None


@transaction.atomic
def retry(*, generation: Generation, by: User, use_credit: bool = False) -> Generation:
    """A new generation with the same settings and seed, from the same reference. Raises NotOver, PermissionDenied for
    whoever did not make it, and what `request.place` raises."""
    rights.demand(by, Action.CREATE, generation.workspace)
    if generation.requested_by_id != by.pk:
        raise PermissionDenied("Only who asked for pictures asks for them again.")
    if not can_retry(generation):
        raise NotOver("This is not to be tried again: it is still being drawn, or has all of its pictures.")
    return request.place(
        workspace=generation.workspace,
        requested_by=by,
        source="page",
        order=_order(generation, size=generation.size, n=generation.n, seed=generation.seed),
        share=generation.is_shared,
        use_credit=use_credit,
        reference=generation.reference,
        change=generation.change,
    )


def vary(
    *,
    workspace: Workspace,
    person: User,
    picture: Picture,
    strength: str,
    n: int | None = None,
    use_credit: bool = False,
) -> Generation:
    """Variations of a picture of the workspace after its own words, as many as its mode makes at once. Raises Invalid,
    and what `request.place` raises."""
    _check(strength)
    return changes.place(
        workspace=workspace,
        requested_by=person,
        source="page",
        order=_order(picture.generation, size=picture.size, n=n),
        start=start_from(picture),
        change=strength,
        share=None if picture.generation.is_shared else False,
        use_credit=use_credit,
    )


def change(
    *, start: Start, strength: str, fields: dict[str, Any], workspace: Workspace, requested_by: User, **terms: Any
) -> Generation:
    """A variation with words and settings of its own (`fields`, as `order.read` takes them); without words a picture of
    the workspace is varied after its own. Raises Invalid, and what `request.place` raises."""
    _check(strength)
    words = fields["prompt"]
    if start.picture and not order.tidy(words):
        words = start.picture.generation.prompt
    wish = order.read(**fields | {"prompt": words}, prompt_needed=start.picture is None)
    return changes.place(
        workspace=workspace,
        requested_by=requested_by,
        source="page",
        order=wish,
        start=start,
        change=strength,
        **terms,
    )


def find(*, workspace: Workspace, person: User, id: UUID | str) -> Picture:
    """The picture of the workspace to start from. Raises Invalid."""
    try:
        return browse.picture(workspace=workspace, reader=person, id=UUID(str(id)))
    except (Picture.DoesNotExist, ValueError) as error:
        raise order.Invalid({"image": (order.INVALID, "The picture to start from is no longer there.")}) from error


def start_from_file(*, workspace: Workspace, person: User, file: "UploadedFile[Any]") -> Start:
    """An uploaded picture; one of the workspace, sent as it was drawn, is known again. Raises Invalid."""
    try:
        if (file.size or 0) > uploads.MAX_BYTES:
            raise uploads.Unusable(f"The file is larger than {uploads.MAX_BYTES // 1_000_000} MB.")
        data = bytes(file.read())
        image = uploads.read(data)
    except uploads.Unusable as error:
        raise order.Invalid({"image": (order.INVALID, str(error))}) from error
    # What it has transparent is a matter of edits.
    known = references.same_picture(workspace=workspace, person=person, data=data)
    return Start(image.convert("RGB").convert("RGBA"), picture=known)


def _check(strength: str) -> None:
    if strength not in STRENGTHS:
        raise order.Invalid({"image": (order.INVALID, f"Choose how much changes: {' or '.join(STRENGTHS)}.")})


def start_from(picture: Picture) -> Start:
    """Raises Invalid where the file is gone."""
    try:
        data = storage.read_png(picture)
    except OSError as error:
        raise order.Invalid({"image": (order.INVALID, UNREADABLE)}) from error
    return Start(Image.open(io.BytesIO(data)).convert("RGBA"), picture=picture)


def _order(model: Generation, *, size: catalog.Size, **changes: Any) -> order.Order:
    """What was asked for, checked anew: what can be asked for may have changed since."""
    steering = model.steering
    # Pictures of the API may be more than pages ask for at once.
    rules = catalog.MODES.get(model.mode)
    if rules and changes.get("n"):
        changes["n"] = min(changes["n"], rules.max_n)
    return order.read(
        source="page",
        prompt=model.prompt,
        mode=model.mode,
        size=size,
        negative=steering.negative,
        guidance=steering.guidance,
        variety=steering.variety,
        prompt_needed=False,
        **changes,
    )
