"""The staff panel: who may come where, that nothing is done without a trace, and that things are found."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Sum
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import ApiKey, AuditEntry, User
from accounts.services import api_keys, staffing
from accounts.services.rights import Refused
from accounts.staff import TABLE, StaffAction, may
from billing.models import Customer, EntitlementGrant, PlanGrant, PromoCode
from generation.models import ApiCall, Figure, Generation
from generation.services import figures, finder, lease, recover, steer, story, stuck
from generation.staff import moderation_urls
from generation.staff.urls import urlpatterns

Browser = Callable[[User], Client]
DAY = f"{timezone.now() + timedelta(days=9):%Y-%m-%d}"
WHY = {"reason": "Ticket 7"}
WORDS = "horse 9 tree"
REQUEST = "7b950709-301e-4bfd-b299-ee2b18c85fe5"  # as the site names requests
# Every deed of the panel: what is sent, and the entry that it leaves.
DEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "session": (WHY, "staff.opened"),
    "session_close": ({}, "staff.closed"),
    "look_end": ({}, "staff.look_ended"),
    "people_note": ({"text": "Kind"}, "staff.noted"),
    "people_verify": (WHY, "account.verified"),
    "people_look": (WHY, "staff.look_began"),
    "people_end_sessions": (WHY, "account.sessions_ended"),
    "people_reset": (WHY, "account.second_step_reset"),
    "people_lock": (WHY, "account.locked"),
    "people_unlock": (WHY, "account.unlocked"),
    "people_role": ({"role": "support"}, "staff.appointed"),
    "workspaces_note": ({"text": "Pays late"}, "staff.noted"),
    "workspaces_plan": (WHY | {"plan": "team", "last_day": DAY}, "plan.granted"),
    "workspaces_entitlement": (WHY | {"name": "pro", "amount": "1", "last_day": DAY}, "entitlement.granted"),
    "generations_refund": (WHY | {"picture": "1"}, "picture.refunded"),
    "generations_again": (WHY, "generation.requeued"),
    "generations_stop": (WHY, "generation.canceled"),
}
# What Django's admin writes: the form's address, what is sent, and the entry.
ADMIN: dict[str, tuple[str, dict[str, Any], str]] = {
    "accounts.user.add": (
        "accounts/user/add/",
        {"email": "eve@example.org", "usable_password": "true", "password1": WORDS, "password2": WORDS},
        "user.added",
    ),
    "accounts.user.change": ("accounts/user/{alice}/change/", {"email": "al@example.org"}, "user.changed"),
    "accounts.apikey.change": ("accounts/apikey/{key}/change/", {"name": "Shop"}, "key.changed"),
    "billing.plangrant.add": (
        "billing/plangrant/add/",
        WHY | {"workspace": "{space}", "plan": "team", "ends_at_0": DAY, "ends_at_1": "00:00"},
        "plan.granted",
    ),
    "billing.plangrant.change": (
        "billing/plangrant/{plan}/change/", {"ends_at_0": DAY, "ends_at_1": "01:00"}, "plan.changed",
    ),
    "billing.entitlementgrant.add": (
        "billing/entitlementgrant/add/",
        WHY | {"workspace": "{space}", "name": "pro", "amount": "1", "ends_at_0": DAY, "ends_at_1": "00:00"},
        "entitlement.granted",
    ),
    "billing.entitlementgrant.change": (
        "billing/entitlementgrant/{entitlement}/change/",
        {"ends_at_0": DAY, "ends_at_1": "01:00"},
        "entitlement.changed",
    ),
}  # fmt: skip


@pytest.fixture
def root(studio: Any) -> User:
    return User.objects.create_superuser("root@example.org")


@pytest.fixture
def delivered(credit: None, ask: Callable[..., Generation], draw: Callable[..., None]) -> Generation:
    """Two pictures of 7 cents."""
    generation = ask(source="api", n=2)
    draw(generation)
    generation.refresh_from_db()
    return generation


def entries(action: str) -> int:
    with scopes_disabled():
        return AuditEntry.objects.filter(action=action).count()


def write_routes() -> set[str]:
    """The panel's addresses that take more than GET and HEAD; its rooms have tests of their own for theirs."""
    found = set()
    for route in urlpatterns:
        if isinstance(route, URLResolver) or route in moderation_urls.urlpatterns:
            continue
        request = RequestFactory().get("/")
        request.user = User(is_staff=True, is_superuser=True, is_active=True)
        names = {name: uuid.uuid4() for name in route.pattern.converters}
        request.method = "PUT"
        vars(request)["_dont_enforce_csrf_checks"] = True
        with scopes_disabled():
            answer = route.callback(request, **names)
        if "POST" in answer.headers.get("Allow", ""):
            found.add(str(route.name))
    return found


def test_every_deed_is_walked(studio: Any) -> None:
    assert write_routes() == set(DEEDS)


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_no_deed_is_without_an_entry(
    name: str, root: User, client_of: Browser, delivered: Generation, ask: Any, alice: User, studio: Any
) -> None:
    browser = client_of(root)
    values, action = DEEDS[name]
    subject: Any = {"people": alice, "workspaces": studio, "generations": delivered}.get(name.partition("_")[0])
    if name == "people_reset":
        Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={})
    if name == "people_unlock":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    if name == "look_end":
        browser.post(f"/admin/panel/people/{alice.pk}/look", WHY)
    if name in ("generations_stop", "generations_again"):
        subject = ask()
    url = get_resolver("generation.staff.urls").reverse(name, *([subject.pk] if subject else []))
    before = entries(action)
    assert browser.post(f"/admin/panel/{url}", values).status_code == 302
    assert entries(action) == before + 1


@pytest.fixture
def things(root: User, alice: User, studio: Any) -> dict[str, str]:
    """What the admin changes, by the names in the addresses above."""
    day = timezone.now() + timedelta(days=3)
    given = {"workspace": studio, "reason": "x", "ends_at": day}
    key, _ = api_keys.create(workspace=studio, name="Key", created_by=alice)
    made = {
        "alice": alice,
        "key": key,
        "space": studio,
        "plan": PlanGrant.objects.create(plan="super", **given),
        "entitlement": EntitlementGrant.objects.create(name="pro", **given),
        "code": PromoCode.objects.create(code="MAY2027", amount_micros=1, reason="x"),
    }
    return {name: str(row.pk) for name, row in made.items()}


def test_every_writing_table_is_walked(root: User) -> None:
    request = RequestFactory().get("/")
    request.user = root
    written = set()
    for model, table in admin.site._registry.items():
        checks = {"add": table.has_add_permission, "change": table.has_change_permission}
        written |= {f"{model._meta.label_lower}.{verb}" for verb, may_do in checks.items() if may_do(request)}
        assert not table.has_delete_permission(request), model
        assert not table.get_actions(request), model
    assert written == set(ADMIN)


@pytest.mark.parametrize("name", sorted(ADMIN))
def test_no_table_is_written_without_an_entry(
    name: str, root: User, client_of: Browser, things: dict[str, str]
) -> None:
    place, values, action = ADMIN[name]
    before = entries(action)
    form = {field: value.format(**things) for field, value in values.items()}
    answer = client_of(root).post(f"/admin/{place.format(**things)}", form)
    assert answer.status_code == 302, answer.context["errors"]
    assert entries(action) == before + 1


@pytest.mark.parametrize("role", ["", *TABLE])
def test_each_role_is_refused_what_the_table_does_not_allow(
    role: str, root: User, client_of: Browser, delivered: Generation, alice: User, studio: Any, things: dict[str, str]
) -> None:
    person = User.objects.create_user("staff@example.org", is_staff=True)
    if role:
        staffing.appoint(person=person, role=role, by=root)
    browser = client_of(person)
    ids = {"people": alice.pk, "workspaces": studio.pk, "generations": delivered.pk}
    for route in urlpatterns:
        action = getattr(route.callback, "action", None)
        pk = ids.get(str(route.pattern).partition("/")[0], uuid.uuid4())
        url = f"/admin/panel/{str(route.pattern).replace('<uuid:pk>', str(pk))}"
        if action is not None:
            # Without the words that a deed asks for: nothing is done, and the door is what answers.
            seen = {browser.get(url).status_code, browser.post(url).status_code}
            assert (seen == {403}) != may(person, action), (url, seen)
    for model in admin.site._registry:
        label = f"{model._meta.app_label}.view_{model._meta.model_name}"
        listed = browser.get(f"/admin/{model._meta.label_lower.replace('.', '/')}/").status_code
        assert listed == (200 if person.has_perm(label) else 403), label


def test_money_is_moved_by_finance_alone(root: User) -> None:
    for role in TABLE:
        person = User(is_staff=True, staff_role=role)
        assert person.has_perm("billing.add_transaction") == (role == "finance")
        assert person.has_perm("billing.view_transaction") == (role == "finance")
        assert person.has_perm("generation.delete_generation") is False
        assert person.has_perm("accounts.change_user") is False
    assert not User(is_staff=False, staff_role="finance").has_perm("billing.view_transaction")
    assert not User(is_staff=True, is_active=False, staff_role="finance").has_perm("billing.view_transaction")


def test_strangers_find_no_panel(client_of: Browser, alice: User, charlie: User, delivered: Generation) -> None:
    for browser in (Client(), client_of(charlie), client_of(alice)):
        for place in ("", "search?q=a", f"generations/{delivered.pk}", f"people/{alice.pk}", "session"):
            assert "/login/" in browser.get(f"/admin/panel/{place}").headers["Location"]


def test_it_finds_by_all_that_people_tell(
    root: User, client_of: Browser, delivered: Generation, alice: User, studio: Any
) -> None:
    key, secret = api_keys.create(workspace=studio, name="Shop", created_by=alice)
    Customer.objects.create(workspace=studio, stripe_id="cus_abc123")
    ApiCall.objects.create(
        workspace=studio, api_key=key, generation=delivered, request_id=REQUEST, method="POST", path="/v1/images",
        status=200, outcome="ok", milliseconds=9, created_at=timezone.now(),
    )  # fmt: skip
    picture = delivered.pictures.get(index=1)
    person, space, one = f"people/{alice.pk}", f"workspaces/{studio.pk}", f"generations/{delivered.pk}"
    told = {
        alice.email.upper(): person, str(alice.pk): person, studio.slug: space, str(studio.pk): space,
        key.prefix: space, secret: space, "cus_abc123": space,
        REQUEST: one, str(picture.pk): one, str(delivered.pk): one,
    }  # fmt: skip
    browser = client_of(root)
    for asked, place in told.items():
        answer = browser.get("/admin/panel/search", {"q": asked})
        assert answer.headers.get("Location") == f"/admin/panel/{place}", asked
        assert browser.get(f"/admin/panel/{place}").status_code == 200
    for asked in ("alic", "ATEL"):
        with scopes_disabled():
            assert {hit.label for hit in finder.find(asked)} & {"Alice · alice@example.org", "Atelier · atelier"}
    for asked in ("nobody", "' or 1=1", "\x00", "(a & b", "cus_none", "x" * 300, ":*", str(uuid.uuid4())):
        assert browser.get("/admin/panel/search", {"q": asked}).status_code == 200


def test_it_draws_a_failed_one_after_all_and_charges_once(
    root: User, credit: None, ask: Any, claim: Any, draw: Any, books: Callable[[], Any]
) -> None:
    generation = claim(ask(source="api", n=2))
    lease.finish(generation=generation, status=Generation.Status.FAILED, code="worker_lost", message="Lost.")
    assert books() == (1_000_000, 0)
    for _ in range(2):
        steer.again(generation=generation, reason="Once more", by=root)
    assert books() == (860_000, 140_000)
    generation.refresh_from_db()
    draw(generation)
    generation.refresh_from_db()
    assert (generation.status, generation.pictures.count(), books()) == ("succeeded", 2, (860_000, 0))
    # And once more: what failed a second time gives its money back a second time.
    other = claim(ask(source="api", n=1))
    for _ in range(2):
        lease.finish(generation=other, status=Generation.Status.FAILED)
        assert books() == (860_000, 0)
        steer.again(generation=other, reason="Once more", by=root)
        assert books() == (790_000, 70_000)
        other = claim(other)


def test_it_refuses_what_is_done_or_drawn(root: User, delivered: Generation, ask: Any, claim: Any) -> None:
    with pytest.raises(Refused, match="succeeded"):
        steer.again(generation=delivered, reason="x", by=root)
    with pytest.raises(Refused, match="A worker is drawing it"):
        steer.again(generation=claim(ask()), reason="x", by=root)
    with pytest.raises(Refused, match="over already"):
        steer.stop(generation=delivered, reason="x", by=root)


def test_it_finds_what_is_stuck(root: User, client_of: Browser, ask: Any, claim: Any) -> None:
    quick, slow, lost = ask(), ask(), claim(ask())
    now = timezone.now()
    Generation.objects.filter(pk=slow.pk).update(created_at=now - timedelta(hours=1))
    Generation.objects.filter(pk=lost.pk).update(lease_until=now - timedelta(minutes=2))
    assert {row.pk for row in stuck.rows()} == {slow.pk, lost.pk}
    page = client_of(root).get("/admin/panel/stuck").content.decode()
    stuck_part = page.partition("Newest")[0]
    assert str(slow.pk) in stuck_part and str(lost.pk) in stuck_part and str(quick.pk) not in stuck_part
    steer.again(generation=lost, reason="Its worker is gone", by=root)
    lost.refresh_from_db()
    assert lost.status == "queued"
    assert recover.requeue_expired() == 0


def test_it_tells_the_way_of_a_request(delivered: Generation, root: User, client_of: Browser) -> None:
    lanes = [moment.lane for moment in story.of(delivered)]
    assert {"queue", "worker", "storage", "ledger"} <= set(lanes)
    assert delivered.first_preview_at
    page = client_of(root).get(f"/admin/panel/generations/{delivered.pk}").content.decode()
    assert len(re.findall(r'<rect class="of-(\w+)"', page)) == len(lanes)


def test_private_pictures_are_not_shown_without_consent(
    root: User, client_of: Browser, delivered: Generation, alice: User
) -> None:
    url = f"/admin/panel/generations/{delivered.pk}"
    Generation.objects.filter(pk=delivered.pk).update(is_shared=False)
    page = client_of(root).get(url).content.decode()
    assert "<img" not in page and delivered.prompt not in page
    User.objects.filter(pk=alice.pk).update(support_until=timezone.now() + timedelta(days=1))
    page = client_of(root).get(url).content.decode()
    assert "<img" in page and delivered.prompt in page


def test_the_overview_adds_up(root: User, client_of: Browser, delivered: Generation, ask: Any) -> None:
    ask()
    assert figures.refresh() > 0
    figures.refresh()
    with scopes_disabled():
        rows = Figure.objects.filter(span="hour").values_list("name").annotate(total=Sum("value"))
        found: dict[str, int] = dict(rows)
    assert found["made:speed:succeeded"] == 1
    assert found["made:speed:queued"] == 1
    assert found["spent"] == 140_000
    assert found["finish:p50"] >= 0
    browser = client_of(root)
    for period in ("day", "week", "month", "x"):
        page = browser.get("/admin/panel/", {"period": period})
        assert page.status_code == 200
    for href in set(re.findall(r'href="(/admin/[^"]+)"', page.content.decode())):
        assert browser.get(href.replace("&amp;", "&")).status_code == 200, href
    lines = browser.get("/admin/panel/overview.csv?period=week").content.decode().splitlines()
    assert len(lines) == 8
    assert "sign_ups" in lines[0] and "mrr" in lines[0]


def test_money_is_only_for_those_who_see_it(client_of: Browser, studio: Any) -> None:
    figures.refresh()
    person = User.objects.create_user("sara@example.org", is_staff=True, staff_role="support")
    browser = client_of(person)
    assert not may(person, StaffAction.SEE_MONEY)
    assert "MRR" not in browser.get("/admin/panel/").content.decode()
    assert "mrr" not in browser.get("/admin/panel/overview.csv").content.decode()
    assert "To spend" not in browser.get(f"/admin/panel/workspaces/{studio.pk}").content.decode()
    assert ApiKey.objects.count() == 0
