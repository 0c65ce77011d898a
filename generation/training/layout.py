"""The plan of a scene: what the renderer knows, in the words that the model plans with."""

from generation.aurora.plan import Plan, PlannedGroup, PlannedWriting, PlanWords
from generation.world.sampling import SPANS, WIDE_SPANS
from generation.world.scene import Scene
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


def plan_of(scene: Scene) -> Plan:
    """Groups keep the scene's order, the farthest first."""
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
            for group in scene.groups
        ),
        writing=_writing(scene),
    )


def _writing(scene: Scene) -> PlannedWriting | None:
    wanted = scene.writing
    if wanted is None:
        return None
    return PlannedWriting(wanted.kind, wanted.board, wanted.top, wanted.left, wanted.lines)
