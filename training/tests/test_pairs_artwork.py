"""The artwork atlas and the vocabulary it shows."""

import numpy as np
import pytest
from pairs.artwork import GENERATOR_FAMILIES, ArtworkError, load_artwork, save_atlas
from pairs.drawn import DRAWN, drawn_sprites
from pairs.palette import PALETTE, recolour
from pairs.things import BY_NAME, THINGS
from pairs_made import star_sprite


def test_recolour_takes_the_colour_and_keeps_the_shading():
    rgb = np.zeros((4, 8, 3), np.uint8)
    rgb[:, :4] = (240, 200, 40)
    rgb[:, 4:6] = (150, 120, 20)
    rgb[:, 6:] = (240, 240, 240)
    blue = recolour(rgb, np.full((4, 8), 255, np.uint8), "blue")
    assert np.abs(blue[0, 0].astype(int) - PALETTE["blue"]).max() < 12
    assert blue[0, 4].astype(int).sum() < blue[0, 0].astype(int).sum()
    assert np.array_equal(blue[0, 7], rgb[0, 7])


def test_atlas_round_trip_and_its_errors(tmp_path):
    with pytest.raises(ArtworkError, match="fetch_artwork"):
        load_artwork(tmp_path)
    sprites = drawn_sprites((0, 2)) + [star_sprite(thing.name) for thing in THINGS if thing.art]
    save_atlas(tmp_path / "artwork" / "atlas.npz", sprites)
    loaded = load_artwork(tmp_path)
    assert loaded.names == {thing.name for thing in THINGS}
    assert {sprite.family for sprite in loaded.sprites(DRAWN[0])} == {"drawn-0"}, "held-out families must not be loaded"
    assert np.array_equal(loaded.sprites("heart")[0].rgba, star_sprite("heart").rgba)
    save_atlas(tmp_path / "artwork" / "atlas.npz", drawn_sprites())
    with pytest.raises(ArtworkError, match="no picture of"):
        load_artwork(tmp_path)


def test_every_thing_has_artwork_or_is_drawn():
    assert {thing.name for thing in THINGS if thing.art is None} == set(DRAWN)
    assert len(BY_NAME) == len(THINGS) >= 200
    assert [thing.name for thing in THINGS[:3]] + [THINGS[58].name] == ["crown", "party hat", "top hat", "trophy"], "trained order"


def test_drawn_variants_differ_and_one_is_held_out():
    assert {f"drawn-{variant}" for variant in (0, 1, 3)} <= set(GENERATOR_FAMILIES)
    sprites = drawn_sprites((0, 1, 2, 3))
    for name in ("scarf", "santa hat", "necklace"):
        shapes = [sprite.rgba for sprite in sprites if sprite.thing == name]
        assert len(shapes) == 4
        assert all(a.shape != b.shape or not np.array_equal(a, b) for i, a in enumerate(shapes) for b in shapes[:i])


def test_drawn_artwork_is_not_cut_by_its_canvas():
    """A straight run of opaque pixels along a side of the trimmed picture is a cut stroke; brims and hems are flat below."""
    for sprite in drawn_sprites((0,)):
        if sprite.thing in ("antlers", "bunny ears", "viking helmet", "devil horns", "headphones"):
            alpha = sprite.rgba[..., 3]
            assert max((alpha[:, 0] > 200).sum(), (alpha[:, -1] > 200).sum(), (alpha[0] > 200).sum()) < 0.12 * max(alpha.shape), sprite.thing
