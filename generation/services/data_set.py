"""Writes what workspaces share as a data set into a folder: a line of JSON a picture, and the pictures themselves.

It goes on where an earlier run was broken off, by what the folder holds, and takes out what was taken back since.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django_scopes import scope, scopes_disabled

from accounts.models import Workspace
from accounts.services import audit
from generation import storage
from generation.models import Picture
from generation.services import shared_data

LINES = "pictures.jsonl"
PICTURES = "pictures"
BATCH = 500
EXPORT = "generation.tasks.export_shared_data"
SALT = "generation.data_set"


@dataclass
class Written:
    """What a run did."""

    added: int = 0
    removed: int = 0
    missing: int = 0

    def __str__(self) -> str:
        return f"{self.added} pictures added, {self.removed} taken out, {self.missing} not found"


def write(
    *, folder: Path, since: datetime | None = None, tell: Callable[[Written], None] = lambda written: None
) -> Written:
    """Bring the folder up to date with what is shared at this moment; `tell` hears how far it is. Raises OSError."""
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    written = Written()
    known = _prune(folder, written)
    with (folder / LINES).open("a", encoding="utf-8") as lines:
        for workspace in _sharing():
            with scope(workspace=workspace):
                rows = _shared(since).filter(workspace=workspace).order_by("pk").values_list("pk", flat=True)
                _write_workspace(workspace, [pk for pk in rows if str(pk) not in known], folder, lines, written)
            tell(written)
    return written


def _write_workspace(workspace: Workspace, keys: list[UUID], folder: Path, lines: TextIO, written: Written) -> None:
    if not keys:
        return
    # Before the first is written, so that no export goes without its entry.
    audit.record("sharing.exported", workspace=workspace, target=f"{len(keys)} pictures", pictures=len(keys))
    for batch in _batches(iter(keys)):
        # Asked again, as it may have been taken back meanwhile.
        for picture in _shared(None).filter(pk__in=batch).select_related("generation").order_by("pk"):
            _write_picture(picture, folder, lines, written)


def _write_picture(picture: Picture, folder: Path, lines: TextIO, written: Written) -> None:
    """The file before the line: what a line names is there."""
    try:
        png = storage.read_png(picture)
    except FileNotFoundError:
        written.missing += 1
        return
    target = folder / PICTURES / f"{picture.pk}.png"
    partly = target.with_suffix(".part")
    partly.write_bytes(png)
    partly.replace(target)
    lines.write(json.dumps(_line(picture), ensure_ascii=False) + "\n")
    lines.flush()
    written.added += 1


def _line(picture: Picture) -> dict[str, Any]:
    """No names, no addresses; a workspace is a code that only this site can trace."""
    generation = picture.generation
    return {
        "id": str(picture.pk),
        "file": f"{PICTURES}/{picture.pk}.png",
        "prompt": generation.prompt,
        "mode": generation.mode,
        "size": str(picture.size),
        "seed": picture.seed,
        "model": generation.model,
        "workspace": salted_hmac(SALT, str(picture.workspace_id), algorithm="sha256").hexdigest()[:16],
    }


def _shared(since: datetime | None) -> QuerySet[Picture]:
    # What moderators keep back is nobody's data.
    rows = Picture.there.filter(Exists(shared_data.shared().filter(pk=OuterRef("generation"))), held_key="")
    return rows.filter(created_at__gte=since) if since else rows


def _sharing() -> list[Workspace]:
    """Workspaces that have anything to share. Those that are to be deleted share nothing any more."""
    with scopes_disabled():
        marked = shared_data.shared().filter(workspace=OuterRef("pk"))
        rows = Workspace.objects.filter(Exists(marked), deletion_due_at=None, deleted_at=None)
        return list(rows.order_by("pk"))


def _prune(folder: Path, written: Written) -> set[str]:
    """Take out lines and files of what is not shared any more, and a line that was broken off; the ids that stay."""
    before, after, kept = folder / LINES, folder / f"{LINES}.part", set[str]()
    if not before.exists():
        return kept
    with before.open(encoding="utf-8") as lines, after.open("w", encoding="utf-8") as fresh:
        for batch in _batches(_whole(lines)):
            stays = _still([row["id"] for row in batch])
            for row in batch:
                if row["id"] in stays and row["id"] not in kept:
                    fresh.write(json.dumps(row, ensure_ascii=False) + "\n")
                    kept.add(row["id"])
                elif row["id"] not in stays:
                    (folder / PICTURES / f"{row['id']}.png").unlink(missing_ok=True)
                    written.removed += 1
    after.replace(before)
    return kept


def _still(ids: list[str]) -> set[str]:
    with scopes_disabled():
        open_ = Picture.there.filter(workspace__deletion_due_at=None, workspace__deleted_at=None, pk__in=ids)
        return {str(pk) for pk in open_.filter(pk__in=_shared(None)).values_list("pk", flat=True)}


def _whole(lines: TextIO) -> Iterator[dict[str, Any]]:
    """The lines that were written to their end."""
    for line in lines:
        if line.endswith("\n"):
            yield json.loads(line)


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, BATCH)):
        yield batch
