"""For migrations: walls between workspaces that the database itself keeps.

A foreign key says that the target exists, not that it lies in the same workspace. `target` and `wall` add one that says
both: (workspace_id, column) of the row must be (workspace_id, id) of its target. Like Django's own foreign keys they
are checked at commit, so that the order of deletions inside a transaction does not matter; an empty column is free.
Migrations that were released use what is here: add to it, but do not change it.
"""

from django.db.migrations import RunSQL


def target(table: str) -> RunSQL:
    """Let walls lead to `table`."""
    name = f"{table}_in_workspace"
    return RunSQL(
        f'alter table "{table}" add constraint "{name}" unique (workspace_id, id)',
        f'alter table "{table}" drop constraint "{name}"',
    )


def wall(table: str, column: str, to: str) -> RunSQL:
    """Refuse a row of `table` whose `column` names a row of `to` that lies in another workspace."""
    name = f"{table}_{column}_same_workspace"
    return RunSQL(
        f'alter table "{table}" add constraint "{name}" foreign key (workspace_id, "{column}")'
        f' references "{to}" (workspace_id, id) deferrable initially deferred',
        f'alter table "{table}" drop constraint "{name}"',
    )
