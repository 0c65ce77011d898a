"""The developer's welcome gift."""

from typing import Any

from django_scopes import scope

from accounts.models import ApiKey
from accounts.services import audit
from billing import ledger
from billing.prices import WELCOME_MICROS


def give(sender: type[ApiKey], *, api_key: ApiKey, **kwargs: Any) -> None:
    """Credit $25.00 with a workspace's first API key; later keys change nothing."""
    workspace = api_key.workspace
    with scope(workspace=workspace):
        if ledger.grant(workspace=workspace, key=f"welcome:{workspace.pk}", amount_micros=WELCOME_MICROS):
            audit.record("credit.granted", workspace=workspace, actor=api_key.created_by, micros=WELCOME_MICROS)
