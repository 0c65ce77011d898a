"""A row that points into another workspace is refused by the database itself, whatever the code does."""

import uuid
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django_scopes import scopes_disabled

from accounts.crossings import same_workspace
from accounts.models import User, Workspace
from accounts.services import api_keys, workspaces
from billing import ledger
from billing.models import Account, Posting, Transaction
from generation.models import Feed, Generation, Picture
from tests.accounts.of_the_site import OF_THE_SITE

OURS = ("accounts", "billing", "generation")
# Foreign keys of rows without a workspace of their own, and the trigger that compares what they point to.
BY_TRIGGER = {
    ("billing_posting", "transaction_id"): "billing_posting_same_workspace",
    ("billing_posting", "account_id"): "billing_posting_same_workspace",
}
KEYS = """
    select c.conname from pg_constraint c
    where c.contype = 'f' and c.conrelid = %s::regclass and c.confrelid = %s::regclass
    and (select array_agg(a.attname::text order by a.attname) from pg_attribute a
         where a.attrelid = c.conrelid and a.attnum = any(c.conkey)) = %s
"""


@pytest.fixture
def theirs(charlie: User, workspace: Workspace) -> Iterator[Workspace]:
    """Charlie's workspace; the test may see and write in both."""
    made = workspaces.create_workspace(name="Theirs", owner=charlie)
    with scopes_disabled():
        yield made


def generation(workspace: Workspace, **values: object) -> Generation:
    return Generation(
        workspace=workspace, source="page", mode="speed", prompt="x", width=256, height=256, n=1, seed=1,
        turn=0, turn_end=1, lanes=1, **values,
    )  # fmt: skip


def picture(workspace: Workspace, of: Generation) -> Picture:
    return Picture(
        workspace=workspace, generation=of, index=0, seed=1, width=256, height=256, storage_key="x", byte_size=1,
        sha256="x", seconds=1, positions=1,
    )  # fmt: skip


def feed(workspace: Workspace) -> Feed:
    return Feed.objects.create(workspace=workspace, prompt="x", width=256, height=256, seed=1)


@transaction.atomic
def save(row: models.Model) -> None:
    """Save the row as if the transaction ended with it."""
    row.save()
    connection.check_constraints()


def refuses(row: models.Model) -> None:
    with pytest.raises(IntegrityError):
        save(row)


def test_it_refuses_a_generation_in_anothers_feed(workspace: Workspace, theirs: Workspace) -> None:
    refuses(generation(workspace, feed=feed(theirs), feed_index=0))
    save(generation(workspace, feed=feed(workspace), feed_index=0))


def test_it_refuses_a_generation_by_anothers_key(workspace: Workspace, theirs: Workspace, charlie: User) -> None:
    key, _ = api_keys.create(workspace=theirs, name="Theirs", created_by=charlie)
    refuses(generation(workspace, api_key=key))


def test_it_refuses_a_picture_of_anothers_generation(workspace: Workspace, theirs: Workspace) -> None:
    made = generation(theirs)
    made.save()
    refuses(picture(workspace, made))
    save(picture(theirs, made))


def test_it_refuses_to_move_what_others_point_to(workspace: Workspace, theirs: Workspace) -> None:
    opened = feed(workspace)
    save(generation(workspace, feed=opened, feed_index=0))
    opened.workspace = theirs
    refuses(opened)


def test_it_refuses_a_posting_across_workspaces(workspace: Workspace, theirs: Workspace) -> None:
    for one in (workspace, theirs):
        ledger.grant(workspace=one, key=str(one.pk), amount_micros=1)
    row = Transaction.objects.create(workspace=workspace, key=str(uuid.uuid4()), kind="grant")
    for account in Account.objects.filter(workspace=theirs):
        refuses(Posting(transaction=row, account=account, amount=5))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update billing_account set workspace_id = %s", [theirs.pk])


def test_it_still_lets_a_feed_and_a_key_go(workspace: Workspace, alice: User) -> None:
    with scopes_disabled():
        key, _ = api_keys.create(workspace=workspace, name="Ours", created_by=alice)
        opened = feed(workspace)
        made = generation(workspace, api_key=key, feed=opened, feed_index=0)
        made.save()
        key.delete()
        opened.delete()
        connection.check_constraints()
        made.refresh_from_db()
        assert (made.api_key, made.feed) == (None, None)


def tenant_models() -> list[type[models.Model]]:
    """Those whose rows are of one workspace; made from the list of apps, so that new ones are in it."""
    made = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return [model for model in made if model not in (User, Workspace) and model.__name__ not in OF_THE_SITE]


def crossings() -> list[tuple[str, str, str]]:
    """(table, column, table it points to) of each foreign key from rows of a workspace to rows of a workspace."""
    tenants = tenant_models()
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in tenants
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.related_model in tenants
    ]


def test_every_foreign_key_between_workspaces_stays_in_its_own(db: None) -> None:
    """Fails for a new one: see accounts/crossings.py."""
    assert ("generation_picture", "generation_id", "generation_generation") in crossings()
    with connection.cursor() as cursor:
        for table, column, to in crossings():
            if trigger := BY_TRIGGER.get((table, column)):
                cursor.execute("select from pg_trigger where tgname = %s", [trigger])
            else:
                cursor.execute(KEYS, [table, to, sorted(["workspace_id", column])])
            assert cursor.fetchall(), f"{table}.{column} may point into another workspace"


def test_it_can_be_taken_back(db: None) -> None:
    operation = same_workspace("generation_picture", "generation_id", "generation_generation")
    with connection.cursor() as cursor:
        cursor.execute(str(operation.reverse_sql))
        cursor.execute(str(operation.sql))
