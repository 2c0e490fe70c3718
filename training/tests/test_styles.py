"""The six hands' pairs: elements with words of their own, complete, deterministic, with or without a subject."""

import json

import cv2
import numpy as np
import pytest

from data.colours import PAINTERS
from data.hands import WITHHELD, save_hand
from data.pair import KINDS, composite
from data.photos import Photo
from data.styles import MOTIFS, STYLES, make_style_pair
from data.things import BY_NAME, THINGS

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
        cv2.ellipse(
            matte, (int(centre[0] * w), int(centre[1] * h)), (int(axes[0] * w), int(axes[1] * h)), 0, 0, 360, 1.0, -1
        )
    sharp = 0.8 if kind == "unsure" else 1.0
    return Photo("test", "cat", image, cv2.GaussianBlur(matte, (0, 0), 1), sharp, float(matte.mean()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Atlases in which every thing is a disc, red with a dark rim (or every crayon over all of it)."""
    path = tmp_path_factory.mktemp("hands")
    ys, xs = np.mgrid[0:64, 0:64]
    away = np.hypot(xs - 32, ys - 32)
    disc = np.dstack(
        [np.full((64, 64), 210), np.where(away < 26, 40, 10), np.full((64, 64), 30), np.where(away < 30, 255, 0)]
    ).astype(np.uint8)
    for style in STYLES:
        picture = np.dstack([disc[..., 3]] * (4 if style == "edge" else 3)) if style in PAINTERS else disc
        save_hand(path / f"hands-{style}.npz", [(thing.name, picture) for thing in THINGS])
    return path


def made(style: str, seed: int, view: Photo, folder):
    return make_style_pair(style, np.random.default_rng(seed), view, folder)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_pairs_keep_their_promises(style: str, kind: str, folder) -> None:
    for seed, size in enumerate(SIZES):
        view = a_view(kind, size, seed)
        pair = made(style, seed, view, folder)
        assert np.array_equal(pair.image, view.image) and pair.matte.shape == size
        assert 1 <= len(pair.elements) <= 16
        for element in pair.elements:
            layer = element.layer
            assert layer.dtype == np.float32 and layer.shape[2] == 5 and layer.min() >= 0 and layer.max() <= 1
            assert (layer[..., :3] <= layer[..., 3:4] + 1e-4).all() and (layer[..., 4] <= layer[..., 3] + 1e-4).all()
            assert element.kind in KINDS and element.thing not in WITHHELD
            if element.kind == "whole":
                assert element.box == (0, 0, size[1], size[0])
        assert not np.array_equal(composite(pair), view.image)
        assert pair.meta["style"] == style and pair.meta["things"]
        json.dumps(pair.meta)


@pytest.mark.parametrize("style", STYLES)
def test_same_seed_same_pair(style: str, folder) -> None:
    view = a_view("portrait", (192, 192))
    one, two, other = (made(style, seed, view, folder) for seed in (5, 5, 6))
    assert one.text == two.text and one.meta == two.meta
    assert np.array_equal(composite(one), composite(two))
    assert not np.array_equal(composite(one), composite(other))


@pytest.mark.parametrize("style", STYLES)
def test_instructions_tell_each_elements_own_words(style: str, folder) -> None:
    texts, things = set(), 0
    for seed in range(20):
        pair = made(style, seed, a_view("none" if seed % 3 == 0 else "portrait", (128, 128)), folder)
        texts.add(pair.text)
        assert not any(character in pair.text for character in "\x01\x02{}") and "  " not in pair.text
        assert "sks" not in pair.text
        for element in pair.elements:
            words = pair.words(element)
            assert 1 <= len(words.split()) <= 24 and not words.lower().startswith(("a ", "an ", "the "))
        things += "edit" in pair.meta
    assert len(texts) >= 17
    assert 4 <= things <= 17  # about half show the vocabulary alone


def _with_kind(style: str, kind: str, view: Photo, folder):
    """The first element of a kind that is no thing of the vocabulary, and its pair."""
    for seed in range(60):
        pair = made(style, seed, view, folder)
        for element in pair.elements:
            if element.kind == kind and element.thing not in BY_NAME:
                return pair, element
    raise AssertionError(f"no {kind} element by {style}")


def test_an_outline_is_the_silhouette_grown_and_filled_behind_the_subject(folder) -> None:
    view = a_view("portrait", (192, 192))
    _, element = _with_kind("edge", "whole", view, folder)
    inside = cv2.erode((view.matte > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    ring = (cv2.dilate((view.matte > 0.5).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0) & (view.matte < 0.02)
    assert element.layer[inside, 3].min() > 0.99 and element.layer[..., 4].max() == 0
    assert element.layer[ring, 3].mean() > 0.9


def test_a_monster_is_one_body_behind_and_arms_in_front(folder) -> None:
    pair, element = _with_kind("monster", "both", a_view("portrait", (192, 192)), folder)
    assert len([e for e in pair.elements if e.thing == "monster"]) == 1
    share = element.layer[..., 4].sum() / element.layer[..., 3].sum()
    assert 0.05 < share < 0.6
    assert "monster" in pair.words(element)


def test_elements_are_complete_beyond_the_photo(folder) -> None:
    view = a_view("filling", (128, 128))
    _, element = _with_kind("monster", "both", view, folder)
    assert element.box[3] > 128 or element.box[0] < 0 or element.box[2] > 128 or element.box[1] < 0


def test_unknown_style_is_an_error(folder) -> None:
    with pytest.raises(KeyError):
        make_style_pair("cubism", np.random.default_rng(0), a_view("none", (128, 128)), folder)


@pytest.mark.parametrize("style", MOTIFS)
def test_the_same_words_are_the_same_picture(style: str) -> None:
    rng, known = np.random.default_rng(0), {}
    for _ in range(80):
        made = MOTIFS[style](rng)
        alpha, front = made.planes[..., 3].astype(int), made.planes[..., 4].astype(int)
        assert made.planes.dtype == np.uint8 and alpha.max(0).all() and alpha.max(1).all()
        assert (made.planes[..., :3] <= alpha[..., None]).all() and (front <= alpha).all()
        share = front.sum() / alpha.sum()
        assert {"front": share == 1, "behind": share == 0, "both": 0.05 < share < 0.95}[made.kind]
        assert np.array_equal(known.setdefault((made.what, made.kind), made.planes), made.planes)
    assert len(known) > 40
