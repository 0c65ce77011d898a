"""What somebody thinks of pictures: ratings and favourites, each person's own."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from generation.models import Mark, Picture


def rate(picture: Picture, person: User, rating: int) -> Mark:
    """Give a picture 1 to 5, or take the rating back with 0. Raises ValueError for anything else."""
    if not 0 <= rating <= Mark.MOST:
        raise ValueError(f"A rating is a number from 0 to {Mark.MOST}.")
    _write([picture], person, rating=rating)
    return mark_of(picture, person)


def favourite(picture: Picture, person: User, on: bool) -> Mark:
    """Put a picture among one's favourites, or take it out."""
    _write([picture], person, is_favourite=on)
    return mark_of(picture, person)


def favourite_all(pictures: Sequence[Picture], person: User, on: bool) -> None:
    """The same for many."""
    _write(pictures, person, is_favourite=on)


def mark_of(picture: Picture, person: User) -> Mark:
    """What the person thinks of the picture; an unsaved mark where they said nothing."""
    found = Mark.objects.filter(picture=picture, person=person).first()
    return found or Mark(picture=picture, person=person, workspace_id=picture.workspace_id)


def _write(pictures: Sequence[Picture], person: User, **said: Any) -> None:
    """One statement, so that two tabs at once do no harm."""
    Mark.objects.bulk_create(
        [Mark(picture=one, person=person, workspace_id=one.workspace_id, **said) for one in pictures],
        update_conflicts=True,
        unique_fields=["picture", "person"],
        update_fields=[*said, "updated_at"],
    )
