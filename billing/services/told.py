"""Small things that Stripe's objects tell."""

from typing import Any


def id_of(thing: Any) -> str:
    """The id of what Stripe gives as an id, or expanded; "" of nothing."""
    return thing if isinstance(thing, str) else str(getattr(thing, "id", "") or "")


def metadata(thing: Any) -> dict[str, str]:
    """What we wrote to the object when it was made."""
    found: dict[str, str] = thing.metadata.to_dict() if thing.metadata else {}
    return found
