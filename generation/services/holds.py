"""Says what money was held for: a statement shows it without knowing pictures."""

import uuid
from contextlib import suppress

from generation import catalog
from generation.models import Generation


def describe(holds: list[str]) -> dict[str, str]:
    """In words, of those that are generations; never what was to be drawn. Runs in the scope of their workspace."""
    rows = Generation.objects.filter(pk__in=list(_ids(holds))).values_list("pk", "mode", "source")
    return {str(pk): f"{_mode(mode)}, {'by API' if source == 'api' else 'on the pages'}" for pk, mode, source in rows}


def _ids(holds: list[str]) -> set[uuid.UUID]:
    found = set()
    for hold in holds:
        with suppress(ValueError):
            found.add(uuid.UUID(hold))
    return found


def _mode(name: str) -> str:
    known = catalog.MODES.get(name)
    return known.label if known else name.capitalize()
