"""The plan of a scene: what the renderer knows, in the words that the model plans with."""

from generation.aurora.plan import Plan, PlannedGroup, PlannedWriting, PlanWords
from generation.world.phrases import plural
from generation.world.sampling import SPANS, WIDE_SPANS
from generation.world.scene import Group, Scene
from generation.world.vocabulary import COLOURS, GROUNDS, SKIES, STYLES, Thing


def plan_words(things: tuple[Thing, ...]) -> PlanWords:
    """The words of a world with these things."""
    spans = sorted({*SPANS.values(), *WIDE_SPANS.values()})
    return PlanWords(
        styles=STYLES,
        skies=SKIES,
        grounds=GROUNDS,
        colours=tuple(COLOURS),
        boards=("sign", "label", "poster"),
        things=tuple(thing.name for thing in things),
        spans=tuple(spans),
    )


def plan_of(scene: Scene, told: str = "") -> Plan:
    """Groups come as a caption has `told` them, so that planning is reading on; where one hides another, as they are
    drawn, the farthest first."""
    backdrop, light = scene.backdrop, scene.light
    said = {
        f"from {light.side}": bool(light.side),
        "beams": light.beams,
        "mirror": light.mirror,
    }
    outdoor = backdrop.kind == "outdoor"
    return Plan(
        style=scene.style,
        backdrop=backdrop.kind,
        scenery=(backdrop.sky, backdrop.ground) if outdoor else backdrop.colours,
        horizon=backdrop.horizon,
        light=tuple(word for word, there in said.items() if there),
        groups=tuple(
            PlannedGroup(
                group.thing.name,
                group.colour or "",
                group.places[0].span,
                tuple((place.top, place.left) for place in group.places),
            )
            for group in _in_order(scene, told.casefold())
        ),
        writing=_writing(scene),
    )


def _in_order(scene: Scene, told: str) -> list[Group]:
    places = [place for _, place in scene.items]
    if any(one.overlaps(other) for number, one in enumerate(places) for other in places[:number]):
        return list(scene.groups)
    return sorted(scene.groups, key=lambda group: _mentioned(group, told))


def _mentioned(group: Group, told: str) -> int:
    """Where the caption names the group first; past its end if it does not."""
    names = [form for name in group.thing.names for form in (name, plural(name))]
    if group.colour:
        names = [f"{group.colour} {name}" for name in names]
    found = [at for name in names if (at := told.find(name)) >= 0]
    return min(found, default=len(told))


def _writing(scene: Scene) -> PlannedWriting | None:
    wanted = scene.writing
    if wanted is None:
        return None
    return PlannedWriting(wanted.kind, wanted.board, wanted.top, wanted.left, wanted.lines)
