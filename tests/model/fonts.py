"""Marks tests that draw scenes."""

import pytest

from generation.world.sprites import FONT

needs_font = pytest.mark.skipif(not FONT.exists(), reason="fonts-noto-color-emoji is not installed")
