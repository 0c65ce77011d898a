"""Changes of a picture: draw a region anew after words, or make variations."""

from dataclasses import dataclass

from django.db import transaction
from PIL import Image

from accounts.models import ApiKey, User, Workspace
from generation.models import Generation, Picture
from generation.services import order, references, request
from generation.services.order import Order
from generation.services.retries import UNKNOWN, Sent

Change = Generation.Change


@dataclass(frozen=True)
class Start:
    """What is changed: an RGBA picture, perhaps a mask, and the picture of the workspace that it is, if it is one."""

    image: Image.Image
    mask: Image.Image | None = None
    picture: Picture | None = None


@transaction.atomic
def place(
    *,
    workspace: Workspace,
    requested_by: User | None,
    source: order.Source,
    order: Order,
    start: Start,
    change: str,
    api_key: ApiKey | None = None,
    share: bool | None = None,
    use_credit: bool = False,
    sent: Sent = UNKNOWN,
    end_user: str = "",
) -> Generation:
    """Queue a change of a picture, at the order's size. Raises what `request.place` raises, and Invalid for a mask."""
    reference = references.from_files(
        workspace=workspace,
        person=requested_by,
        image=start.image,
        mask=start.mask,
        size=order.size,
        picture=start.picture,
    )
    return request.place(
        workspace=workspace,
        requested_by=requested_by,
        source=source,
        order=order,
        api_key=api_key,
        share=share,
        use_credit=use_credit,
        reference=reference,
        change=change,
        sent=sent,
        end_user=end_user,
    )
