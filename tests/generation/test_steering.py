"""How clients of the API lead their pictures: `negative_prompt`, `guidance`, `variety`."""

import pytest

from generation import catalog
from generation.api import changes, parsing
from generation.services.batch_feeder import _order
from generation.services.batches import Line
from generation.services.order import Invalid

BODY = {"prompt": "a red apple"}
LED = BODY | {"negative_prompt": " snow ", "guidance": 4, "variety": 0.5}


def test_it_leads_pictures_as_the_body_says() -> None:
    assert parsing.read(BODY).order.steering == catalog.AS_MODE
    assert parsing.read(LED).order.steering == catalog.Steering("snow", 4.0, 0.5)
    assert parsing.read(LED | {"guidance": None, "variety": None}).order.steering == catalog.Steering("snow")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"negative_prompt": "x" * 501}, "The negative prompt has 501 characters"),
        ({"negative_prompt": 7}, "negative_prompt must be a text"),
        ({"guidance": 9}, "from 1 to 8"),
        ({"guidance": "4"}, "guidance must be a number"),
        ({"variety": -0.1}, "from 0 to 1.5"),
        ({"variety": True}, "variety must be a number"),
        ({"variety": float("nan")}, "from 0 to 1.5"),
    ],
)
def test_it_names_the_field_as_the_client_does(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parsing.read(BODY | wrong)
    ((field, (code, message)),) = refusal.value.errors.items()
    assert (field, code) == (*wrong, "invalid_value")
    assert told in message


def test_it_reads_numbers_of_forms() -> None:
    assert changes._typed("guidance", "2.5") == 2.5
    assert changes._typed("variety", "much") == "much"


def test_a_line_of_a_batch_keeps_it() -> None:
    wish = Line("one", parsing.read(LED).order, "png").wish
    assert _order(wish).steering == catalog.Steering("snow", 4.0, 0.5)
    earlier = {name: value for name, value in wish.items() if name not in ("negative", "guidance", "variety")}
    assert _order(earlier).steering == catalog.AS_MODE
