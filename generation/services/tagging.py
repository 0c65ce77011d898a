"""Tags of pictures: short words by which the people of a workspace find them again."""

from collections.abc import Sequence

from django.db import transaction

from generation.models import Picture
from generation.services.search import fold

MOST = 20
"""Tags of one picture."""
LONGEST = 40


class Refused(Exception):
    """Why the tag cannot be given, for people."""


def clean(text: str) -> str:
    """A tag as it is kept: lower case, without spaces at its ends or a hash. Raises Refused."""
    tag = " ".join(fold(text).split()).strip("# ").lower()
    if not tag:
        raise Refused("Type a tag.")
    if len(tag) > LONGEST:
        raise Refused(f"A tag has at most {LONGEST} characters; this one has {len(tag)}.")
    if "," in tag or not tag.isprintable():
        raise Refused("A tag has no commas: add one after the other.")
    return tag


@transaction.atomic
def add(pictures: Sequence[Picture], tag: str) -> int:
    """Tag these pictures; how many did not have the tag. Raises Refused where one has too many."""
    changed = [picture for picture in _locked(pictures) if tag not in picture.tags]
    for picture in changed:
        if len(picture.tags) >= MOST:
            raise Refused(f"A picture has at most {MOST} tags. No picture was changed.")
        picture.tags = sorted({*picture.tags, tag})
    Picture.objects.bulk_update(changed, ["tags"])
    return len(changed)


@transaction.atomic
def remove(pictures: Sequence[Picture], tag: str) -> int:
    """Take the tag off these pictures; how many had it."""
    changed = [picture for picture in _locked(pictures) if tag in picture.tags]
    for picture in changed:
        picture.tags = [other for other in picture.tags if other != tag]
    Picture.objects.bulk_update(changed, ["tags"])
    return len(changed)


def _locked(pictures: Sequence[Picture]) -> list[Picture]:
    rows = Picture.there.filter(pk__in=[picture.pk for picture in pictures])
    return list(rows.select_for_update(of=("self",)).order_by("pk"))
