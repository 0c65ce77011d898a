"""Which model serves: the one that `AURORA_MODEL` names."""

from pathlib import Path

from django.conf import settings

from generation.serving.engine import Engine, WeightsError
from generation.serving.janus import Janus
from generation.serving.model import ImageModel, ModelError


def load_model(setting: str) -> ImageModel:
    """The model of "aurora" or of "janus:FOLDER". Raises ModelError."""
    kind, _, folder = setting.partition(":")
    if setting == "aurora":
        return _ours()
    if kind == "janus" and folder:
        return Janus.load(Path(folder).expanduser())
    raise ModelError(
        f"AURORA_MODEL={setting!r} names no model; write aurora, or janus: and the folder of a checkpoint."
    )


def _ours() -> Engine:
    try:
        return Engine.load(settings.AURORA_WEIGHTS, built=settings.AURORA_FUSED)
    except WeightsError as error:
        raise ModelError(str(error)) from error
