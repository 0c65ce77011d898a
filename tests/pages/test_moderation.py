"""Reports, decisions and objections on the pages, and the staff's side of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace
from accounts.services import deeds, users
from generation import tasks
from generation.models import Appeal, Generation, Picture, Report, Rule, Verdict
from generation.services.moderation import book, reports, rules

PANEL = "/admin/panel/moderation/"
REASON = "Weapons are not drawn here."


@pytest.fixture
def staff(password) -> Callable[..., User]:
    """`staff("support")` is somebody of the staff."""

    def hire(role: str = "moderator", name: str = "") -> User:
        made = users.create_user(email=f"{name or role}@example.org", password=password, display_name=name or role)
        made.is_staff, made.staff_role = True, role
        made.save()
        return made

    return hire


@pytest.fixture
def desk(staff, client_of) -> Client:
    """A moderator's browser."""
    browser: Client = client_of(staff("moderator", "mona"))
    return browser


@pytest.fixture
def rule(studio, alice) -> Rule:
    fields = {
        "name": "Weapons", "kind": "words", "pattern": "gun", "on_prompts": True, "on_pictures": False, "plans": [],
        "regions": [], "action": "block", "reason": REASON,
    }  # fmt: skip
    made = rules.write(rule=None, by=alice, **fields)
    Rule.objects.filter(pk=made.pk).update(state="on")
    book.changed()
    return made


@pytest.fixture
def picture(drawn) -> Picture:
    drawn()
    return Picture.objects.get()


def decide(desk: Client, verdict: Verdict, outcome: str, **fields: str) -> Any:
    return desk.post(f"{PANEL}cases/{verdict.pk}/decide", {"outcome": outcome, **fields})


def fresh(row: Any) -> Any:
    with scopes_disabled():
        return type(row).objects.get(pk=row.pk)


def told() -> list[str]:
    """Letters that have been written once all is sent."""
    tasks.send_due()
    return [str(letter.subject) for letter in mail.outbox]


class TestReports:
    def test_it_is_taken_once_and_looked_at(self, picture, client_of, bob) -> None:
        browser, url = client_of(bob), f"/w/atelier/pictures/{picture.pk}"
        assert f"{url}/report" in browser.get(url).content.decode()
        assert browser.get(f"{url}/report").status_code == 200
        for _ in range(2):
            sent = browser.post(f"{url}/report", {"reason": "violence", "words": "Blood"}, follow=True)
            assert "Moderators look at it" in sent.content.decode()
        report = Report.objects.get()
        assert (report.reporter, report.words, report.state) == (bob, "Blood", "open")
        verdict = Verdict.objects.get()
        assert (verdict, verdict.stage, verdict.state) == (report.verdict, "report", "open")

    def test_several_make_one_case(self, picture, alice, bob) -> None:
        for person in (alice, bob):
            reports.report(picture=picture, reporter=person, reason="hate")
        assert (Report.objects.count(), Verdict.objects.count()) == (2, 1)

    def test_a_wrong_one_is_said_beside_the_field(self, picture, client_of, bob) -> None:
        answer = client_of(bob).post(f"/w/atelier/pictures/{picture.pk}/report", {"reason": "x", "words": "y" * 501})
        assert answer.status_code == 422
        assert not Report.objects.exists()

    def test_nobody_floods_moderators(self, picture, drawn, bob, client_of, monkeypatch) -> None:
        monkeypatch.setattr(reports, "A_DAY", 1)
        reports.report(picture=picture, reporter=bob, reason="hate")
        other = drawn().pictures.get()
        answer = client_of(bob).post(f"/w/atelier/pictures/{other.pk}/report", {"reason": "hate"})
        assert (answer.status_code, "as many as are taken" in answer.content.decode()) == (422, True)

    def test_a_private_one_is_not_there_for_others(self, drawn, client_of, bob, charlie) -> None:
        hidden = drawn(share=False).pictures.get()
        for person in (bob, charlie):
            answer = client_of(person).post(f"/w/atelier/pictures/{hidden.pk}/report", {"reason": "hate"})
            assert answer.status_code == 404
        assert not Report.objects.exists()

    def test_the_maker_does_not_learn_of_it(self, picture, client_of, alice, bob) -> None:
        reports.report(picture=picture, reporter=bob, reason="hate")
        assert "Nothing of yours was blocked" in client_of(alice).get("/w/atelier/decisions").content.decode()


class TestBlocked:
    @pytest.fixture
    def blocked(self, rule, ask) -> Verdict:
        ask(prompt="a gun")
        return Verdict.objects.get()

    def test_the_composer_says_why_and_keeps_the_words(self, rule, studio, client_of, alice) -> None:
        for mode in ("speed", "quality"):
            body = {"prompt": "a gun", "mode": mode}
            answer = client_of(alice).post("/w/atelier/create", body)
            assert answer.status_code == 422
            assert re.search(f'id="id_prompt_error">{REASON} Nothing was drawn', answer.content.decode())
            sent = client_of(alice).post("/w/atelier/create", body, headers={"HX-Request": "true"})
            assert sent.json()["errors"]["prompt"].startswith(REASON)
        page = client_of(alice).get("/w/atelier/create").content.decode()
        assert f"{REASON} Nothing was charged." in page
        assert "Why, and object" in page

    def test_its_maker_objects_once_and_learns_the_answer(self, blocked, client_of, alice, bob, desk, ask) -> None:
        browser, url = client_of(alice), f"/w/atelier/decisions/{blocked.pk}"
        assert "a gun" in browser.get("/w/atelier/decisions").content.decode()
        assert browser.post(url, {"words": " "}).status_code == 422
        assert browser.post(url, {"words": "It is a water pistol"}).status_code == 302
        assert browser.post(url, {"words": "Again"}).status_code == 422
        assert Appeal.objects.get().words == "It is a water pistol"
        assert client_of(bob).get(url).status_code == 404
        queue = desk.get(PANEL).content.decode()
        assert "It is a water pistol" in queue
        assert decide(desk, blocked, "allow", words="Have fun").status_code == 302
        assert told() == ["Your objection was looked at"]
        assert "Have fun" in str(mail.outbox[0].body)
        said = browser.get(url).content.decode()
        assert "You were right." in said
        assert "Have fun" in said
        # The same words are allowed here from now on, and no others.
        assert [ask(prompt=prompt).status for prompt in ("a gun", "a gun, again")] == ["queued", "blocked"]

    def test_it_stays_where_the_objection_is_denied(self, blocked, client_of, alice, desk) -> None:
        url = f"/w/atelier/decisions/{blocked.pk}"
        client_of(alice).post(url, {"words": "Please"})
        decide(desk, blocked, "remove")
        assert "The decision stays." in client_of(alice).get(url).content.decode()
        assert (fresh(blocked).upheld, Appeal.objects.get().state) == (True, "denied")


class TestDecisions:
    @pytest.fixture
    def case(self, picture, bob) -> Verdict:
        reports.report(picture=picture, reporter=bob, reason="violence")
        return Verdict.objects.get()

    @pytest.mark.parametrize(
        ("outcome", "is_held", "is_gone", "letters"),
        [
            ("allow", False, False, []),
            ("blur", True, False, []),
            ("remove", True, True, ["A picture of yours was removed"]),
            ("warn", True, True, ["A warning about a picture of yours"]),
            ("lock", True, True, ["You cannot make pictures at the moment"]),
        ],
    )
    def test_each_is_done_audited_and_told(
        self, case, picture, desk, alice, studio, outcome: str, is_held: bool, is_gone: bool, letters: list[str]
    ) -> None:
        assert decide(desk, case, outcome).status_code == 302
        after = fresh(picture)
        assert (after.is_held, after.deleted_at is not None) == (is_held, is_gone)
        assert (fresh(alice).locked_from_making_at is not None) is (outcome == "lock")
        assert told() == letters
        assert told() == letters, "once"
        entry = AuditEntry.objects.filter(action__startswith="moderation.").get()
        assert entry.action in deeds.IN_WORKSPACES
        assert entry.actor is not None
        assert Report.objects.get().state == ("dismissed" if outcome == "allow" else "upheld")
        assert fresh(case).upheld is (outcome != "allow")

    def test_it_is_decided_once(self, case, desk, picture) -> None:
        decide(desk, case, "allow")
        answer = desk.post(f"{PANEL}cases/{case.pk}/decide", {"outcome": "remove"}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.json()["message"]) == (409, "This has been decided already.")
        assert not fresh(picture).is_held

    def test_nothing_else_can_be_decided(self, case, desk) -> None:
        answer = desk.post(f"{PANEL}cases/{case.pk}/decide", {"outcome": "burn"}, headers={"HX-Request": "true"})
        assert (answer.status_code, fresh(case).state) == (409, "open")

    def test_a_second_pair_of_eyes_is_another_ones(self, case, desk, staff, client_of) -> None:
        decide(desk, case, "second")
        assert str(case.pk) not in desk.get(PANEL).content.decode()
        assert decide(desk, case, "allow").status_code == 302
        assert fresh(case).state == "second"
        other = client_of(staff("moderator", "otto"))
        assert "second look, asked by mona" in other.get(PANEL).content.decode()
        decide(other, case, "blur")
        assert (fresh(case).state, fresh(case).outcome) == ("settled", "blur")

    def test_what_was_taken_comes_back_by_another_moderator(self, case, picture, desk, staff, client_of, alice) -> None:
        decide(desk, case, "lock")
        client_of(alice).post(f"/w/atelier/decisions/{case.pk}", {"words": "It is ketchup"})
        decide(desk, case, "allow")
        assert fresh(picture).is_held, "not by who has taken it"
        decide(client_of(staff("moderator", "otto")), case, "allow")
        after = fresh(picture)
        assert (after.is_held, after.deleted_at, fresh(alice).locked_from_making_at) == (False, None, None)

    def test_a_picture_is_blurred_until_it_is_asked_for(self, case, picture, desk) -> None:
        Generation.objects.update(is_shared=False)
        url = f"{PANEL}cases/{case.pk}/picture"
        blurred, clear = desk.get(url), desk.get(f"{url}?clear=1")
        assert blurred["Content-Type"] == clear["Content-Type"] == "image/webp"
        assert "no-store" in clear["Cache-Control"]
        assert AuditEntry.objects.filter(action="moderation.seen").count() == 1

    def test_a_missing_file_changes_nothing(self, case, picture, desk) -> None:
        Picture.objects.update(storage_key="ws/none.png")
        answer = desk.post(f"{PANEL}cases/{case.pk}/decide", {"outcome": "blur"}, headers={"HX-Request": "true"})
        assert (answer.status_code, fresh(case).state) == (409, "open")

    def test_a_case_tells_what_is_known(self, case, desk, rule, ask) -> None:
        ask(prompt="a gun")
        page = desk.get(f"{PANEL}cases/{case.pk}").content.decode()
        for words in ("violence", "alice@example.org", "bob@example.org", "Weapons"):
            assert words in page.lower() or words in page

    def test_the_queue_asks_the_same_number_of_queries_whatever_waits(
        self, drawn, bob, alice, desk, django_assert_max_num_queries
    ) -> None:
        for person in (alice, bob, alice, bob):
            reports.report(picture=drawn(by=person).pictures.get(), reporter=bob, reason="hate")
        with django_assert_max_num_queries(14):
            assert desk.get(PANEL).content.decode().count("data-case") == 4


class TestRules:
    FIELDS = {"name": "Weapons", "kind": "words", "pattern": "gun", "on_prompts": "on", "action": "block",
              "reason": REASON, "regions": "de, at", "plans": ["free"]}  # fmt: skip

    def test_one_goes_from_draft_to_dry_run_to_on(self, studio, ask, desk, client_of) -> None:
        ask(prompt="a gun on a table")
        made = desk.post(f"{PANEL}rules/new", self.FIELDS)
        rule = Rule.objects.get()
        assert (made["Location"], rule.state, rule.regions) == (f"{PANEL}rules/{rule.pk}", "draft", ["AT", "DE"])
        desk.post(f"{PANEL}rules/{rule.pk}/turn", {"to": "on"})
        assert fresh(rule).state == "draft"
        page = desk.post(f"{PANEL}rules/{rule.pk}/turn", {"to": "dry_run"}, follow=True).content.decode()
        assert "it finds <strong>1</strong> (100.00%)" in page
        assert "a gun on a table" in page
        desk.post(f"{PANEL}rules/{rule.pk}/turn", {"to": "on"})
        assert fresh(rule).state == "on"
        with scopes_disabled():
            assert AuditEntry.objects.filter(action="rule.turned").count() == 2

    @pytest.mark.parametrize("change", [
        {"kind": "expression", "pattern": "(a+)+"}, {"pattern": " "}, {"on_prompts": ""}, {"on_pictures": "on"},
        {"regions": "deu"}, {"plans": ["gold"]}, {"action": "burn"}, {"reason": ""},
        {"kind": "class", "pattern": "nudity 2"},
    ])  # fmt: skip
    def test_a_wrong_one_is_not_kept(self, studio, desk, change: dict[str, Any]) -> None:
        assert desk.post(f"{PANEL}rules/new", self.FIELDS | change).status_code == 422
        assert not Rule.objects.exists()

    def test_figures_say_how_right_it_is(self, rule, ask, desk) -> None:
        Rule.objects.update(action="flag")
        book.changed()
        for prompt, outcome in (("a gun", "allow"), ("two gun", "remove"), ("gun", ""), ("an apple", "")):
            asked = ask(prompt=prompt)
            if outcome:
                decide(desk, Verdict.objects.get(generation=asked), outcome)
        assert "50%" in desk.get(f"{PANEL}statistics?days=7").content.decode()
        lines = desk.get(f"{PANEL}statistics.csv?days=7").content.decode().splitlines()
        assert lines[1] == "Weapons,on,3,0,2,1,0,0,0.500"
        assert "50%" in desk.get(f"{PANEL}rules/").content.decode()

    def test_who_is_locked_is_unlocked_here(self, studio, alice, bob, desk) -> None:
        from accounts.services import making

        making.lock(person=alice, reason="Gore.", by=bob)
        assert "Gore." in desk.get(f"{PANEL}locked").content.decode()
        desk.post(f"{PANEL}locked/{alice.pk}/unlock")
        assert fresh(alice).locked_from_making_at is None


@pytest.mark.parametrize("role", ["support", "finance", "operator", "nobody"])
def test_other_roles_are_refused_by_address_too(
    role: str, workspace: Workspace, staff, client_of, alice, settings
) -> None:
    from generation.staff import moderation_urls

    browser = client_of(alice if role == "nobody" else staff(role))
    status = 302 if role == "nobody" else 403
    for pattern in moderation_urls.urlpatterns:
        url = f"/admin/panel/{pattern.pattern}".replace("<uuid:pk>", str(workspace.pk))
        for answer in (browser.get(url), browser.post(url)):
            assert answer.status_code == status, url
    with scope(workspace=workspace):
        assert not AuditEntry.objects.filter(action__startswith="moderation.").exists()
