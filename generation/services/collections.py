"""Collections: who sees and changes them, and what is in them. Their public addresses are in `collection_links`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.permissions import Action, can
from accounts.services import audit, rights
from accounts.services.rights import Refused
from generation.models import Collection, CollectionEntry, CollectionRole, Picture
from generation.services import browse

MOST = 500
"""Pictures of a collection: as many as one page can show, and be dragged on."""

MOST_COLLECTIONS = 500
GAP = 1024
Role = CollectionRole.Role


class Standing(IntEnum):
    """What a person may do with a collection; each may do what those before may."""

    NONE = 0
    VIEWER = 1
    EDITOR = 2
    OWNER = 3


@dataclass(frozen=True)
class Listed:
    """A collection in a list: how many of its pictures the reader sees, and the one that stands for it."""

    collection: Collection
    count: int
    cover: Picture | None


def visible(*, workspace: Workspace, reader: User) -> QuerySet[Collection]:
    """The collections that the reader sees: shared ones, their own, and those that they were given a role in."""
    given = CollectionRole.objects.filter(workspace=workspace, person=reader).values("collection")
    seen = Q(is_shared=True) | Q(owner=reader) | Q(pk__in=given)
    return Collection.objects.filter(seen, workspace=workspace).select_related("owner", "workspace")


def get(*, workspace: Workspace, reader: User, id: UUID | str) -> Collection:
    """Raises Collection.DoesNotExist."""
    return visible(workspace=workspace, reader=reader).get(pk=id)


def standing(collection: Collection, person: User) -> Standing:
    """Where nobody owns a shared collection any more, those who moderate look after it."""
    if collection.owner_id == person.pk:
        return Standing.OWNER
    if collection.owner_id is None and collection.is_shared and can(person, Action.MODERATE, collection.workspace):
        return Standing.OWNER
    role = CollectionRole.objects.filter(collection=collection, person=person).values_list("role", flat=True).first()
    if role:
        return Standing.EDITOR if role == Role.EDITOR else Standing.VIEWER
    return Standing.VIEWER if collection.is_shared else Standing.NONE


def entries(*, collection: Collection, reader: User) -> QuerySet[CollectionEntry]:
    """What is in it, in order, of what the reader sees; nothing that lies in the bin."""
    rows = CollectionEntry.objects.filter(_seen(reader), collection=collection)
    return rows.select_related("picture__generation__requested_by").order_by("place", "pk")


def listed(*, workspace: Workspace, reader: User) -> list[Listed]:
    """All collections that the reader sees, last changed first, in two queries."""
    inside = CollectionEntry.objects.filter(_seen(reader), collection=OuterRef("pk")).order_by()
    chosen = inside.annotate(is_cover=ExpressionWrapper(Q(picture=OuterRef("cover")), BooleanField()))
    counted = inside.values("collection").annotate(number=Count("pk")).values("number")
    rows = visible(workspace=workspace, reader=reader).annotate(
        number=Coalesce(Subquery(counted), 0),
        shown=Subquery(chosen.order_by("-is_cover", "place", "pk").values("picture")[:1]),
    )
    found = list(rows.order_by("-updated_at", "-pk"))
    covers = Picture.objects.select_related("generation").in_bulk([row.shown for row in found if row.shown])
    return [Listed(row, row.number, covers.get(row.shown)) for row in found]


def editable(*, workspace: Workspace, person: User) -> list[Collection]:
    """The collections that the person may put pictures into, last changed first."""
    given = CollectionRole.objects.filter(workspace=workspace, person=person, role=Role.EDITOR).values("collection")
    rows = Collection.objects.filter(Q(owner=person) | Q(pk__in=given), workspace=workspace)
    return list(rows.order_by("-updated_at", "-pk"))


@transaction.atomic
def create(*, workspace: Workspace, by: User, name: str, description: str = "", is_shared: bool = False) -> Collection:
    """Raises PermissionDenied, or Refused where there are too many."""
    rights.demand(by, Action.CREATE, workspace)
    if Collection.objects.filter(workspace=workspace, owner=by).count() >= MOST_COLLECTIONS:
        raise Refused(f"You have {MOST_COLLECTIONS} collections here, which is the most. Delete one first.")
    made = Collection.objects.create(
        workspace=workspace, owner=by, name=name, description=description, is_shared=is_shared
    )
    if is_shared:
        audit.record("collection.shared", workspace=workspace, actor=by, target=name)
    return made


@transaction.atomic
def change(*, collection: Collection, by: User, name: str, description: str, is_shared: bool) -> Collection:
    """Editors change name and description; who sees it is its owner's to say."""
    row = held(collection, by, Standing.EDITOR)
    if row.is_shared != is_shared:
        demand(row, by, Standing.OWNER)
        row.is_shared = is_shared
        action = "collection.shared" if is_shared else "collection.hidden"
        audit.record(action, workspace=row.workspace, actor=by, target=name)
    row.name, row.description = name, description
    row.save(update_fields=["name", "description", "is_shared", "updated_at"])
    return row


@transaction.atomic
def delete(*, collection: Collection, by: User) -> None:
    """Its pictures stay where they are."""
    row = held(collection, by, Standing.OWNER)
    audit.record("collection.deleted", workspace=row.workspace, actor=by, target=called(row))
    row.delete()


@transaction.atomic
def choose_cover(*, collection: Collection, picture: UUID, by: User) -> None:
    """Raises CollectionEntry.DoesNotExist where the picture is not in it."""
    row = held(collection, by, Standing.EDITOR)
    row.cover_id = entries(collection=row, reader=by).get(picture=picture).picture_id
    row.save(update_fields=["cover", "updated_at"])


@transaction.atomic
def add(*, collection: Collection, pictures: Sequence[UUID], by: User) -> int:
    """Put pictures at the end, in this order; how many are new in it.

    What is in it already, what lies in the bin and what `by` does not see is passed over. Raises Refused where they
    would be too many, PermissionDenied.
    """
    row = held(collection, by, Standing.EDITOR)
    wanted = list(dict.fromkeys(pictures))
    seen = Picture.there.filter(browse.visible_to(by, of="generation"), workspace=row.workspace_id)
    found = set(seen.filter(pk__in=wanted).values_list("pk", flat=True))
    there = CollectionEntry.objects.filter(collection=row)
    known = set(there.filter(picture__in=found).values_list("picture", flat=True))
    new = [pk for pk in wanted if pk in found and pk not in known]
    if there.count() + len(new) > MOST:
        raise Refused(f"A collection holds up to {MOST} pictures. Take some out, or begin another one.")
    last = there.aggregate(last=Max("place"))["last"] or 0
    CollectionEntry.objects.bulk_create(
        CollectionEntry(
            workspace_id=row.workspace_id, collection=row, picture_id=pk, place=last + GAP * number, added_by=by
        )
        for number, pk in enumerate(new, start=1)
    )
    _touch(row)
    return len(new)


@transaction.atomic
def remove(*, collection: Collection, pictures: Sequence[UUID], by: User) -> int:
    """Take pictures out; they stay in the gallery. How many were in it."""
    row = held(collection, by, Standing.EDITOR)
    gone, _ = entries(collection=row, reader=by).filter(picture__in=pictures).delete()
    Collection.objects.filter(pk=row.pk, cover__in=pictures).update(cover=None)
    _touch(row)
    return gone


@transaction.atomic
def move(*, collection: Collection, picture: UUID, after: UUID | None, by: User) -> None:
    """Put a picture behind another one, or first. Raises CollectionEntry.DoesNotExist where one is not in it."""
    row = held(collection, by, Standing.EDITOR)
    order = list(CollectionEntry.objects.filter(collection=row).order_by("place", "pk"))
    by_picture = {entry.picture_id: entry for entry in order}
    if picture not in by_picture or (after is not None and after not in by_picture):
        raise CollectionEntry.DoesNotExist
    if picture == after:
        return
    moved = by_picture[picture]
    order.remove(moved)
    order.insert(order.index(by_picture[after]) + 1 if after else 0, moved)
    _place(order, order.index(moved))
    _touch(row)


def _place(order: list[CollectionEntry], at: int) -> None:
    """Give the entry at `at` a place between its neighbours; where there is no room, all get new ones."""
    before = order[at - 1].place if at else order[1].place - 2 * GAP if len(order) > 1 else 0
    behind = order[at + 1].place if at + 1 < len(order) else before + 2 * GAP
    if behind - before > 1 and abs(before) < 2**30:
        order[at].place = (before + behind) // 2
        order[at].save(update_fields=["place"])
        return
    for number, entry in enumerate(order, start=1):
        entry.place = number * GAP
    CollectionEntry.objects.bulk_update(order, ["place"])


@transaction.atomic
def give_role(*, collection: Collection, person: User, role: str, by: User) -> None:
    """Make a member viewer or editor; with "" they have no role any more. Raises Refused for who is no member."""
    row = held(collection, by, Standing.OWNER)
    if not role:
        if CollectionRole.objects.filter(collection=row, person=person).delete()[0]:
            _note_role("collection.role_removed", row, person, by)
        return
    if person.pk == row.owner_id or not can(person, Action.SEE, row.workspace):
        raise Refused("Choose somebody else of this workspace.")
    CollectionRole.objects.update_or_create(
        collection=row, person=person, defaults={"role": Role(role), "workspace_id": row.workspace_id}
    )
    _note_role("collection.role_given", row, person, by, role=role)


def _note_role(action: str, row: Collection, person: User, by: User, **detail: str) -> None:
    target = person.get_full_name()
    audit.record(action, workspace=row.workspace, actor=by, target=target, of=called(row), **detail)


def roles(collection: Collection) -> list[CollectionRole]:
    return list(CollectionRole.objects.filter(collection=collection).select_related("person").order_by("created_at"))


def held(collection: Collection, by: User, least: Standing) -> Collection:
    """The collection's row, locked and read anew, for who may do so much with it. Raises PermissionDenied."""
    rights.demand(by, Action.CREATE, collection.workspace)
    row = Collection.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=collection.pk)
    demand(row, by, least)
    return row


def demand(collection: Collection, by: User, least: Standing) -> None:
    if standing(collection, by) < least:
        raise PermissionDenied(f"Only {'the owner' if least == Standing.OWNER else 'editors'} of a collection may.")


def called(collection: Collection) -> str:
    """As the audit trail names it, which others read: the name of what is private stays private."""
    return collection.name if collection.is_shared else "a private collection"


def _touch(row: Collection) -> None:
    Collection.objects.filter(pk=row.pk).update(updated_at=timezone.now())


def _seen(reader: User) -> Any:
    return browse.visible_to(reader, of="picture__generation") & Q(picture__deleted_at=None)
