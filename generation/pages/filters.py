"""The gallery's filters, as its address says them: what is asked for, how it is shown, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Membership, Workspace
from generation import catalog
from generation.models import Generation, Mark
from generation.pages import words
from generation.services.search import ANY_CHANGE, MAX_TEXT, Wish
from generation.services.tagging import LONGEST

SIZES = sorted({size for mode in catalog.MODES.values() for size in mode.sizes})
CHANGES = [
    (ANY_CHANGE, "Made from a picture"),
    *((str(value), str(label)) for value, label in Generation.Change.choices),
]
RATINGS = [(str(number), f"{number} and more" if number < Mark.MOST else str(number)) for number in range(1, 6)]


def _choice(label: str, choices: list[tuple[str, str]], every: str) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, label=label, choices=[("", every), *choices])


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        required=False, label=label, widget=forms.DateInput({"type": "date"}),
        error_messages={"invalid": "This is no day. Write it like 2026-11-20."},
    )  # fmt: skip


class FilterForm(forms.Form):
    """Nothing in it is required, and what is wrong is left out and said."""

    q = forms.CharField(
        required=False, label="Search prompts", max_length=MAX_TEXT,
        widget=forms.TextInput({"type": "search", "placeholder": "Search prompts", "autocomplete": "off"}),
    )  # fmt: skip
    mode = _choice("Mode", [(mode.name, mode.label) for mode in catalog.MODES.values()], "Any mode")
    favourite = forms.BooleanField(required=False, label="Favourites")
    rating = _choice("Your rating", RATINGS, "Any")
    by = _choice("Made by", [], "Anybody")
    size = _choice("Size", [(str(size), words.size(size)) for size in SIZES], "Any size")
    change = _choice("Kind", CHANGES, "Any")
    tag = forms.CharField(
        required=False, label="Tag", max_length=LONGEST, widget=forms.TextInput({"list": "tags", "autocomplete": "off"})
    )
    seed = forms.IntegerField(
        required=False, label="Seed", min_value=0, max_value=catalog.MAX_SEED,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "A seed is a whole number."},
    )  # fmt: skip
    model = forms.CharField(
        required=False, label="Model", max_length=60, widget=forms.TextInput({"autocomplete": "off"})
    )
    since = _day("From")
    until = _day("To")
    request = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, workspace: Workspace) -> None:
        # A field of one name is sent once; a browser that sends it twice means the last.
        super().__init__({name: str(value).replace("\0", "") for name, value in data.items()})
        members = Membership.objects.filter(workspace=workspace).select_related("user").order_by("created_at")
        people = [(str(one.user_id), one.user.get_short_name()) for one in members[:200]]
        self.fields["by"] = _choice("Made by", people, "Anybody")
        self.is_alone = len(people) < 2
        self.is_valid()

    @property
    def kept(self) -> dict[str, str]:
        """What is asked for and makes sense, as the address says it."""
        return {
            name: str(self.data[name])
            for name in self.fields
            if self.cleaned_data.get(name) not in (None, "", False) and name not in self.errors
        }

    def wish(self) -> Wish:
        said = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}
        told: dict[str, Any] = {
            name: said[name] for name in ("mode", "size", "model", "seed", "change") if name in said
        }
        told |= {new: said[old] for new, old in (("text", "q"), ("maker", "by"), ("request", "request")) if old in said}
        return Wish(
            **told,
            tag=said.get("tag", "").strip("# ").lower(),
            rating=int(said.get("rating", 0)),
            favourite="favourite" in said,
            since=_midnight(said["since"]) if "since" in said else None,
            until=_midnight(said["until"] + timedelta(days=1)) if "until" in said else None,
        )

    def more(self) -> Iterator[forms.BoundField]:
        """The filters that are used less, behind a button."""
        for name in ("rating", "size", "change", "tag", "seed", "model", "since", "until"):
            yield self[name]

    @property
    def more_are_used(self) -> bool:
        return any(field.name in self.errors or field.name in self.kept for field in self.more())


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the query without it."""

    said: str
    without: str


def chips(form: FilterForm) -> list[Chip]:
    return [Chip(_said(form, name), urlencode(_without(form.kept, name))) for name in form.kept]


def _said(form: FilterForm, name: str) -> str:
    field, value = form.fields[name], form.kept[name]
    if name == "request":
        return "One request"
    if name == "q":
        return f"“{value}”"
    if name == "favourite":
        return "Favourites"
    if isinstance(field, forms.ChoiceField):
        value = dict(field.choices).get(value, value)  # type: ignore[arg-type]  # what the stubs say of callables
    return f"{field.label}: {value}"


def _without(kept: dict[str, str], name: str) -> dict[str, str]:
    return {other: value for other, value in kept.items() if other != name}


def up_to(wish: Wish, at: str) -> Wish:
    """The wish, from the end of a day or month ("2026-11-20", "2026-11") on backwards. Raises ValueError."""
    begin = date.fromisoformat(at if at.count("-") == 2 else f"{at}-01")
    end = (
        begin + timedelta(days=1) if at.count("-") == 2 else (begin.replace(day=1) + timedelta(days=31)).replace(day=1)
    )
    return replace(wish, until=min(filter(None, (wish.until, _midnight(end)))))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
