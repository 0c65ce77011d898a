"""What the composer sends. The rules are the service's; the form keeps what was typed and places the errors."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import User, Workspace
from generation import catalog
from generation.models import Feed, Generation
from generation.services import feeds
from generation.services import request as requests


class ComposerForm(forms.Form):
    prompt = forms.CharField(required=False, strip=False)
    mode = forms.CharField(required=False)
    size = forms.CharField(required=False)
    n = forms.CharField(required=False)
    seed = forms.CharField(required=False)

    def submit(self, *, workspace: Workspace, requested_by: User) -> Generation | Feed | None:
        """What was made, a feed in its mode; or None: then the form has the errors and nothing was stored."""
        if not self.is_valid():
            return None
        prompt, mode = self.cleaned_data["prompt"], self.cleaned_data["mode"]
        n, size, seed = (self.cleaned_data[name] or None for name in ("n", "size", "seed"))
        try:
            if mode == feeds.MODE:
                return feeds.open_feed(workspace=workspace, person=requested_by, prompt=prompt, size=size, seed=seed)
            return requests.submit(
                workspace=workspace,
                requested_by=requested_by,
                source="page",
                prompt=prompt,
                mode=mode,
                n=n,
                size=size,
                seed=seed,
            )
        except requests.Invalid as invalid:
            for field, (_, message) in invalid.errors.items():
                self.add_error(field if field in self.fields else None, message)
            return None

    def sentences(self) -> dict[str, str]:
        """Field -> what is wrong with it; what belongs to no field is under "form"."""
        return {
            ("form" if name == "__all__" else name): " ".join(map(str, errors)) for name, errors in self.errors.items()
        }


def blank(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the composer shows before anything was sent: the usual settings, and over them what was given."""
    mode = catalog.MODES.get(str(given.get("mode")), next(iter(catalog.MODES.values())))
    usual = {"prompt": "", "mode": mode.name, "size": str(mode.default_size), "n": mode.default_n, "seed": ""}
    return usual | {name: value for name, value in given.items() if name in usual and value not in (None, "")}


def choices() -> dict[str, Any]:
    """What the composer offers."""
    modes = list(catalog.MODES.values())
    sizes = sorted({size for mode in modes for size in mode.sizes})
    return {
        "modes": modes,
        "sizes": [{"value": str(size), "label": f"{size.width} × {size.height}"} for size in sizes],
        "counts": range(1, max(mode.max_n for mode in modes) + 1),
        "limit": catalog.MAX_PROMPT,
        "limit_words": f"{catalog.MAX_PROMPT:,}",
    }
