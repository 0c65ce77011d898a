"""The API itself: which function answers which path, lists, `expand`, idempotency."""

import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.fakestripe import clock
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import DAY, Store, new_id, page, public
from tests.fakestripe.wire import Params, Refused, decode


@dataclass
class Call:
    """One request: what was sent, and the ids of its path."""

    store: Store
    params: Params
    ids: tuple[str, ...] = ()
    path: str = ""

    @property
    def id(self) -> str:
        return self.ids[0]


Handler = Callable[[Call], Obj]
Match = Callable[[Obj, str], bool]
Hides = Callable[[Params, Obj], bool]


@dataclass
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    known: frozenset[str] = field(default_factory=frozenset)


ROUTES: list[Route] = []
LAZY: dict[tuple[str, str], Callable[[Store, Obj], Any]] = {}
"""Fields that an object has only where `expand` asks for them: (kind, field) -> how it is found."""


def route(method: str, path: str, known: str = "") -> Callable[[Handler], Handler]:
    """`known`: the parameters that the fake understands; any other is refused, as a slip or as not built."""
    pattern = re.compile(re.sub(r"{\w+}", r"([^/]+)", path))

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, pattern, handler, frozenset(known.split())))
        return handler

    return register


def retrieved(path: str, kind: str) -> None:
    """`GET path/{id}`."""
    route("GET", f"{path}/{{id}}")(lambda call: call.store.get(kind, call.id))


def listed(path: str, kind: str, by: str = "", unless: Hides | None = None, **matches: Match) -> None:
    """`GET path`, newest first, filtered by equal fields, by `created`, and by what `matches` names.

    `unless`: what is not shown to who does not ask for it.
    """

    @route("GET", path, f"limit starting_after ending_before created {by} {' '.join(matches)}")
    def answer(call: Call) -> Obj:
        there = [one for one in call.store.all(kind) if not (unless and unless(call.params, one))]
        return cut(call, [one for one in there[::-1] if _wanted(call.params, one, by, matches)])


def _wanted(params: Params, one: Obj, by: str, matches: dict[str, Match]) -> bool:
    for name in by.split():
        if name in params and str(one[name]).lower() != str(params.text(name)).lower():
            return False
    for name, match in matches.items():
        asked = params.values.get(name)
        values = list(asked.values()) if isinstance(asked, dict) else [asked]
        if asked and not any(match(one, str(value)) for value in values):
            return False
    return _created(params, one)


def _created(params: Params, one: Obj) -> bool:
    at = one.get("created") or one.get("date")
    if not isinstance(params.values.get("created"), dict):
        return params.text("created") in {None, str(at)}
    span = params.sub("created")
    least = {"gte": lambda a, b: a >= b, "gt": lambda a, b: a > b, "lte": lambda a, b: a <= b, "lt": lambda a, b: a < b}
    span.only(least)
    return all(least[name](at, span.number(name)) for name in span.values)


def cut(call: Call, found: list[Obj]) -> Obj:
    """The page that was asked for."""
    limit = call.params.number("limit", 10, low=1, high=100) or 10
    ids = [one["id"] for one in found]
    if after := call.params.text("starting_after"):
        found = found[_place(ids, after, "starting_after") + 1 :]
    if before := call.params.text("ending_before"):
        found = found[: _place(ids, before, "ending_before")]
        return page(found[-limit:], call.path, has_more=len(found) > limit)
    return page(found[:limit], call.path, has_more=len(found) > limit)


def _place(ids: list[str], id: str, param: str) -> int:
    if id not in ids:
        raise Refused(f"No such object: '{id}'", code="resource_missing", param=param)
    return ids.index(id)


# --- expand -----------------------------------------------------------------------------------------------------------


def expanded(store: Store, answer: Obj, paths: list[str]) -> Obj:
    """A copy of the answer with the objects in place of their ids."""
    answer = copy.deepcopy(answer)
    for path in paths:
        names = path.split(".")
        if len(names) > 4:
            raise Refused("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(store, answer, names, path)
    return answer


def _expand(store: Store, value: Any, names: list[str], path: str) -> None:
    if isinstance(value, list):
        for one in value:
            _expand(store, one, names, path)
        return
    if not names or value is None:
        return
    name, *rest = names
    lazy = LAZY.get((value.get("object", ""), name))
    if lazy and not isinstance(value.get(name), dict):
        value[name] = copy.deepcopy(lazy(store, value))
    elif name not in value:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    inner = value[name]
    if isinstance(inner, str):
        found = store.find(inner)
        if not found:
            raise Refused(f"This property cannot be expanded ({path}).", param="expand")
        value[name] = inner = copy.deepcopy(found)
    _expand(store, inner, rest, path)


# --- one request ------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    body: Obj
    headers: dict[str, str]


def answer(store: Store, method: str, path: str, query: str, body: str, headers: dict[str, str]) -> Answer:
    """Never raises: what is wrong is said in Stripe's envelope."""
    key = headers.get("idempotency-key") if method == "POST" else None
    store.request = {"id": new_id("req"), "idempotency_key": key}
    more = {"Request-Id": store.request["id"], "Stripe-Version": stripe.api_version}
    more |= {"Idempotency-Key": key} if key else {}
    try:
        _refuse_other_versions(headers)
        status, found, replayed = _once(store, method, path, query, body, key)
    except Refused as problem:
        return Answer(problem.status, {"error": _said(store, problem)}, more)
    finally:
        store.request = {"id": None, "idempotency_key": None}
    return Answer(status, found, more | ({"Idempotent-Replayed": "true"} if replayed else {}))


def _said(store: Store, problem: Refused) -> Obj:
    body: Obj = public(problem.body)
    return body | {"request_log_url": f"{store.url}/_fake/requests/{store.request['id']}"}


def _refuse_other_versions(headers: dict[str, str]) -> None:
    version = headers.get("stripe-version", stripe.api_version)
    if version != stripe.api_version:
        raise Refused(f"The fake speaks {stripe.api_version} alone, not {version}.")


def _once(store: Store, method: str, path: str, query: str, body: str, key: str | None) -> tuple[int, Obj, bool]:
    """Answer, or give again what the key was answered. What is refused for a slip is not kept, as at Stripe."""
    print_of = hashlib.sha256(f"{method} {path} {body}".encode()).hexdigest()
    kept = store.answers.get(key or "")
    if kept and kept["at"] > store.now() - DAY:
        if kept["print"] != print_of:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return kept["status"], kept["body"], True
    status, found = _handled(store, method, path, body or query)
    if key:
        store.answers[key] = {"at": store.now(), "print": print_of, "status": status, "body": found}
        for old in [name for name, one in store.answers.items() if one["at"] <= store.now() - DAY]:
            del store.answers[old]
    return status, found, False


def _handled(store: Store, method: str, path: str, body: str) -> tuple[int, Obj]:
    for one in ROUTES:
        match = one.pattern.fullmatch(path)
        if match and one.method == method:
            params = decode(body)
            params.only(one.known)
            clock.catch_up(store)
            try:
                found = one.handler(Call(store, params, match.groups(), path))
            except Refused as problem:
                if problem.status != 402:
                    raise
                return 402, {"error": _said(store, problem)}
            return 200, public(expanded(store, found, params.words("expand")))
    raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)
