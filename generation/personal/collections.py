"""What is kept about people in collections."""

from accounts.services.personal import Erased, Exported, blank, delete, register, then
from generation.models import Collection, CollectionEntry, CollectionRole
from generation.services import browse, collections


def register_all() -> None:
    register(
        Collection,
        exported=Exported(
            of_person=lambda person: Collection.objects.filter(owner=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: collections.visible(workspace=workspace, reader=asker),
            without=("token_hash", "sealed_token", "link_password"),
        ),
        erased=Erased(
            # What the workspace shares stays with it; a public link was the person's own.
            of_person=then(
                delete(lambda person: Collection.objects.filter(owner=person, is_shared=False)),
                blank(
                    lambda person: Collection.objects.filter(owner=person),
                    owner=None, token_hash=None, sealed_token="", link_password="", link_until=None,
                ),
            ),
            of_workspace=delete(lambda workspace: Collection.objects.filter(workspace=workspace)),
        ),
    )  # fmt: skip
    register(
        CollectionRole,
        exported=Exported(
            of_person=lambda person: CollectionRole.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: CollectionRole.objects.filter(
                collection__in=collections.visible(workspace=workspace, reader=asker)
            ),
        ),
        erased=Erased(
            of_person=delete(lambda person: CollectionRole.objects.filter(person=person)),
            of_workspace=delete(lambda workspace: CollectionRole.objects.filter(workspace=workspace)),
        ),
    )
    register(
        CollectionEntry,
        exported=Exported(
            of_person=lambda person: CollectionEntry.objects.filter(
                browse.visible_to(person, of="picture__generation"),
                collection__owner=person,
                workspace__memberships__user=person,
            ),
            of_workspace=lambda workspace, asker: CollectionEntry.objects.filter(
                browse.visible_to(asker, of="picture__generation"),
                collection__in=collections.visible(workspace=workspace, reader=asker),
            ),
        ),
        erased=Erased(
            of_person=blank(lambda person: CollectionEntry.objects.filter(added_by=person), added_by=None),
            of_workspace=delete(lambda workspace: CollectionEntry.objects.filter(workspace=workspace)),
        ),
    )
