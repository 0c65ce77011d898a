"""What the gallery keeps of its own beside pictures: an index, counts, and zips that are soon gone."""

from accounts.models import User, Workspace
from accounts.services.personal import Beat, Erased, Exported, blank, delete, register, then
from generation.models import Bundle, PictureDay, Tile
from generation.services import zips


def register_all() -> None:
    """What the gallery is read from follows the pictures by itself, and is empty once they are gone."""
    register(
        Tile,
        exported=Exported(why_not="an index of the pictures, which are exported"),
        erased=Erased(
            # It follows its generation, whose maker is forgotten by then.
            of_person=blank(lambda person: Tile.objects.filter(maker=person), maker=None),
            of_workspace=delete(lambda workspace: Tile.objects.filter(workspace=workspace)),
        ),
    )
    register(
        PictureDay,
        exported=Exported(why_not="counts of the pictures, which are exported"),
        erased=Erased(
            of_person=delete(lambda person: PictureDay.objects.filter(maker=person)),
            of_workspace=delete(lambda workspace: PictureDay.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Bundle,
        exported=Exported(why_not="lists of pictures, which are exported; its files go after a day"),
        erased=Erased(
            of_person=then(_delete_bundles, delete(lambda person: Bundle.objects.filter(person=person))),
            of_workspace=then(_delete_bundles, delete(lambda workspace: Bundle.objects.filter(workspace=workspace))),
        ),
    )


def _delete_bundles(subject: User | Workspace, beat: Beat) -> None:
    whose = {"person": subject} if isinstance(subject, User) else {"workspace": subject}
    for bundle in Bundle.objects.filter(**whose):
        zips.remove(bundle)
        beat()
