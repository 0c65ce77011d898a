"""The prompts of one person in a workspace: those that were sent last, and those that are kept."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User, Workspace
from generation import catalog
from generation.models import Generation, SavedPrompt
from generation.services import order

LAST = 20
LOOKED_AT = 200
NAME = 60


class Refused(Exception):
    """The prompt cannot be kept so; the message says why, `field` where."""

    def __init__(self, message: str, *, field: str = "name") -> None:
        super().__init__(message)
        self.field = field


def last(*, workspace: Workspace, person: User) -> list[str]:
    """What the person asked for on the pages, each prompt once, the newest first."""
    rows = Generation.objects.filter(workspace=workspace, requested_by=person, source=Generation.Source.PAGE)
    # A feed asks for the same again and again: its first picture stands for all.
    asked = rows.filter(Q(feed=None) | Q(feed_index=0)).exclude(prompt="").order_by("-created_at")
    return list(dict.fromkeys(asked.values_list("prompt", flat=True)[:LOOKED_AT]))[:LAST]


def saved(*, workspace: Workspace, person: User) -> list[SavedPrompt]:
    return list(SavedPrompt.objects.filter(workspace=workspace, person=person).order_by("name"))


@transaction.atomic
def save(*, workspace: Workspace, person: User, name: str, text: str) -> SavedPrompt:
    """Keep a prompt; without a name it has its own first words. Raises Refused."""
    words = order.tidy(text)
    if not words:
        raise Refused("Write a prompt first.", field="text")
    if len(words) > catalog.MAX_PROMPT or not _is_text(words):
        raise Refused(
            f"A prompt has at most {catalog.MAX_PROMPT:,} characters, and no control characters.", field="text"
        )
    title = _title(name or words[:NAME].split("\n")[0])
    if SavedPrompt.objects.filter(workspace=workspace, person=person).count() >= SavedPrompt.MOST:
        raise Refused(f"You keep {SavedPrompt.MOST} prompts here, which is the most. Delete one first.")
    return _stored(SavedPrompt(workspace=workspace, person=person, name=title, text=words))


@transaction.atomic
def rename(*, prompt: SavedPrompt, name: str) -> SavedPrompt:
    """Raises Refused."""
    prompt.name = _title(name)
    return _stored(prompt)


def find(*, workspace: Workspace, person: User, id: UUID) -> SavedPrompt:
    """One of this person's. Raises SavedPrompt.DoesNotExist."""
    return SavedPrompt.objects.get(workspace=workspace, person=person, pk=id)


def _title(name: str) -> str:
    title = " ".join(order.tidy(name).split())
    if not title or len(title) > NAME or not _is_text(title):
        raise Refused(f"A name has 1 to {NAME} characters.")
    return title


def _is_text(words: str) -> bool:
    return order.text_error("It", words, len(words)) is None


def _stored(prompt: SavedPrompt) -> SavedPrompt:
    try:
        with transaction.atomic():
            prompt.save()
    except IntegrityError as error:
        raise Refused("You keep another prompt under this name.") from error
    return prompt
