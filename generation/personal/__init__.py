"""What generation keeps about people: what they asked for, and the pictures that they got."""

from typing import Any

from django.db.models import Q, QuerySet
from django_scopes import scope

from accounts.models import User, Workspace
from accounts.services import archive
from accounts.services.personal import Beat, Erased, Exported, Row, blank, delete, nothing_in, register, then
from generation.models import (
    ApiCall,
    Batch,
    BatchLine,
    Delivery,
    Feed,
    Generation,
    Hook,
    Mark,
    Outbox,
    Picture,
    Reference,
    SavedPrompt,
    StorageUse,
)
from generation.personal import collections, gallery, moderation
from generation.services import batches, browse, lease

BATCH = 100
OPEN = (Generation.Status.QUEUED, Generation.Status.RUNNING)


def register_all() -> None:
    """In the order of the export; erased from the end, pictures first."""
    nothing_in("generation.Figure", why="sums of everybody")
    nothing_in("generation.Drain", why="names of the site's own processes")
    register(
        Outbox,
        exported=Exported(why_not="ids of messages that are still to be sent"),
        erased=Erased(of_workspace=delete(lambda workspace: Outbox.objects.filter(workspace=workspace))),
    )
    register(
        StorageUse,
        exported=Exported(of_workspace=lambda workspace, asker: StorageUse.objects.filter(workspace=workspace)),
        # Nothing is left of it once the pictures are gone, as it counts them.
        erased=Erased(of_workspace=delete(lambda workspace: StorageUse.objects.filter(workspace=workspace))),
    )
    gallery.register_all()
    register(
        Feed,
        exported=Exported(
            of_person=lambda person: Feed.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Feed.objects.filter(workspace=workspace, person=asker),
        ),
        erased=Erased(
            # Nobody else reads a person's feeds; the pictures that a shared workspace got out of them are its own.
            of_person=delete(lambda person: Feed.objects.filter(person=person)),
            of_workspace=delete(lambda workspace: Feed.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Reference,
        exported=Exported(
            of_person=lambda person: Reference.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Reference.objects.filter(workspace=workspace, person=asker),
            files=_reference_files,
        ),
        erased=Erased(
            # What others' generations start from stays with the workspace.
            of_person=then(
                _delete_references,
                blank(lambda person: Reference.objects.filter(person=person), person=None),
            ),
            of_workspace=delete(lambda workspace: Reference.objects.filter(workspace=workspace)),
        ),
    )
    _register_batches()
    register(
        Generation,
        exported=Exported(
            of_person=_asked_by,
            of_workspace=lambda workspace, asker: Generation.objects.filter(
                browse.visible_to(asker), workspace=workspace
            ),
        ),
        erased=Erased(
            # What they shared stays with the workspace, and nobody can tell any more who asked for it.
            of_person=then(
                _delete_private,
                blank(lambda person: Generation.objects.filter(requested_by=person), requested_by=None),
            ),
            of_workspace=delete(lambda workspace: Generation.objects.filter(workspace=workspace)),
        ),
    )
    _register_lines_and_hooks()
    register(
        Picture,
        exported=Exported(
            of_person=lambda person: Picture.objects.filter(
                generation__requested_by=person, workspace__memberships__user=person
            ),
            of_workspace=lambda workspace, asker: Picture.objects.filter(
                browse.visible_to(asker, of="generation"), workspace=workspace
            ),
            without=("held_key",),
            also=("generation__prompt",),
            files=_file,
        ),
        erased=Erased(
            # Who put a picture into the bin is forgotten with them.
            of_person=blank(lambda person: Picture.objects.filter(deleted_by=person), deleted_by=None),
            of_workspace=then(_stop, _delete_files, _sweep),
        ),
    )
    register(
        Mark,
        exported=Exported(
            of_person=lambda person: Mark.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Mark.objects.filter(workspace=workspace, person=asker),
        ),
        erased=Erased(
            of_person=delete(lambda person: Mark.objects.filter(person=person)),
            of_workspace=delete(lambda workspace: Mark.objects.filter(workspace=workspace)),
        ),
    )
    register(
        SavedPrompt,
        exported=Exported(
            of_person=lambda person: SavedPrompt.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: SavedPrompt.objects.filter(workspace=workspace, person=asker),
        ),
        erased=Erased(
            of_person=delete(lambda person: SavedPrompt.objects.filter(person=person)),
            of_workspace=delete(lambda workspace: SavedPrompt.objects.filter(workspace=workspace)),
        ),
    )
    collections.register_all()
    moderation.register_all()


def _register_batches() -> None:
    """Erased after their generations, which point at them."""
    register(
        Batch,
        exported=Exported(
            of_person=lambda person: Batch.objects.filter(created_by=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Batch.objects.filter(workspace=workspace, created_by=asker),
            without=("idempotency_key", "request_hash"),
        ),
        erased=Erased(
            of_person=then(
                _cancel_batches, blank(lambda person: Batch.objects.filter(created_by=person), created_by=None)
            ),
            of_workspace=delete(lambda workspace: Batch.objects.filter(workspace=workspace)),
        ),
    )


def _register_lines_and_hooks() -> None:
    """Erased before the generations that they point at."""
    register(
        BatchLine,
        exported=Exported(
            of_person=lambda person: BatchLine.objects.filter(
                batch__created_by=person, workspace__memberships__user=person
            ),
            of_workspace=lambda workspace, asker: BatchLine.objects.filter(
                workspace=workspace, batch__created_by=asker
            ),
        ),
        erased=Erased(
            # What was begun is its generation's; what was not is emptied as the batch is canceled.
            of_person=_cancel_batches,
            of_workspace=delete(lambda workspace: BatchLine.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Hook,
        exported=Exported(
            of_person=lambda person: Hook.objects.filter(created_by=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Hook.objects.filter(workspace=workspace),
            without=("sealed_secret", "sealed_previous"),
        ),
        erased=Erased(
            of_person=blank(lambda person: Hook.objects.filter(created_by=person), created_by=None),
            of_workspace=delete(lambda workspace: Hook.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Delivery,
        exported=Exported(of_workspace=lambda workspace, asker: Delivery.objects.filter(workspace=workspace)),
        erased=Erased(of_workspace=delete(lambda workspace: Delivery.objects.filter(workspace=workspace))),
    )
    register(
        ApiCall,
        exported=Exported(
            of_person=lambda person: ApiCall.objects.filter(
                api_key__created_by=person, workspace__memberships__user=person
            ),
            of_workspace=lambda workspace, asker: ApiCall.objects.filter(workspace=workspace),
        ),
        erased=Erased(
            of_person=delete(lambda person: ApiCall.objects.filter(api_key__created_by=person)),
            of_workspace=delete(lambda workspace: ApiCall.objects.filter(workspace=workspace)),
        ),
    )


def _cancel_batches(person: User, beat: Beat) -> None:
    """Nothing more is drawn for somebody who is gone, and what they wrote and nobody began is emptied."""
    over = [Batch.State.CANCELED, Batch.State.FINISHED]
    for batch in Batch.objects.select_related("workspace").filter(created_by=person).exclude(state__in=over):
        with scope(workspace=batch.workspace):
            batches.cancel(batch=batch)
        beat()


def _delete_private(person: User, beat: Beat) -> None:
    """What nobody but the maker ever saw goes with the maker, files first."""
    private = Generation.objects.select_related("workspace").filter(is_shared=False, requested_by=person)
    while found := list(private.order_by("pk")[:BATCH]):
        for picture in Picture.objects.filter(generation__in=found):
            for key in filter(None, (picture.storage_key, picture.held_key)):
                archive.delete_file(key)
        for generation in found:
            _end(generation)
        Generation.objects.filter(pk__in=[generation.pk for generation in found]).delete()
        beat()


def _asked_by(person: User) -> QuerySet[Any]:
    """Only where the person still is: who was removed sees nothing of a workspace any more."""
    return Generation.objects.filter(requested_by=person, workspace__memberships__user=person)


def _file(row: Row) -> list[tuple[str, str]]:
    folder = "bin" if row["deleted_at"] else f"pictures/{row['created_at']:%Y-%m-%d}"
    return [(f"{folder}/{row['id']}.png", row["storage_key"])]


def _reference_files(row: Row) -> list[tuple[str, str]]:
    kinds = ("image", "mask")
    return [(f"references/{row['id']}-{kind}.png", key) for kind in kinds if (key := row[f"{kind}_key"])]


def _delete_references(person: User, beat: Beat) -> None:
    """Those that nothing starts from any more: private generations are gone by now."""
    unused = Reference.objects.filter(person=person, generations=None)
    while found := list(unused.order_by("pk")[:BATCH]):
        for reference in found:
            for key in filter(None, (reference.image_key, reference.mask_key)):
                if not _is_used(key, besides=reference):
                    archive.delete_file(key)
            reference.delete()
        beat()


def _is_used(key: str, *, besides: Reference) -> bool:
    """Files are named by their content: another reference may be to the same."""
    others = Reference.objects.filter(workspace=besides.workspace_id).exclude(pk=besides.pk)
    return others.filter(Q(image_key=key) | Q(mask_key=key)).exists()


def _stop(workspace: Workspace, beat: Beat) -> None:
    """End what is open, so that no money stays held and no worker delivers: its lease is gone with the row's state."""
    for generation in Generation.objects.select_related("workspace").filter(workspace=workspace, status__in=OPEN):
        _end(generation)
        beat()


def _end(generation: Generation) -> None:
    with scope(workspace=generation.workspace):
        rows = Generation.objects.filter(pk=generation.pk, status__in=OPEN)
        lease.close(rows, generation, status=Generation.Status.CANCELED)


def _delete_files(workspace: Workspace, beat: Beat) -> None:
    """Each file before its row: whoever goes on after a crash still knows what is to be deleted."""
    while found := list(Picture.objects.filter(workspace=workspace).order_by("pk")[:BATCH]):
        for picture in found:
            archive.delete_file(picture.storage_key)
        Picture.objects.filter(pk__in=[picture.pk for picture in found]).delete()
        beat()


def _sweep(workspace: Workspace, beat: Beat) -> None:
    """Files that no row names: of workers that died between file and row."""
    archive.delete_folder(f"ws/{workspace.pk}", beat)
