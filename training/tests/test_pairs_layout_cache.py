"""The layout's cache: what a shard says is what the pair holds."""

import argparse

import numpy as np
import pytest
from cache_layout import ViewShard, random_size, view_pairs
from nano.conditioned import LAYOUT_GRID
from nano.layout_feed import matte_cells, pair_arrays
from pairs.pair import KINDS
from pairs.pretrain import make_pretrain_pair
from pairs_made import made_artwork, view_of


def test_boxes_kinds_and_words_are_those_of_the_elements():
    rng, view = np.random.default_rng(0), view_of((200, 300))
    for kind in ("place", "two", "surround", "outline", "frame") * 4:
        pair = make_pretrain_pair(rng, view, made_artwork(), kind)
        arrays = pair_arrays(pair)
        count = int(arrays["count"])
        assert count == len(pair.elements) and not arrays["boxes"][count:].any()
        firsts = arrays["words"][:count, 0].tolist()
        assert firsts == sorted(firsts)
        found = {(e.words, e.kind, tuple(np.round(np.divide(e.box, (300, 200, 300, 200)), 4))) for e in pair.elements}
        for box, code, words in zip(arrays["boxes"][:count], arrays["kinds"], arrays["words"], strict=False):
            x, y, w, h = (float(v) for v in box)
            corners = tuple(np.round((x - w / 2, y - h / 2, x + w / 2, y + h / 2), 4))
            match = [each for each in found if each[0] == tuple(words) and each[1] == KINDS[code] and np.allclose(each[2], corners, atol=2e-4)]
            assert match
        if kind in ("outline", "frame"):
            assert arrays["boxes"][0].tolist() == [0.5, 0.5, 1, 1] and KINDS[arrays["kinds"][0]] == "whole"


def test_a_matte_cell_is_read_row_by_row():
    matte = np.zeros((96, 192), np.float32)
    matte[:8, 16:] = 1.0
    cells = matte_cells(matte)
    assert cells.shape == (144, 16) and cells[0].max() == 0 and (cells[1:LAYOUT_GRID] == 255).all() and cells[LAYOUT_GRID:].max() == 0
    matte[:] = 0
    matte[:2, :16] = 1.0
    assert cells.dtype == np.uint8 and matte_cells(matte)[0].reshape(4, 4)[0].min() == 255 and matte_cells(matte)[0, 4:].max() == 0


@pytest.mark.parametrize("with_network", [False, True])
def test_a_shard_is_read_back(tmp_path, with_network):
    network = (lambda image: (np.ones((320, 320), np.float32), np.zeros((144, 192), np.float16))) if with_network else None
    shard, rng = ViewShard(network), np.random.default_rng(1)
    args = argparse.Namespace(per_view=5, phrasing="train", things=60, hand=None)
    for seed in range(3):
        view = view_of(random_size(rng), seed)
        shard.add(view, view_pairs(rng, view, made_artwork(), args), rng)
    shard.write(tmp_path / "shard.npz")
    with np.load(tmp_path / "shard.npz") as read:
        assert read["view"].tolist() == [0] * 5 + [1] * 5 + [2] * 5 and read["aspect"].shape == (3,)
        assert read["matte"].shape == (3, 144, 16) and read["boxes"].shape == (15, 16, 4)
        assert ("features" in read) == with_network and ("jpeg" in read) != with_network
        text, (start, end) = str(read["text"][4]), read["words"][4, 0]
        assert 0 <= start < end <= len(text)
