"""Room for one more: other apps may keep people out of a workspace that is full, and hear when its members change."""

from collections.abc import Callable

from django.db import transaction

from accounts.models import Workspace
from accounts.signals import members_changed

Door = Callable[[Workspace], None]

_doors: list[Door] = []


def door(ask: Door) -> None:
    """Registers what is asked before a membership is made, under the workspace's lock. It raises rights.Refused."""
    _doors.append(ask)


def demand(workspace: Workspace) -> None:
    """Whether one more person may come in. Raises Refused, whose message says what would make room."""
    for ask in _doors:
        ask(workspace)


def changed(workspace: Workspace) -> None:
    """Say, after the commit, that there are other members than before."""
    transaction.on_commit(lambda: members_changed.send(Workspace, workspace=workspace), robust=True)
