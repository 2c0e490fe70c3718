"""Hands that draw anything: every hand redraws a small piece of artwork, and the atlas gives back what was drawn, in colours."""

import time

import numpy as np
import pytest
from pairs.artwork import ArtworkError
from pairs.hands import HANDS, WITHHELD, Hand, colours_of, draw_thing, load_hand, save_hand
from pairs.palette import PALETTE
from pairs.styles._redraw import SIDE, Art, regions, on_canvas
from pairs.things import BY_NAME


def _face() -> Art:
    """A red disc with two dark eyes, and the same as an icon of one ink."""
    ys, xs = np.mgrid[0:120, 0:120]
    disc = np.hypot(xs - 60, ys - 60) < 58
    eyes = (np.hypot(xs - 40, ys - 45) < 8) | (np.hypot(xs - 80, ys - 45) < 8)
    flat = np.zeros((120, 120, 4), np.uint8)
    flat[disc] = (220, 40, 40, 255)
    flat[eyes] = (20, 20, 24, 255)
    ring = disc & (np.hypot(xs - 60, ys - 60) > 50)
    return Art("face", flat, glyph=((ring | eyes) * 255).astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Atlases of one thing in every hand."""
    draw_hands = pytest.importorskip("draw_hands")
    path = tmp_path_factory.mktemp("hands")
    for hand in HANDS:
        renderer = draw_hands.RENDERERS[hand]
        save_hand(
            path / f"hands-{hand}.npz",
            [("face", renderer.render(_face(), k, np.random.default_rng(k))) for k in range(renderer.VARIANTS)],
        )
    return path


@pytest.mark.parametrize("hand", HANDS)
def test_every_hand_draws(hand: str, folder) -> None:
    picture = draw_thing(hand, np.random.default_rng(0), "face", folder=folder)
    assert picture.dtype == np.float32 and picture.shape[2] == 4
    assert 200 <= max(picture.shape[:2]) <= SIDE
    assert (picture[..., :3] <= picture[..., 3:] + 1e-4).all() and picture.min() >= 0 and picture.max() <= 1
    # Trimmed, and drawn where the disc is.
    assert picture[..., 3].max(axis=0).min() > 0 and picture[SIDE // 2, SIDE // 2, 3] > 0.3


@pytest.mark.parametrize("hand", HANDS)
def test_a_named_colour_is_the_colour_seen(hand: str, folder) -> None:
    for colour in colours_of(hand):
        picture = draw_thing(hand, np.random.default_rng(0), "face", colour, folder=folder)
        mean = picture[..., :3].sum((0, 1)) / picture[..., 3].sum()
        if colour == "blue":
            assert mean[2] > mean[0]
        if colour == "red":
            assert mean[0] > mean[2]
    with pytest.raises(KeyError):
        draw_thing(hand, np.random.default_rng(0), "face", "mauve", folder=folder)


def test_drawing_is_quick(folder) -> None:
    load_hand("monster", folder)
    start = time.process_time()
    for k in range(20):
        draw_thing("monster", np.random.default_rng(k), "face", "green", folder=folder)
    assert (time.process_time() - start) / 20 < 0.05  # 15 ms wanted; the rest is for a busy machine


def test_what_is_missing_says_what_to_do(folder, tmp_path) -> None:
    with pytest.raises(ArtworkError, match="draw_hands"):
        draw_thing("flat", np.random.default_rng(0), "sphinx", folder=folder)
    with pytest.raises(ArtworkError, match="draw_hands"):
        load_hand("flat", tmp_path)
    assert Hand("flat", {}).names == frozenset()
    crown = Hand("edge", {"crown": [], "house": []}).things
    assert [thing.name for thing in crown] == ["crown"] and "golden" not in crown[0].looks and "black" in crown[0].colours


def test_thirty_things_of_the_vocabulary_are_withheld() -> None:
    assert len(WITHHELD) == 30 and set(BY_NAME) >= WITHHELD


def test_regions_keep_small_dark_ones() -> None:
    found = regions(on_canvas(_face().flat, 4), 5, smallest=0.0016)
    dark = [k for k, colour in enumerate(found.colours) if colour.max() < 80 and (found.label == k).any()]
    assert len(dark) == 1 and set(colours_of("flat")) <= set(PALETTE)
