"""What the composer sends. The rules are the service's; the form keeps what was typed and places the errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import IntegrityError
from django.forms.utils import ErrorList

from accounts.models import Membership, User, Workspace
from billing.ledger import InsufficientFunds
from billing.plans import Plan
from generation import catalog
from generation.models import Feed, Generation
from generation.pages import words
from generation.services import again, browse, feeds, sharing
from generation.services import request as requests
from generation.services.change import Start
from generation.services.retries import Sent

REFUSALS = (
    requests.Invalid, requests.PlanRequired, requests.LimitReached, requests.AllowanceUsed, requests.QueueFull,
    requests.StorageFull, requests.Locked, feeds.NotBegun, InsufficientFunds, again.NotOver,
)  # fmt: skip
"""Why nothing was asked for; `told` says it."""

SHARES = {"shared": True, "private": False}
"""What `share` may say: whether the workspace sees the picture."""


def told(refusal: Exception) -> dict[str, str]:
    """Field -> sentence; "" is no field."""
    if isinstance(refusal, requests.Blocked):
        return {"prompt": words.blocked(str(refusal))}
    if isinstance(refusal, requests.Invalid):
        return {field: message for field, (_, message) in refusal.errors.items()}
    if isinstance(refusal, requests.PlanRequired):
        return {"mode": str(refusal)}
    if isinstance(refusal, InsufficientFunds):
        return {"": words.too_poor(refusal)}
    return {getattr(refusal, "field", ""): str(refusal)}


class ComposerForm(forms.Form):
    prompt = forms.CharField(required=False, strip=False)
    mode = forms.CharField(required=False)
    size = forms.CharField(required=False)
    n = forms.CharField(required=False)
    seed = forms.CharField(required=False)
    share = forms.ChoiceField(required=False, choices=[(name, name) for name in SHARES])
    credit = forms.CharField(required=False)
    negative = forms.CharField(required=False, strip=False)
    guidance = forms.CharField(required=False)
    variety = forms.CharField(required=False)
    reference = forms.CharField(required=False)
    image = forms.FileField(required=False, allow_empty_file=True)
    strength = forms.CharField(required=False)
    once = forms.RegexField(r"[0-9a-f-]{36}", required=False)

    def submit(self, *, workspace: Workspace, requested_by: User) -> Generation | Feed | None:
        """What was made, a feed in its mode; or None: then the form has the errors and nothing was stored."""
        if not self.is_valid():
            return None
        try:
            made = self._made(workspace, requested_by)
        except IntegrityError:
            # The same click, sent twice at the same moment.
            if before := self._made_before(workspace, requested_by):
                return before
            raise
        except REFUSALS as refusal:
            for field, message in told(refusal).items():
                self.add_error(field if field in self.fields else None, message)
            return None
        if isinstance(made, Generation) and made.status == Generation.Status.BLOCKED:
            self.add_error("prompt", words.blocked(made.error_message))
            return None
        return made

    def _made(self, workspace: Workspace, person: User) -> Generation | Feed:
        return self._made_before(workspace, person) or self._make(workspace, person)

    def _made_before(self, workspace: Workspace, person: User) -> Generation | None:
        """By the same click, whose answer was lost on its way."""
        once = self.cleaned_data["once"]
        return browse.by_click(workspace=workspace, person=person, click=once) if once else None

    def _make(self, workspace: Workspace, person: User) -> Generation | Feed:
        sent = self.cleaned_data
        fields: dict[str, Any] = {name: sent[name] or None for name in ("size", "seed", "guidance", "variety")}
        fields |= {"prompt": sent["prompt"], "negative": sent["negative"]}
        terms: dict[str, Any] = {"share": SHARES.get(sent["share"]), "use_credit": sent["credit"] == "1"}
        start = self._start(workspace, person)
        if sent["mode"] == feeds.MODE and start is None:
            return feeds.open_feed(workspace=workspace, person=person, **fields, **terms)
        fields |= {"mode": sent["mode"], "n": sent["n"] or None, "source": "page"}
        whose: dict[str, Any] = {"workspace": workspace, "requested_by": person, "sent": Sent(key=sent["once"])}
        if start is None:
            return requests.submit(**whose, **fields, **terms)
        return again.change(
            start=start, strength=sent["strength"] or again.STRENGTHS[0], fields=fields, **whose, **terms
        )

    def _start(self, workspace: Workspace, person: User) -> Start | None:
        """What was dropped, pasted or chosen to begin with. Raises Invalid."""
        if reference := self.cleaned_data["reference"]:
            return again.start_from(again.find(workspace=workspace, person=person, id=reference))
        file = self.cleaned_data["image"]
        return again.start_from_file(workspace=workspace, person=person, file=file) if file else None

    def sentences(self) -> dict[str, str]:
        """Field -> what is wrong with it; what belongs to no field is under "form"."""
        return {
            ("form" if name == "__all__" else name): " ".join(map(str, errors)) for name, errors in self.errors.items()
        }


def modes_for(plan: Plan, member: Membership) -> list[catalog.Mode]:
    """The modes that the plan has and the member may use; perhaps none."""
    open_to = [mode for mode in catalog.MODES.values() if mode.name in plan.modes]
    return [mode for mode in open_to if not member.modes or mode.name in member.modes]


def blank(given: Mapping[str, Any], modes: Sequence[catalog.Mode], workspace: Workspace) -> dict[str, Any]:
    """What the composer shows before anything was sent: the workspace's usual settings, and over them what was given.

    A mode that is not among `modes` is not kept, nor a size that the mode lacks.
    """
    by_name = {mode.name: mode for mode in modes}
    wished = (given.get("mode"), workspace.default_mode)
    mode = next((by_name[str(name)] for name in wished if name in by_name), modes[0])
    size = mode.size(str(given.get("size"))) or mode.size(workspace.default_size) or mode.default_size
    usual: dict[str, Any] = {
        "prompt": "",
        "n": mode.default_n,
        "seed": "",
        "negative": "",
        "guidance": "",
        "variety": "",
    }
    kept = {name: value for name, value in given.items() if name in usual and value not in (None, "")}
    return usual | kept | {"mode": mode.name, "size": str(size)}


def share_of(workspace: Workspace) -> dict[str, str]:
    """The choice of who sees it that the composer begins with."""
    return {"share": "shared" if sharing.default(workspace) else "private"}


def choices(plan: Plan, modes: Sequence[catalog.Mode]) -> dict[str, Any]:
    """What the composer offers: `modes`, and those that the plan lacks behind a lock."""
    sizes = dict.fromkeys(size for mode in modes for size in mode.sizes)
    return {
        "locked": [mode for mode in catalog.MODES.values() if mode.name not in plan.modes],
        # Squares by their size, then the others as the modes have them.
        "sizes": [shape(size) for size in sorted(sizes, key=lambda size: size.width if size.ratio == "1:1" else 9999)],
        "max_negative": catalog.MAX_NEGATIVE,
        "counts": range(1, max(mode.max_n for mode in modes) + 1),
        "limit": catalog.MAX_PROMPT,
        "limit_words": f"{catalog.MAX_PROMPT:,}",
    }


def shape(size: catalog.Size) -> dict[str, Any]:
    """A size as a drawn rectangle in a square of 24, and in words."""
    scale = 18 / max(size.width, size.height)
    width, height = round(size.width * scale, 1), round(size.height * scale, 1)
    drawn = {"x": round(12 - width / 2, 2), "y": round(12 - height / 2, 2), "width": width, "height": height}
    return drawn | {"value": str(size), "label": words.size(size), "ratio": size.ratio}


@dataclass(frozen=True)
class Dial:
    """A slider. While nobody moves it the mode's own value holds, and nothing is sent."""

    name: str
    label: str
    help: str
    least: float
    most: float
    value: str
    is_set: bool
    errors: ErrorList


def dials(form: ComposerForm, mode: catalog.Mode) -> list[Dial]:
    """How a picture is led, as sliders."""
    told = (
        ("guidance", "Stylize", "More keeps closer to your words.", catalog.GUIDANCE),
        ("variety", "Variety", "More dares less likely details.", catalog.VARIETY),
    )
    return [
        Dial(name, label, said, *bounds, *_value(form[name].value(), getattr(mode, name)), form[name].errors)
        for name, label, said, bounds in told
    ]


def _value(given: object, own: float) -> tuple[str, bool]:
    return (f"{own:g}", False) if given in (None, "") else (str(given), True)


def size_label(size: catalog.Size) -> str:
    """A size as people read it."""
    shape = "" if size.width == size.height else f", {size.ratio}"
    return f"{words.size(size)}{shape}"
