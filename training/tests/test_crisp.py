"""The readings of crisp.py, on stand-ins."""

import json

import numpy as np
import pytest
from PIL import Image

import crisp


class Judge:
    """Reads things in bright pictures only."""

    def named(self, source, result, style, things):
        return None if "outline" in things else float(result.mean() > 127)


def test_things_are_read_for_each_kind_of_picture(tmp_path):
    for name, level in (("photo", 0), ("dark", 50), ("bright", 200)):
        Image.fromarray(np.full((120, 120, 3), level, np.uint8)).save(tmp_path / f"{name}.png")
    row = lambda result, **more: {"style": "flat", "things": ["tulips"], "source": "photo.png", "result": f"{result}.png", **more}
    rows = [row("bright"), row("dark"), row("dark", control="plain enlarging"), row("bright") | {"things": ["outline"]}]
    (tmp_path / "results.json").write_text(json.dumps(rows))
    assert crisp.read_things(Judge(), tmp_path / "results.json") == {"zoom pass": pytest.approx(0.5), "plain enlarging": 0.0}
