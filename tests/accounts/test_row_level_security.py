"""The second lock: what PostgreSQL itself refuses to show, whatever query is sent."""

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, models, transaction
from django_scopes import scope, scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.services import api_keys, workspaces
from billing import ledger

OURS = ("accounts", "billing", "generation")


def tenant_tables() -> list[str]:
    """Of every model with a workspace, and of those that belong to a model with one."""
    models_ = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    direct = {model for model in models_ if _points_to(model, {Workspace})}
    return sorted(model._meta.db_table for model in models_ if model in direct or _points_to(model, direct))


def _points_to(model: type[models.Model], targets: set[type[models.Model]]) -> bool:
    return any(field.related_model in targets for field in model._meta.fields)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        row: tuple[int] = cursor.fetchone()
    return row[0]


@pytest.fixture
def furnished(workspace: Workspace, alice: User) -> Workspace:
    api_keys.create(workspace=workspace, name="Ours", created_by=alice)
    with scope(workspace=workspace):
        ledger.grant(workspace=workspace, key="gift", amount_micros=5)
    return workspace


def test_every_tenant_table_is_walled_for_its_owner_too(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        walled = {name for (name,) in cursor.fetchall()}
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,), "this role would see through the walls"
    assert [table for table in tenant_tables() if table not in walled] == []


@pytest.mark.parametrize("table", ["accounts_membership", "accounts_apikey", "billing_account", "billing_posting"])
def test_a_raw_query_sees_what_the_scope_shows(table: str, furnished: Workspace, charlie: User) -> None:
    own = workspaces.personal(charlie)
    with scope(workspace=furnished):
        inside = count(table)
    with scopes_disabled():
        everywhere = count(table)
    with scope(workspace=own):
        beside = count(table)
    assert count(table) == 0, "nothing without a scope"
    assert inside > 0 and everywhere >= inside + beside


def test_nobody_writes_into_a_foreign_workspace(furnished: Workspace, charlie: User) -> None:
    own = workspaces.personal(charlie)
    with scope(workspace=own), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Membership.objects.create(workspace=furnished, user=charlie, role="owner")
    with scope(workspace=own), connection.cursor() as cursor:
        cursor.execute("update accounts_membership set role = 'owner' where workspace_id = %s", [furnished.pk])
        assert cursor.rowcount == 0


def test_it_holds_after_what_was_rolled_back(furnished: Workspace, charlie: User) -> None:
    """The server forgets with the transaction what it was told in it."""
    with scope(workspace=workspaces.personal(charlie)):
        assert count("accounts_membership") == 1
        with pytest.raises(RuntimeError):
            look_and_fail(furnished)
        assert count("accounts_membership") == 1


@pytest.mark.django_db(transaction=True)
def test_it_holds_after_a_transaction_that_was_rolled_back(furnished: Workspace, charlie: User) -> None:
    with scope(workspace=workspaces.personal(charlie)):
        with pytest.raises(RuntimeError):
            look_and_fail(furnished)
        assert count("accounts_membership") == 1


@transaction.atomic
def look_and_fail(workspace: Workspace) -> None:
    with scope(workspace=workspace):
        assert count("accounts_membership") == 2
    raise RuntimeError


def test_several_workspaces_are_one_scope(furnished: Workspace, charlie: User) -> None:
    with scope(workspace=[furnished, workspaces.personal(charlie)]):
        assert count("accounts_membership") == 3


def test_the_books_must_balance_whoever_looks_at_commit(furnished: Workspace) -> None:
    with pytest.raises(DatabaseError, match="does not add up"):
        post_one_side(furnished)


@transaction.atomic
def post_one_side(workspace: Workspace) -> None:
    with connection.cursor() as cursor, scope(workspace=workspace):
        cursor.execute(
            "insert into billing_posting (transaction_id, account_id, amount)"
            " select t.id, a.id, 7 from billing_transaction t, billing_account a where a.kind = 'wallet'"
        )
    # Outside any scope, as a commit may be.
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
