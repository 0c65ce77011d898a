"""Reads the requests of a batch: each line as a request of its own, and all that is wrong said by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User, Workspace
from generation import catalog
from generation.api import errors, parsing
from generation.services import admit, limits
from generation.services.batches import MOST_LINES, Line
from generation.services.order import INVALID, MISSING, Errors, Invalid
from generation.services.request import LimitReached, PlanRequired

TOLD = 20
"""Wrong lines that are told of."""

MAX_ID = 64
METHOD, ENDPOINT = "POST", "/v1/images/generations"
KNOWN = {"custom_id", "body", "method", "url"}
Numbered = Iterator[tuple[int, Any]]


def numbered(text: str) -> Numbered:
    """The lines of a JSONL file by their numbers; what is no JSON comes as the ValueError that it is."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, ValueError("This is no JSON.")


@dataclass
class _Reader:
    """Who asks, and what was found out so far."""

    workspace: Workspace
    person: User
    wrong: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    bad: int = 0
    seen: set[str] = field(default_factory=set)
    allowed: dict[tuple[str, str], Errors] = field(default_factory=dict)

    def read(self, number: int, given: Any) -> Line | None:
        """The line, unless something is wrong with it."""
        self.count += 1
        try:
            return self._line(given)
        except Invalid as error:
            self.bad += 1
            if len(self.wrong) < TOLD:
                param, (code, _) = next(iter(error.errors.items()))
                told = {"line": number, "param": param or None, "code": code, "message": str(error)}
                self.wrong.append(told)
        return None

    def _line(self, given: Any) -> Line:
        custom_id, body = _envelope(given)
        if custom_id in self.seen:
            raise Invalid({"custom_id": (INVALID, "Another line has this custom_id.")})
        self.seen.add(custom_id)
        asked = parsing.read(body)
        if asked.stream or asked.partial_images:
            raise Invalid({"body.stream": (INVALID, "A batch does not stream.")})
        if asked.response_format != "url":
            raise Invalid({"body.response_format": (INVALID, "The results of a batch name pictures by url alone.")})
        if wrong := self._refusal(asked.order.mode, asked.order.size):
            raise Invalid(wrong)
        return Line(custom_id, asked.order, str(asked.output_format), asked.user)

    def _refusal(self, mode: catalog.Mode, size: catalog.Size) -> Errors:
        """Why nothing of this mode and size may be asked for; looked up once for all lines that are like it."""
        key = (mode.name, str(size))
        if key not in self.allowed:
            self.allowed[key] = self._look_up(mode, size)
        return self.allowed[key]

    def _look_up(self, mode: catalog.Mode, size: catalog.Size) -> Errors:
        try:
            admit.to_mode(workspace=self.workspace, mode=mode)
            limits.to_mode(member=limits.member(self.workspace, self.person), mode=mode)
            admit.to_model(mode=mode, size=size)
        except PlanRequired as error:
            return {"body.mode": ("plan_required", str(error))}
        except LimitReached as error:
            return {"body.mode": ("member_limit", str(error))}
        except Invalid as error:
            return {f"body.{name}": told for name, told in error.errors.items()}
        return {}


def read(requests: Numbered, *, workspace: Workspace, person: User, param: str) -> list[Line]:
    """All lines. Raises ApiError where any is wrong, there is none, or there are too many."""
    reader, lines = _Reader(workspace, person), []
    for number, given in requests:
        if reader.count == MOST_LINES:
            raise refusal(f"A batch has at most {MOST_LINES:,} lines.", param)
        if line := reader.read(number, given):
            lines.append(line)
    if not reader.count:
        raise refusal("The batch has no lines.", param)
    if reader.bad:
        raise _wrong(reader, param)
    return lines


def refusal(message: str, param: str) -> errors.ApiError:
    return errors.ApiError(400, message, kind=errors.BAD_REQUEST, code="invalid_batch", param=param)


def _wrong(reader: _Reader, param: str) -> errors.ApiError:
    first, more = reader.wrong[0], reader.bad - len(reader.wrong)
    told = f" The first {len(reader.wrong)} of these are told." if more else ""
    few = "1 line is" if reader.bad == 1 else f"{reader.bad:,} lines are"
    message = f"{few} wrong of {reader.count:,}, and nothing was begun. Line {first['line']}: {first['message']}{told}"
    error = refusal(message, param)
    error.body["error"]["lines"] = reader.wrong
    return error


def _envelope(given: Any) -> tuple[str, dict[str, Any]]:
    """`custom_id` and `body` of a line, which may also say what other services want to hear. Raises Invalid."""
    if isinstance(given, ValueError):
        raise Invalid({"": ("invalid_json", str(given))})
    if not isinstance(given, dict):
        raise Invalid({"": (INVALID, "The line must be a JSON object.")})
    wrong: Errors = {
        str(name): ("unknown_parameter", f"Unknown parameter: {name!r}.") for name in given if name not in KNOWN
    }
    custom_id = given.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id.strip():
        wrong["custom_id"] = (MISSING, "Name the line by a custom_id, which its result is found by.")
    elif len(custom_id) > MAX_ID or not custom_id.isprintable():
        wrong["custom_id"] = (INVALID, f"custom_id may have at most {MAX_ID} printable characters.")
    for name, only in (("method", METHOD), ("url", ENDPOINT)):
        if given.get(name, only) != only:
            wrong[name] = (INVALID, f"{name} can be {only} alone.")
    if not isinstance(given.get("body"), dict):
        wrong["body"] = (MISSING, "body must be an object with what to draw.")
    if wrong:
        raise Invalid(wrong)
    return str(custom_id), given["body"]
