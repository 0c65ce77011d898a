"""What /v1 answers about pictures."""

import base64
from collections.abc import Sequence
from typing import Any

from billing.amounts import dollars
from billing.ledger import Purse
from generation import storage
from generation.api.shape import QUALITY_OF_MODE
from generation.models import Generation, Picture
from generation.storage import Format


def reply(
    generation: Generation, pictures: Sequence[Picture], *, response_format: str, output_format: Format
) -> dict[str, Any]:
    """The answer to a request that does not stream."""
    return {
        "created": int(generation.created_at.timestamp()),
        "data": [_item(picture, response_format, output_format) for picture in pictures],
        **described(generation, output_format),
        "usage": usage(generation, pictures),
    }


def _item(picture: Picture, response_format: str, output_format: Format) -> dict[str, Any]:
    about = {"seed": picture.seed, "size": str(picture.size)}
    if response_format == "b64_json":
        return {"b64_json": b64(picture, output_format), **about}
    return {"url": storage.picture_url(picture, absolute=True, output_format=output_format), **about}


def b64(picture: Picture, output_format: Format) -> str:
    return base64.b64encode(storage.encode(storage.read_png(picture), output_format)).decode()


def described(generation: Generation, output_format: Format) -> dict[str, Any]:
    """What all pictures of the generation have in common, in the clients' words."""
    return {
        "size": str(generation.size),
        "quality": QUALITY_OF_MODE[generation.mode],
        "background": "opaque",
        "output_format": output_format.name,
    }


def usage(generation: Generation, pictures: Sequence[Picture]) -> dict[str, Any]:
    """In: the prompt's bytes, as the model reads text at best byte by byte. Out: image tokens that were sampled."""
    text, drawn = len(generation.prompt.encode()), sum(picture.positions for picture in pictures)
    return {
        "input_tokens": text,
        "output_tokens": drawn,
        "total_tokens": text + drawn,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
    }


def credit_left(purse: Purse) -> dict[str, Any]:
    """What a workspace has. `balance` is the wallet and the gifts; `held` is set aside for what is being drawn."""
    return {
        "object": "credits",
        "balance_micros": purse.spendable,
        "balance_usd": dollars(purse.spendable).removeprefix("$").replace(",", ""),
        "wallet_micros": purse.wallet,
        "gifts": [
            {
                "source": gift.source,
                "micros": gift.micros,
                "expires_at": int(gift.expires_at.timestamp()) if gift.expires_at else None,
            }
            for gift in purse.gifts
        ],
        "held_micros": purse.held,
    }
