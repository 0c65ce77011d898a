"""Which features are there, and for whom: asked by pages, API and services alike, changed by staff."""

from collections.abc import Callable, Sequence
from typing import Any, TypedDict, cast
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Switch, Workspace
from accounts.services import audit
from accounts.services.rights import Refused

Name, State = Switch.Name, Switch.State
KEY = "accounts:switches"
SECONDS = 10
"""A change is seen at once where Valkey is there to tell of it."""
CLOSED: dict[str, str] = {
    Name.SIGN_UPS: "New accounts are not made at the moment. Try again later.",
    Name.API: "The API is turned off for this workspace at the moment. Nothing was charged.",
    Name.FEEDS: "Endless feeds are turned off at the moment. Quality still draws what you describe.",
    Name.BATCHES: "Batches are turned off at the moment. Nothing was taken in.",
    Name.SHARING: "Data sharing cannot be turned on at the moment.",
    Name.CREDIT_SALES: "Credit is not sold at the moment. What you have can be spent.",
}


class Off(Refused):
    """The feature is turned off here; the message says so, for people."""


class Row(TypedDict):
    name: str
    state: str
    plans: list[str]
    workspaces: list[UUID]
    message: str


class _Plans:
    """Set by the app that knows plans, which this one does not."""

    plan_of: Callable[[Workspace], str] | None = None


def know_plans(plan_of: Callable[[Workspace], str]) -> None:
    """From now on switches may name plans, by what `plan_of` says. It is called in the scope of the workspace."""
    _Plans.plan_of = plan_of


def is_on(name: str, workspace: Workspace | None = None) -> bool:
    """Whether the feature is there, for the workspace if one is named."""
    row = _rows().get(name)
    if row is None or row["state"] == State.ON:
        return True
    if row["state"] == State.OFF or workspace is None:
        return False
    if workspace.pk in row["workspaces"]:
        return True
    return bool(row["plans"]) and plan_name(workspace) in row["plans"]


def plan_name(workspace: Workspace) -> str:
    """The plan that the workspace has; empty where nobody knows plans."""
    return _Plans.plan_of(workspace) if _Plans.plan_of else ""


def demand(name: str, workspace: Workspace | None = None) -> None:
    """Raises Off where the feature is not there."""
    if not is_on(name, workspace):
        raise Off(message(name))


def message(name: str) -> str:
    """What people read where it is off."""
    row = _rows().get(name)
    return (row and row["message"]) or CLOSED[name]


@transaction.atomic
def turn(
    name: str, *, state: str, plans: Sequence[str] = (), workspaces: Sequence[UUID] = (), message: str = ""
) -> None:
    """Say for whom a feature is there. Raises ValueError for some that are nobody."""
    if state == State.SOME and not (plans or workspaces):
        raise ValueError("Choose the plans or workspaces that have it.")
    if state != State.SOME:
        plans, workspaces = (), ()
    values = {"state": state, "plans": list(plans), "workspaces": list(workspaces), "message": message.strip()}
    Switch.objects.update_or_create(name=name, defaults=values | {"changed_at": timezone.now()})
    audit.record(
        "feature.switched",
        workspace=None,
        target=Name(name).label,
        state=State(state).label.lower(),
        plans=", ".join(plans),
        workspaces=len(workspaces),
    )
    transaction.on_commit(forget, robust=True)


def forget() -> None:
    """Read them anew at the next question."""
    try:
        cache.delete(KEY)
    except RedisError:
        # They are read anew after SECONDS.
        return


def _rows() -> dict[str, Row]:
    try:
        known = cache.get(KEY)
        if known is None:
            known = _read()
            cache.set(KEY, known, SECONDS)
    except RedisError:
        return _read()
    return cast("dict[str, Row]", known)


def _read() -> dict[str, Any]:
    return {row["name"]: row for row in Switch.objects.values("name", "state", "plans", "workspaces", "message")}
