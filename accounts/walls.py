"""Row-level security for migrations: in a walled table only rows of the workspaces in `app.workspace` are there.

The setting is made by the database backend (aurora_site/postgresql). The role that the site runs as owns the tables and
is held by the policies all the same: it is no superuser, and they are forced.
"""

from django.db import migrations

SEES = """
create function aurora_sees(workspace uuid) returns boolean language sql stable parallel safe as $$
    select current_setting('app.workspace', true) = '*'
        or workspace::text = any (string_to_array(current_setting('app.workspace', true), ','))
$$
"""
UNSEES = "drop function aurora_sees(uuid)"


def wall(table: str, rule: str = "aurora_sees(workspace_id)") -> migrations.RunSQL:
    """The operation that walls a table; `rule` says of a row whether it is seen and may be written."""
    return migrations.RunSQL(
        [
            f"alter table {table} enable row level security, force row level security",
            f"create policy workspace on {table} using ({rule}) with check ({rule})",
        ],
        [
            f"drop policy workspace on {table}",
            f"alter table {table} disable row level security, no force row level security",
        ],
    )
