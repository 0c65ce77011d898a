"""Which tiles of the gallery a reader looks for, in the words that their index knows.

Row-level security lets no condition of ours use an index like that of words, as conditions could tell of rows that it
hides. Only the wall itself may: so what is looked for is told to the database beside the query, in `app.wanted`, and
the policy of the table asks for it (docs/decisions, "Search through the wall").
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User, Workspace
from generation.models import Mark

MAX_TEXT = 200
ANY_CHANGE = "any"
"""For `Wish.change`: whatever starts from a picture."""


@dataclass(frozen=True)
class Wish:
    """What is looked for; what is empty does not matter."""

    text: str = ""
    mode: str = ""
    size: str = ""
    model: str = ""
    seed: int | None = None
    maker: UUID | None = None
    tag: str = ""
    change: str = ""
    rating: int = 0  # the reader's, at least
    favourite: bool = False  # of the reader's
    since: datetime | None = None
    until: datetime | None = None  # not itself
    request: UUID | None = None  # that one alone
    is_tagged: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Wish()


@contextmanager
def wanted(*, workspace: Workspace, reader: User, wish: Wish) -> Iterator[None]:
    """Inside, the reader's queries find tiles that answer the wish's words and facts, and no others.

    What the reader may see is among them, so that the index helps there too; it is the columns that decide it.
    """
    facts = "&".join([f"({_word('shared')}|{_word('by', _end(reader.pk))})", *_facts(workspace, reader, wish)])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            select set_config('app.wanted', coalesce(facts && generation_prompt_query(%s), facts)::text, true),
                set_config('enable_bitmapscan', 'off', true)
            from (select %s::tsquery as facts) as told
            """,
            [wish.text[:MAX_TEXT], facts],
        )
        yield
        # A transaction around this one goes on.
        _set("app.wanted", "", "enable_bitmapscan", "on", "enable_indexscan", "on")


def by_words() -> None:
    """From here on `wanted` has its queries go by the index of words, and no longer walk back from the newest."""
    _set("enable_bitmapscan", "on", "enable_indexscan", "off")


def _set(*names_and_values: str) -> None:
    """Until the transaction ends."""
    several = ", ".join(["set_config(%s, %s, true)"] * (len(names_and_values) // 2))
    with connection.cursor() as cursor:
        cursor.execute(f"select {several}", names_and_values)


def fold(text: str) -> str:
    """One way to write what looks the same."""
    return unicodedata.normalize("NFC", text)


def _facts(workspace: Workspace, reader: User, wish: Wish) -> list[str]:
    facts = [_word("in", _end(workspace.pk))]
    facts += [_word(name, value) for name in ("mode", "size", "model", "tag") if (value := getattr(wish, name))]
    if wish.seed is not None:
        facts.append(_word("seed", str(wish.seed)))
    if wish.maker:
        facts.append(_word("by", _end(wish.maker)))
    if wish.change:
        facts.append(_word("reference") if wish.change == ANY_CHANGE else _word("change", wish.change))
    if wish.is_tagged:
        facts.append(_word("tagged"))
    if wish.favourite:
        facts.append(_word("favourite", _end(reader.pk)))
    if wish.rating:
        ratings = range(wish.rating, Mark.MOST + 1)
        facts.append("(" + "|".join(_word("rated", f"{rating}:{_end(reader.pk)}") for rating in ratings) + ")")
    return facts


def _end(pk: UUID) -> str:
    return str(pk)[-12:]


def _word(name: str, value: str = "") -> str:
    """A fact as a word of a query."""
    said = f"={name}:{value}" if value else f"={name}"
    return "'" + said.replace("\\", "\\\\").replace("'", "''") + "'"
