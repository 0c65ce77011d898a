"""For migrations: no row points into another workspace, which the database itself sees to.

A foreign key says that its target exists, not that it lies in the same workspace, and row-level security does not hold
for foreign keys. `may_be_pointed_to` and `same_workspace` add one that says both: (workspace_id, column) of the row
must be (workspace_id, id) of its target. Like Django's own it is checked at commit, so that the order of deletions
inside a transaction does not matter; an empty column is free. Released migrations use what is here: add to it, do not
change it.
"""

from django.db.migrations import RunSQL


def may_be_pointed_to(table: str) -> RunSQL:
    """Make ready a table for `same_workspace` to lead to."""
    name = f"{table}_in_workspace"
    return RunSQL(
        f'alter table "{table}" add constraint "{name}" unique (workspace_id, id)',
        f'alter table "{table}" drop constraint "{name}"',
    )


def same_workspace(table: str, column: str, to: str) -> RunSQL:
    """Refuse a row of `table` whose `column` names a row of `to` that lies in another workspace."""
    name = f"{table}_{column}_same_workspace"
    return RunSQL(
        f'alter table "{table}" add constraint "{name}" foreign key (workspace_id, "{column}")'
        f' references "{to}" (workspace_id, id) deferrable initially deferred',
        f'alter table "{table}" drop constraint "{name}"',
    )
