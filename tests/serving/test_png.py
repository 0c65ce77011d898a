import io

import numpy as np
import pytest
from PIL import Image

from generation.serving.png import encode


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1920, 1080)])
def test_it_writes_pngs_that_others_read(size: tuple[int, int]):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = encode(pixels)
    with Image.open(io.BytesIO(file)) as image:
        image.verify()  # the checksums of all chunks
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", size)
        assert np.array_equal(np.asarray(image), pixels)
    assert encode(pixels) == file
