"""Events, as they can be read for 30 days after they were sent, or not sent."""

from tests.fakestripe.api import listed, retrieved
from tests.fakestripe.shapes import Obj


def _is_of(event: Obj, type: str) -> bool:
    return bool(event["type"] == type or (type.endswith("*") and event["type"].startswith(type[:-1])))


retrieved("/v1/events", "event")
listed("/v1/events", "event", type=_is_of, types=_is_of)
