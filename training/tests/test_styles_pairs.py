"""The six style renderers: deterministic, within bounds, faithful to the photo outside the doodle, with or without a subject."""

import json

import cv2
import numpy as np
import pytest

from pairs.photos import Photo
from pairs.styles import STYLES, TRIGGERS, make_style_pair
from pairs.styles._brush import MAX_COVERAGE, MIN_COVERAGE

SUBJECTS = ("none", "small", "portrait", "filling", "unsure")
SIZES = ((128, 128), (192, 192), (144, 256))


def a_view(kind: str, size_hw: tuple[int, int], seed: int = 0) -> Photo:
    """A soft random landscape with an ellipse of a subject in it."""
    h, w = size_hw
    rng = np.random.default_rng(seed)
    image = cv2.resize(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), (w, h), interpolation=cv2.INTER_CUBIC)
    matte = np.zeros((h, w), np.float32)
    centre, axes = {
        "none": ((0, 0), (0, 0)), "small": ((0.4, 0.65), (0.12, 0.16)), "portrait": ((0.5, 0.72), (0.28, 0.5)),
        "filling": ((0.5, 0.6), (0.44, 0.52)), "unsure": ((0.5, 0.5), (0.3, 0.3)),
    }[kind]  # fmt: skip
    if kind != "none":
        cv2.ellipse(matte, (int(centre[0] * w), int(centre[1] * h)), (int(axes[0] * w), int(axes[1] * h)), 0, 0, 360, 1.0, -1)
    sharp = 0.8 if kind == "unsure" else 1.0
    return Photo("test", "test", "cat", "CC0", image, cv2.GaussianBlur(matte, (0, 0), 1), sharp, float(matte.mean()))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_pairs_keep_their_promises(style: str, kind: str) -> None:
    for seed, size in enumerate(SIZES):
        view = a_view(kind, size, seed)
        pair = make_style_pair(style, np.random.default_rng(seed), view)
        assert pair.source.shape == pair.target.shape == (*size, 3)
        assert pair.source.dtype == pair.target.dtype == np.uint8
        assert pair.alpha.shape == size and pair.alpha.dtype == np.float32
        assert pair.alpha.min() >= 0 and pair.alpha.max() <= 1
        assert MIN_COVERAGE <= pair.alpha.mean() <= MAX_COVERAGE
        outside = pair.alpha == 0
        assert outside.any()
        assert np.array_equal(pair.source[outside], pair.target[outside])
        assert np.array_equal(pair.source, view.image)
        json.dumps(pair.meta)
        assert pair.meta["style"] == style and pair.meta["things"]


@pytest.mark.parametrize("style", STYLES)
def test_same_seed_same_pair(style: str) -> None:
    view = a_view("portrait", (192, 192))
    one, two = (make_style_pair(style, np.random.default_rng(5), view) for _ in range(2))
    assert one.text == two.text and one.meta == two.meta
    assert np.array_equal(one.target, two.target) and np.array_equal(one.alpha, two.alpha)
    other = make_style_pair(style, np.random.default_rng(6), view)
    assert not np.array_equal(one.target, other.target)


@pytest.mark.parametrize("style", STYLES)
def test_instructions_name_what_is_drawn(style: str) -> None:
    texts = set()
    for seed in range(16):
        pair = make_style_pair(style, np.random.default_rng(seed), a_view("none" if seed % 3 == 0 else "portrait", (128, 128)))
        texts.add(pair.text)
        assert 4 <= len(pair.text.split()) <= 40
        assert "  " not in pair.text and " ," not in pair.text and "{" not in pair.text
        assert pair.text.count(TRIGGERS[style]) == 1
        if style == "monster":
            assert f"{pair.meta['colour']} {TRIGGERS[style]}" in pair.text
        else:
            assert pair.text.endswith(f" by {TRIGGERS[style]}")
            for thing in pair.meta["things"]:
                if thing not in ("outline", "ribbons", "waves", "smoke"):  # those have synonyms
                    assert thing.rstrip("s").removesuffix("ie") in pair.text, pair.text
    assert len(texts) >= 13


def test_the_subject_hides_what_is_behind_it() -> None:
    view = a_view("portrait", (192, 192))
    pair = make_style_pair("edge", np.random.default_rng(1), view)
    core = cv2.erode((view.matte > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    ring = (cv2.dilate((view.matte > 0.5).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & (view.matte < 0.02)
    assert pair.alpha[core].mean() < 0.1
    assert pair.alpha[ring].mean() > 0.9


def test_monster_arms_pass_in_front() -> None:
    view = a_view("portrait", (192, 192))
    pair = make_style_pair("monster", np.random.default_rng(1), view)
    core = view.matte > 0.99
    upper, lower = core[:110].copy(), core[110:].copy()
    assert pair.alpha[:96][core[:96]].mean() < 0.02
    assert pair.alpha[110:][lower].mean() > 0.15
    assert upper.any()


def test_unknown_style_is_an_error() -> None:
    with pytest.raises(KeyError):
        make_style_pair("cubism", np.random.default_rng(0), a_view("none", (128, 128)))
