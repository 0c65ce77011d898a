"""How Stripe's API speaks: nested forms come in, and what is wrong is said in Stripe's envelope."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

Obj = dict[str, Any]


class Refused(Exception):
    """An answer in Stripe's error envelope."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Obj = {"type": kind, "message": message} | {k: v for k, v in more.items() if v is not None}


def missing(kind: str, id: str, param: str = "id") -> Refused:
    named = kind.replace(".", " ").replace("_", " ")
    return Refused(f"No such {named}: '{id}'", status=404, code="resource_missing", param=param)


def decode(body: str) -> "Params":
    """`a[b][0][c]=d`, as the SDK encodes dictionaries and lists."""
    tree: Obj = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        *path, last = name.replace("]", "").split("[")
        place = tree
        for part in path:
            place = place.setdefault(part or str(len(place)), {})
            if not isinstance(place, dict):
                raise Refused(f"Invalid object: {name}", param=name)
        place[last or str(len(place))] = value
    return Params(tree)


class Params:
    """What a caller sent. Each reader refuses what is not of its kind, and names it."""

    def __init__(self, values: Obj | None = None, path: str = "") -> None:
        self.values = values or {}
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def named(self, name: str) -> str:
        return f"{self.path}[{name}]" if self.path else name

    def only(self, known: Iterable[str]) -> None:
        for name in self.values.keys() - set(known) - {"expand"}:
            raise Refused(
                f"Received unknown parameter: {self.named(name)}", code="parameter_unknown", param=self.named(name)
            )

    def text(self, name: str) -> str | None:
        """None where it is absent or empty, which is how the API unsets a field."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise Refused(f"Invalid string: {self.named(name)}", param=self.named(name))
        return value or None

    def need(self, name: str) -> str:
        if value := self.text(name):
            return value
        raise Refused(f"Missing required param: {self.named(name)}.", code="parameter_missing", param=self.named(name))

    def one_of(self, name: str, words: Iterable[str], default: str | None = None) -> str:
        value = self.text(name) or default or self.need(name)
        if value not in (allowed := list(words)):
            raise Refused(f"Invalid {self.named(name)}: must be one of {', '.join(allowed)}", param=self.named(name))
        return value

    def number(self, name: str, default: int | None = None, *, low: int = 0, high: int = 10**11) -> int | None:
        value = self.text(name)
        if value is None:
            return default
        if not value.lstrip("-").isdecimal():
            raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=self.named(name))
        if not low <= int(value) <= high:
            raise Refused(f"Invalid integer: {value} is not between {low} and {high}", param=self.named(name))
        return int(value)

    def amount(self, name: str, *, high: int = 99_999_999) -> int:
        self.need(name)
        return self.number(name, low=1, high=high) or 0

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise Refused(f"Invalid boolean: {value}", param=self.named(name))
        return default if value is None else value == "true"

    def sub(self, name: str) -> "Params":
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise Refused(f"Invalid object: {self.named(name)}", param=self.named(name))
        return Params(value, self.named(name))

    def many(self, name: str) -> list["Params"]:
        inside = self.sub(name)
        return [inside.sub(key) for key in inside.places()]

    def words(self, name: str) -> list[str]:
        inside = self.sub(name)
        return [inside.need(key) for key in inside.places()]

    def places(self) -> list[str]:
        """The keys of a list, in its order."""
        if not all(key.isascii() and key.isdecimal() for key in self.values):
            raise Refused(f"Invalid array: {self.path}", param=self.path)
        return sorted(self.values, key=int)

    def metadata(self, old: Obj | None = None) -> dict[str, str]:
        """The old one with what was sent; an empty value takes a key away, an empty `metadata` all."""
        if self.values.get("metadata") == "":
            return {}
        sent = self.sub("metadata").values
        return {name: str(value) for name, value in ((old or {}) | sent).items() if value != ""}

    def given(self, *names: str) -> Obj:
        """Those of the names that were sent at all; an empty one unsets."""
        return {name: self.text(name) for name in names if name in self}

    def address(self) -> Obj:
        """The address, where one was sent."""
        if "address" not in self:
            return {}
        names = ("city", "country", "line1", "line2", "postal_code", "state")
        sent = self.sub("address")
        return {"address": {name: sent.text(name) for name in names} if sent.values else None}
