"""The one list of what is kept about people: how each model is exported, and how it is erased.

Every app registers its models in its own `personal.py`, and a test fails when one that may hold personal data is not
here. Workspaces are exported and erased inside their scope, people outside of any.

An eraser may be killed at any line and is then run again from its beginning: it goes by what is left, and says `beat`
after each batch. They run in the opposite order of registration, so what points at others goes first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from accounts.models import User, Workspace

BATCH = 500
# Addresses and the like count as CharField.
TEXTS = {"CharField", "TextField", "SlugField", "JSONField", "ArrayField", "FileField", "GenericIPAddressField"}
Subject = User | Workspace
Beat = Callable[[], None]
"""Called between batches; raises when the work has passed to somebody else."""

Row = dict[str, Any]
Files = Callable[[Row], list[tuple[str, str]]]
"""The files of an exported row: name in the zip, key in storage."""


@dataclass(frozen=True)
class Exported:
    """What of a model belongs into an export. None: nothing of it, for the reason in `why_not`.

    A workspace's rows are those that the member who asks may see: pictures may be their maker's alone.
    `without` are fields that are nobody's to read, such as secrets; `also` are lookups beyond the model's own fields.
    """

    of_person: Callable[[User], QuerySet[Any]] | None = None
    of_workspace: Callable[[Workspace, User], QuerySet[Any]] | None = None
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    files: Files | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Erased:
    """What an erasure does with a model. None: its rows stay, for the reason in `why_not`."""

    of_person: Callable[[User, Beat], None] | None = None
    of_workspace: Callable[[Workspace, Beat], None] | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Part:
    model: type[Model]
    exported: Exported
    erased: Erased

    @property
    def name(self) -> str:
        """What its file in an export is called."""
        return f"{self.model._meta.app_label}/{self.model._meta.verbose_name_plural}".replace(" ", "_")

    def rows(self, subject: Subject, asker: User) -> QuerySet[Any] | None:
        """The subject's rows; None where none of them are exported."""
        if isinstance(subject, Workspace):
            return self.exported.of_workspace(subject, asker) if self.exported.of_workspace else None
        return self.exported.of_person(subject) if self.exported.of_person else None

    def read(self, subject: Subject, asker: User) -> Iterator[list[Row]]:
        """The subject's rows in batches, by primary key: no query lasts long."""
        rows = self.rows(subject, asker)
        if rows is None:
            return
        names = [field.attname for field in self.model._meta.concrete_fields if field.name not in self.exported.without]
        key = self.model._meta.pk.attname
        page = rows.order_by("pk").values(key, *names, *self.exported.also)
        while batch := list(page[:BATCH]):
            last = batch[-1][key]
            page = rows.order_by("pk").filter(pk__gt=last).values(key, *names, *self.exported.also)
            yield batch

    def erase(self, subject: Subject, beat: Beat) -> None:
        if isinstance(subject, Workspace):
            if self.erased.of_workspace:
                self.erased.of_workspace(subject, beat)
        elif self.erased.of_person:
            self.erased.of_person(subject, beat)


_parts: dict[str, Part] = {}
_impersonal: dict[str, str] = {}


def register(model: type[Model], *, exported: Exported, erased: Erased) -> None:
    """Say how a model is exported and erased."""
    _parts[model._meta.label] = Part(model, exported, erased)


def nothing_in(label: str, *, why: str) -> None:
    """Say that a model holds nothing about people, though it has texts."""
    _impersonal[label] = why


def parts() -> list[Part]:
    """All that is registered, in the order of registration."""
    return list(_parts.values())


def missing() -> list[str]:
    """Models that may hold personal data and of which nothing is said. Must be empty.

    Texts may be from people, and so may whatever points at a person or a workspace.
    """
    return [
        model._meta.label
        for model in apps.get_models()
        if model._meta.label not in _parts.keys() | _impersonal.keys() and _may_be_personal(model)
    ]


def _may_be_personal(model: type[Model]) -> bool:
    fields = model._meta.get_fields()
    texts = any(field.get_internal_type() in TEXTS for field in model._meta.concrete_fields)
    points = any(field.related_model in (User, Workspace) for field in fields if not field.auto_created)
    return texts or points


def delete(rows: Callable[[Any], QuerySet[Any]]) -> Callable[[Any, Beat], None]:
    """An eraser that deletes these rows, and what hangs on them, some at a time."""

    def erase(subject: Any, beat: Beat) -> None:
        while keys := list(rows(subject).values_list("pk", flat=True)[:BATCH]):
            rows(subject).filter(pk__in=keys).delete()
            beat()

    return erase


def blank(rows: Callable[[Any], QuerySet[Any]], **values: Any) -> Callable[[Any, Beat], None]:
    """An eraser that keeps these rows and sets some of their fields."""

    def erase(subject: Any, beat: Beat) -> None:
        # Only those that are not blank yet: batches go on, and come to an end.
        done = Q(**{f"{name}__isnull" if value is None else name: True if value is None else value
                    for name, value in values.items()})  # fmt: skip
        while keys := list(rows(subject).exclude(done).values_list("pk", flat=True)[:BATCH]):
            rows(subject).filter(pk__in=keys).update(**values)
            beat()

    return erase


def then(*steps: Callable[[Any, Beat], None]) -> Callable[[Any, Beat], None]:
    """An eraser that takes several steps."""

    def erase(subject: Any, beat: Beat) -> None:
        for step in steps:
            step(subject, beat)

    return erase
