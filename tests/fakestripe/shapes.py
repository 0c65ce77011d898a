"""What the installed SDK declares about each object: its fields, which may be null, and of what type they are."""

import inspect
import typing
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, ForwardRef, Literal, get_args, get_origin

import stripe
from stripe import ListObject, StripeObject

Obj = dict[str, Any]
# Present only where something was deleted, or where the caller asked for it by `expand`.
NOT_ALWAYS = {"deleted", "line_items", "payments", "subscriptions", "sources", "tax_ids", "refunds", "tax", "tiers"}
NONE = type(None)
# How the SDK's files call classes whose own name is taken there.
OTHER_NAMES = {"CardResource": "Card", "DiscountResource": "Discount"}


@cache
def fields(cls: type) -> dict[str, Any]:
    """Name -> annotation of all that a class of the SDK declares."""
    declared: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        declared |= inspect.get_annotations(base) if issubclass(base, StripeObject) else {}
    return {
        name: kind for name, kind in declared.items()
        if name[0] != "_" and name.islower() and get_origin(kind) is not typing.ClassVar
    }  # fmt: skip


def words(cls: type, name: str) -> tuple[str, ...]:
    """What a field may say, where the SDK lists it."""
    lists = [kind for kind in get_args(fields(cls)[name]) if get_origin(kind) is Literal]
    return tuple(word for kind in lists for word in get_args(kind))


def may_be_null(annotation: Any) -> bool:
    return get_origin(annotation) is typing.Union and NONE in get_args(annotation)


def shape(cls: type, **values: Any) -> Obj:
    """An object of the SDK's class as the API sends it: what is not given and may be null is null.

    Raises TypeError for a field that the SDK does not know; names that begin with "_" are the fake's own notes.
    """
    declared = fields(cls)
    if unknown := {name for name in values if name[0] != "_"} - declared.keys():
        raise TypeError(f"{cls.__qualname__} has no {', '.join(sorted(unknown))}.")
    nulls = {name: None for name, kind in declared.items() if may_be_null(kind) and name not in NOT_ALWAYS}
    return nulls | values


@cache
def _by_name() -> dict[str, type]:
    found: dict[str, type] = {}
    waiting: list[type] = [StripeObject]
    while waiting:
        subclasses: list[type] = waiting.pop().__subclasses__()
        for cls in subclasses:
            if "." not in cls.__qualname__:
                found.setdefault(cls.__name__, cls)
            waiting.append(cls)
    return found


def _resolve(annotation: Any) -> Any:
    if isinstance(annotation, str):
        annotation = ForwardRef(annotation)
    if isinstance(annotation, ForwardRef):
        name = annotation.__forward_arg__.strip("'\"").rpartition(".")[2]
        return _by_name().get(OTHER_NAMES.get(name, name), Any)
    return annotation


def problems(value: Any, annotation: Any, where: str = "") -> list[str]:
    """What about an answer is not as the SDK declares it; empty where all is."""
    annotation = _resolve(annotation)
    origin = get_origin(annotation)
    if origin is typing.Union:
        return _of_any(value, get_args(annotation), where)
    if origin is Literal:
        return [] if value in get_args(annotation) else [f"{where}: {value!r} is none of {get_args(annotation)[:6]}…"]
    if origin is list:
        return _of_items(value, annotation, where)
    if origin is ListObject or annotation is ListObject:
        return _of_page(value, get_args(annotation), where)
    if isinstance(origin or annotation, type):
        return _of_class(value, origin or annotation, where)
    return []


def _of_any(value: Any, kinds: tuple[Any, ...], where: str) -> list[str]:
    # `Union[Literal[...], str]` is how the SDK leaves room for words to come. Of today's the fake sends no others.
    if any(get_origin(kind) is Literal for kind in kinds):
        kinds = tuple(kind for kind in kinds if kind is not str)
    attempts = [problems(value, kind, where) for kind in kinds]
    return min(attempts, key=lambda found: (len(found), -max(map(len, found), default=0)))


def _of_items(value: Any, annotation: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where}: {value!r} is no list"]
    kind = get_args(annotation)[0]
    return [line for place, item in enumerate(value) for line in problems(item, kind, f"{where}[{place}]")]


def _of_page(value: Any, kinds: tuple[Any, ...], where: str) -> list[str]:
    if not isinstance(value, dict) or value.keys() != {"object", "data", "has_more", "url"}:
        return [f"{where}: no page of a list"]
    kind = kinds[0] if kinds else Any
    return [line for place, item in enumerate(value["data"]) for line in problems(item, kind, f"{where}[{place}]")]


def _of_class(value: Any, cls: type, where: str) -> list[str]:
    if cls is Decimal:
        return [] if isinstance(value, str) else [f"{where}: {value!r} is no decimal in a string"]
    if cls is float:
        return [] if isinstance(value, int | float) else [f"{where}: {value!r} is no number"]
    if not issubclass(cls, StripeObject):
        return [] if type(value) is cls else [f"{where}: {value!r} is no {cls.__name__}"]
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no {cls.__qualname__}"]
    return list(_of_fields(value, cls, where)) if fields(cls) else []  # type: ignore[arg-type]


def _of_fields(value: Obj, cls: type, where: str) -> Iterator[str]:
    if value.get("deleted") is True:
        return
    declared = fields(cls)
    for name in value.keys() - declared.keys() - {"object"}:
        yield f"{where}.{name}: not known to {cls.__qualname__}"
    for name, kind in declared.items():
        if name in value:
            yield from problems(value[name], kind, f"{where}.{name}")
        elif not may_be_null(kind):
            yield f"{where}.{name}: missing in {cls.__qualname__}"


def problems_of(answer: Obj) -> list[str]:
    """The same for a whole answer, by the "object" that it says it is."""
    if answer.get("object") == "list":
        return [line for item in answer["data"] for line in problems_of(item)]
    name = str(answer.get("object"))
    cls = next((cls for cls in _top() if getattr(cls, "OBJECT_NAME", "") == name), None)
    return problems(answer, cls, name) if cls else [f"{name}: the SDK knows no such object"]


@cache
def _top() -> tuple[type, ...]:
    from stripe import _object_classes

    _object_classes.get_object_class("V1", "customer")
    stripe.checkout.Session, stripe.billing_portal.Session, stripe.billing_portal.Configuration  # noqa: B018
    waiting, found = [StripeObject], []
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        found += [cls for cls in subclasses if "OBJECT_NAME" in vars(cls)]
        waiting += subclasses
    return tuple(found)
