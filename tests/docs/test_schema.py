"""The served description is whole: every route, every field that is read, every code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import validate

from generation import catalog, codes
from generation.api import parsing, shape, urls
from tests.live import ROOT

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> Any:
    from generation.api.openapi import served

    return served()


def operations(schema: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in schema["paths"].items():
        yield from ((path, method, told) for method, told in methods.items())


def test_it_is_valid_openapi(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1")
    validate(schema)


def test_it_describes_every_route(schema: Any) -> None:
    """One that is not decorated with `schema.operation` fails here."""
    routes = {
        ("/v1/" + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", str(route.pattern)).replace("{pk}", "{id}"), method)
        for route in urls.urlpatterns[:-1]
        for method in METHODS
        if hasattr(vars(route.callback)["view_class"], method)
    }
    assert {(path, method) for path, method, _ in operations(schema)} == routes
    for _, _, told in operations(schema):
        assert told["operationId"] and told["summary"] and set(told["responses"]) >= {"400", "401", "403", "429", "500"}
    names = [told["operationId"] for _, _, told in operations(schema)]
    assert len(names) == len(set(names))


def test_it_describes_every_field(schema: Any) -> None:
    parts = schema["components"]["schemas"]
    taken: dict[str, set[str]] = {"GenerateRequest": set()}
    taken["EditFormRequest"] = taken["EditRequest"] = {"image", "mask"} | parsing.IGNORED_OF_CHANGES
    taken["VariationFormRequest"] = taken["VariationRequest"] = {"image", "strength"} | parsing.IGNORED_OF_CHANGES
    for name, own in taken.items():
        assert set(parts[name]["properties"]) == parsing.KNOWN | own, name
    sizes = {str(size) for mode in catalog.MODES.values() for size in mode.sizes}
    assert set(parts["EditFormRequest"]["properties"]["size"]["enum"]) == {shape.AUTO} | sizes


def test_it_tells_every_code() -> None:
    """What is raised under /v1 is found by its look in the source."""
    folders = [ROOT / "generation" / name for name in ("api", "services", "serving")]
    source = "\n".join(file.read_text() for folder in folders for file in folder.glob("*.py"))
    raised = set(re.findall(r'code="([a-z_]+)"', source)) | set(re.findall(r'\d: "([a-z_]+)"', source))
    raised |= set(re.findall(r'exceptions\.\w+, "([a-z_]+)"', source))
    assert sorted(raised - {problem.code for problem in codes.PROBLEMS}) == []


@pytest.mark.django_db
def test_it_is_served_to_everybody(schema: Any) -> None:
    answer = Client().get("/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == schema
    assert Client().post("/v1/openapi.json").json()["error"]["code"] == "method_not_allowed"
