"""Rows for what runs outside Django's request: read in a thread, with no connection kept."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django_scopes import scope as in_scope
from django_scopes import scopes_disabled

from generation.models import Generation
from generation.services.cancel import cancel
from generation.services.patience import patiently

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that reads the database, or writes what may be written twice."""

    def run() -> T:
        try:
            return patiently(lambda: function(*args, **kwargs))
        finally:
            # No request ends here that would give the connection back.
            connection.close()

    return await sync_to_async(run, thread_sensitive=False)()


def load(generation_id: UUID) -> Generation:
    with scopes_disabled():
        return Generation.objects.select_related("workspace").get(pk=generation_id)


def stop(generation_id: UUID) -> None:
    """Cancel the generation, if it is not over."""
    generation = load(generation_id)
    with in_scope(workspace=generation.workspace):
        cancel(generation=generation)
