"""Tells the server, before a query, whose rows it may touch: the policies of the tenant tables ask `app.workspace`.

The value is that of django-scopes at the moment when the query runs: the workspace's id, `*` with scopes disabled, and
nothing outside any scope, when no row of any workspace is there. A query without its filter finds nothing of others.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.postgresql import base
from django.db.models import Model
from django_scopes import get_scope

ALL = "*"
SETTING = "app.workspace"


def visible() -> str:
    """Whose rows the current scope shows, as the setting says it."""
    scope = get_scope()
    if not scope.get("_enabled", True):
        return ALL
    found = scope.get("workspace")
    several: Iterable[Model] = () if found is None else (found,) if isinstance(found, Model) else found
    return ",".join(str(workspace.pk) for workspace in several)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: str | None = None  # None: the server may hold anything
        self.execute_wrappers.append(self._tell)

    def init_connection_state(self) -> None:
        self._told = None
        super().init_connection_state()

    def _tell(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        wanted = visible()
        if wanted != self._told:
            self.connection.execute("select set_config(%s, %s, false)", [SETTING, wanted])
            self._told = wanted
        return execute(sql, params, many, context)

    # What is rolled back takes back what the server was told within. Before a savepoint is, nothing else may be said.
    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        self._told = visible()
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None
