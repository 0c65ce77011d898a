"""What the composer sends. The rules are the service's; the form keeps what was typed and places the errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.models import Membership, User, Workspace
from billing.ledger import InsufficientFunds
from billing.plans import Plan
from generation import catalog
from generation.models import Feed, Generation
from generation.pages import words
from generation.services import feeds, sharing
from generation.services import request as requests

SHARES = {"shared": True, "private": False}
"""What `share` may say: whether the workspace sees the picture."""


class ComposerForm(forms.Form):
    prompt = forms.CharField(required=False, strip=False)
    mode = forms.CharField(required=False)
    size = forms.CharField(required=False)
    n = forms.CharField(required=False)
    seed = forms.CharField(required=False)
    share = forms.ChoiceField(required=False, choices=[(name, name) for name in SHARES])
    credit = forms.CharField(required=False)

    def submit(self, *, workspace: Workspace, requested_by: User) -> Generation | Feed | None:
        """What was made, a feed in its mode; or None: then the form has the errors and nothing was stored."""
        if not self.is_valid():
            return None
        try:
            made = self._make(workspace, requested_by)
        except Exception as refusal:
            if not self._explain(refusal):
                raise
            return None
        if isinstance(made, Generation) and made.status == Generation.Status.BLOCKED:
            self.add_error("prompt", words.blocked(made.error_message))
            return None
        return made

    def _make(self, workspace: Workspace, requested_by: User) -> Generation | Feed:
        prompt, mode = self.cleaned_data["prompt"], self.cleaned_data["mode"]
        n, size, seed = (self.cleaned_data[name] or None for name in ("n", "size", "seed"))
        share, credit = SHARES.get(self.cleaned_data["share"]), self.cleaned_data["credit"] == "1"
        if mode == feeds.MODE:
            return feeds.open_feed(
                workspace=workspace,
                person=requested_by,
                prompt=prompt,
                size=size,
                seed=seed,
                share=share,
                use_credit=credit,
            )
        return requests.submit(
            workspace=workspace,
            requested_by=requested_by,
            source="page",
            prompt=prompt,
            mode=mode,
            n=n,
            size=size,
            seed=seed,
            share=share,
            use_credit=credit,
        )

    def _explain(self, refusal: Exception) -> bool:
        """Put the refusal beside its field; False for what is none."""
        match refusal:
            case requests.Blocked():
                self.add_error("prompt", words.blocked(str(refusal)))
            case requests.Invalid():
                for field, (_, message) in refusal.errors.items():
                    self.add_error(field if field in self.fields else None, message)
            case requests.PlanRequired():
                self.add_error("mode", str(refusal))
            case requests.LimitReached() | requests.AllowanceUsed():
                self.add_error(refusal.field or None, str(refusal))
            case requests.Locked() | requests.QueueFull() | requests.StorageFull() | feeds.NotBegun():
                self.add_error(None, str(refusal))
            case InsufficientFunds():
                self.add_error(None, words.too_poor(refusal))
            case _:
                return False
        return True

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
    usual = {"prompt": "", "n": mode.default_n, "seed": ""}
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
        "sizes": [{"value": str(size), "label": size_label(size)} for size in sizes],
        "counts": range(1, max(mode.max_n for mode in modes) + 1),
        "limit": catalog.MAX_PROMPT,
        "limit_words": f"{catalog.MAX_PROMPT:,}",
    }


def size_label(size: catalog.Size) -> str:
    """A size as people read it."""
    shape = "" if size.width == size.height else f", {size.ratio}"
    return f"{words.size(size)}{shape}"
