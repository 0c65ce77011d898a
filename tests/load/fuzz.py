"""Sends what the served schema says can be sent, and what it says cannot, as several people, and checks each answer."""

import base64
import contextlib
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


def _png() -> bytes:
    """With a transparent part, so that it is also a mask."""
    target = io.BytesIO()
    image = Image.new("RGBA", (64, 64), (200, 40, 40, 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 32))
    image.save(target, "PNG")
    return target.getvalue()


PNG = _png()


@dataclass
class Person:
    """`key` is None for somebody without one. `hidden` is what must be in no answer that they get."""

    name: str
    key: str | None
    hidden: tuple[str, ...] = ()


@dataclass
class Report:
    """How often each status was answered, by person, and all that was wrong."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return sum(sum(counter.values()) for counter in self.statuses.values())

    def __str__(self) -> str:
        lines = [f"{name}: {dict(sorted(counter.items()))}" for name, counter in self.statuses.items()]
        return "\n".join([f"{self.cases} requests", *lines, *self.wrong])


def run(*, url: str, people: list[Person], each: int, things: Iterable[str] = (), start: int = 0) -> Report:
    """`each` cases of every route, half of them wrong, each sent by every person. The same `start`, the same cases.

    `things` are ids of the first person's, which take the place of whatever a path names: a stranger finds none.
    """
    found = httpx.get(f"{url}/v1/openapi.json").json()
    found["servers"] = [{"url": url}]
    config = schemathesis.Config()
    config.projects.default.generation.with_security_parameters = False
    schema = schemathesis.openapi.from_dict(found, config=config)
    report = Report({person.name: Counter() for person in people})
    operations: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    with requests.Session() as session:
        for number, (operation, mode) in enumerate(itertools.product(operations, MODES)):
            for case in _cases(operation, mode, each // 2, start + number):
                for person in people:
                    _try(case, person, session, url, report)
        for operation, thing in itertools.product(operations, things):
            if operation.path_parameters:
                for person in people:
                    case = operation.Case(path_parameters=dict.fromkeys(_names(operation), thing))
                    _try(case, person, session, url, report, may_find=not person.hidden)
    return report


def _names(operation: Any) -> list[str]:
    return [parameter.name for parameter in operation.path_parameters]


def _cases(operation: Any, mode: Any, number: int, start: int) -> Iterator[Any]:
    made: list[Any] = []

    @seed(start)
    @hypothesis_settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def gather(case: Any) -> None:
        made.append(case)

    # Nothing can be wrong with a route that takes nothing.
    with contextlib.suppress(Unsatisfiable):
        gather()
    for case in made[::2] if mode.is_positive else ():
        _let_it_fit(case)
    return iter(made)


def _let_it_fit(case: Any) -> None:
    """Have a right body drawn: with a real picture, and without fields that exclude each other, as no schema says."""
    if not isinstance(body := case.body, dict):
        return
    for name in ("mode", "size", "quality", "aspect_ratio", "resolution", "output_compression"):
        body.pop(name, None)
    body["prompt"], body["n"] = "a red apple", 1
    for name in {"image", "mask"} & set(body):
        is_form = case.media_type != "application/json"
        body[name] = PNG if is_form else {"url": "data:image/png;base64," + base64.b64encode(PNG).decode()}


def _try(
    case: Any, person: Person, session: requests.Session, url: str, report: Report, *, may_find: bool = True
) -> None:
    headers = {"Authorization": f"Bearer {person.key}"} if person.key else {}
    answer = case.call(base_url=url, session=session, headers=headers, timeout=30)
    report.statuses[person.name][answer.status_code] += 1
    told = f"{person.name} {case.method} {case.formatted_path} {str(case.body)[:300]} -> {answer.status_code}"
    try:
        case.validate_response(answer, checks=CHECKS)
    except (Exception, BaseExceptionGroup) as failure:
        causes = getattr(failure, "exceptions", [failure])
        report.wrong.append(f"{told}: {' / '.join(str(cause)[:400] for cause in causes)}")
    # An error names the address that was asked for.
    said = answer.text
    for named in (case.path_parameters or {}).values():
        said = said.replace(str(named), "")
    if leaked := [secret for secret in person.hidden if secret in said]:
        report.wrong.append(f"{told}: tells {leaked}")
    if not may_find and answer.status_code not in (401, 404):
        report.wrong.append(f"{told}: found what is another's")
    if person.key is None and answer.status_code == httpx.codes.OK and not case.path.endswith("/openapi.json"):
        report.wrong.append(f"{told}: answered without a key")
