"""One workspace sees nothing of another: not by URL, not by a forgotten filter."""

import uuid
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django_scopes import ScopeError, scope

from accounts.models import ApiKey, User, Workspace
from accounts.services import api_keys, workspaces

UNKNOWN = uuid.UUID(int=1)
OURS = ("accounts", "billing", "generation")
# Prices, codes, messages of Stripe and comparisons with it, sums of everybody and staff's sessions are the site's.
OF_THE_SITE = {"Figure", "Price", "PromoCode", "Reconciliation", "StaffSession", "StripeEvent"}
# The tenant itself; users, who may be in several; postings, which have the workspace of their transaction; audit
# entries, exports and notes, of which some are about a person alone.
NO_WORKSPACE = {"User", "Workspace", "Posting", "AuditEntry", "Export", "Note"} | OF_THE_SITE
# Who is a member is what the scope is found by.
UNSCOPED = {"User", "Workspace", "Membership"} | OF_THE_SITE


def our_models() -> list[type[models.Model]]:
    # Made from the list of apps, so that a new model is in the sweep without being named here.
    made = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in made if not model._meta.auto_created]


def test_it_shows_members_their_workspace(
    client_of: Callable[[User], Client], workspace: Workspace, alice: User, bob: User
) -> None:
    for member in (alice, bob):
        assert client_of(member).get("/w/atelier/gallery").status_code == 200


@pytest.mark.parametrize("path", ["create", "gallery", f"generations/{UNKNOWN}", f"pictures/{UNKNOWN}", "x"])
def test_it_tells_charlie_nothing(
    client_of: Callable[[User], Client], workspace: Workspace, charlie: User, path: str
) -> None:
    browser = client_of(charlie)
    there = browser.get(f"/w/atelier/{path}")
    nowhere = browser.get(f"/w/no-such-workspace/{path}")
    assert there.status_code == nowhere.status_code == 404
    assert b"Atelier" not in there.content


def test_it_sends_visitors_to_the_log_in_page(workspace: Workspace) -> None:
    answer = Client().get("/w/atelier/gallery?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/w/atelier/gallery%3Fx%3D1"


def test_it_forgets_a_member_who_left(client_of: Callable[[User], Client], workspace: Workspace, bob: User) -> None:
    browser = client_of(bob)
    with scope(workspace=workspace):
        workspace.memberships.filter(user=bob).delete()
    assert browser.get("/w/atelier/gallery").status_code == 404


def test_every_model_belongs_to_a_workspace() -> None:
    without = {
        model.__name__
        for model in our_models()
        if not any(field.related_model is Workspace and not field.null for field in model._meta.fields)
    }
    assert without == NO_WORKSPACE


def test_every_query_outside_a_scope_raises(db: None) -> None:
    for model in our_models():
        if model.__name__ not in UNSCOPED:
            with pytest.raises(ScopeError):
                model._default_manager.count()


def test_it_finds_only_rows_of_the_scope(workspace: Workspace, alice: User, charlie: User) -> None:
    theirs = workspaces.create_workspace(name="Theirs", owner=charlie)
    ours, _ = api_keys.create(workspace=workspace, name="Ours", created_by=alice)
    api_keys.create(workspace=theirs, name="Theirs", created_by=charlie)
    with scope(workspace=workspace):
        assert list(ApiKey.objects.all()) == [ours]


def test_no_scope_is_left_behind_by_a_request(
    client_of: Callable[[User], Client], workspace: Workspace, alice: User
) -> None:
    client_of(alice).get("/w/atelier/gallery")
    with pytest.raises(ScopeError):
        ApiKey.objects.count()
