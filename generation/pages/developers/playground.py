"""`/w/<slug>/developers/playground`: a request to the API, sent by the reader's browser with a key of theirs.

The key is typed into the page and stays there: the server hears of it only as the API does, in the header.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.pages.typed import needs
from accounts.permissions import Action
from accounts.services import api_keys
from billing import prices
from generation import catalog, uploads
from generation.models import Generation
from generation.pages.developers import frame
from generation.pages.prompts import STARTERS
from generation.pages.typed import PageRequest
from generation.storage import FORMATS


@dataclass(frozen=True)
class Choice:
    """A mode with what the form must know of it."""

    mode: catalog.Mode
    micros: int

    @property
    def sizes(self) -> str:
        return " ".join(map(str, self.mode.sizes))


STRENGTHS = (Generation.Change.SUBTLE, Generation.Change.STRONG)
KINDS = (
    ("draw", "Draw", "api-image-generations"),
    ("edit", "Edit", "api-image-edits"),
    ("vary", "Vary", "api-image-variations"),
)
"""What a request does: its name on the page, its word, and its route."""


@require_safe
@needs(Action.USE_KEYS)
def show(request: PageRequest, slug: str) -> HttpResponse:
    listed = prices.listed()
    context = {
        "modes": [Choice(mode, listed[mode.name]) for mode in catalog.MODES.values()],
        "first": next(iter(catalog.MODES.values())),
        "formats": FORMATS,
        "numbers": range(1, catalog.MAX_N_API + 1),
        "partials": range(catalog.MAX_PARTIALS, -1, -1),
        "most_prompt": catalog.MAX_PROMPT,
        "most_seed": catalog.MAX_SEED,
        "prompt": STARTERS[0],
        "model": catalog.MODEL,
        "kinds": [(name, word, reverse(route)) for name, word, route in KINDS],
        "strengths": STRENGTHS,
        "most_megabytes": uploads.MAX_BYTES // 1_000_000,
        "has_keys": api_keys.live(workspace=request.workspace, maker=request.user).exists(),
    }
    return frame.page(request, "playground", context)
