"""Pre-training pairs on made-up photos and artwork: no data folder and no download is needed."""

import numpy as np
import pytest
import skia
from pairs import grammar
from pairs.anchors import Scene, find_spot
from pairs.artwork import Artwork, ArtworkError, Sprite, drawn_sprites, load_artwork, save_atlas, trim
from pairs.drawn import DRAWN, star_path
from pairs.pair import COVERAGE_MAX, COVERAGE_MIN
from pairs.palette import PALETTE, recolour
from pairs.photos import Photo, random_view
from pairs.pretrain import KIND_WEIGHTS, PairError, make_pretrain_pair
from pairs.things import BY_NAME, THINGS

SIZES = ((192, 192), (224, 160), (144, 256), (512, 384))


def star_sprite(name: str) -> Sprite:
    surface = skia.Surface(200, 200)
    surface.getCanvas().clear(skia.ColorTRANSPARENT)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(230, 60, 160))
    surface.getCanvas().drawPath(star_path(100, 100, 96, 6, 0.7), paint)
    return Sprite(name, "noto", trim(surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)))


@pytest.fixture(scope="module")
def artwork() -> Artwork:
    return Artwork(drawn_sprites() + [star_sprite(thing.name) for thing in THINGS if thing.art])


def made_photo(height: int = 300, width: int = 400, subject: str = "dog") -> Photo:
    """A figure with a head and a body before a noisy wall."""
    noise = np.random.default_rng(5)
    image = np.full((height, width, 3), (150, 160, 140), np.uint8) + noise.integers(0, 30, (height, width, 3), np.uint8)
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorTRANSPARENT)
    canvas.drawCircle(width / 2, height * 0.42, height * 0.13, skia.Paint(AntiAlias=True))
    canvas.drawRect(skia.Rect.MakeLTRB(width * 0.4, height * 0.5, width * 0.6, height * 0.9), skia.Paint())
    matte = surface.makeImageSnapshot().toarray()[..., 3].astype(np.float32) / 255
    image[matte > 0.5] = (90, 60, 40)
    return Photo("made-photo", "made", subject, "none", image, matte, 0.99, float(matte.mean()))


def view_of(size=(192, 192), seed=0, **photo) -> Photo:
    return random_view(made_photo(**photo), size, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KIND_WEIGHTS)
@pytest.mark.parametrize("size", SIZES)
def test_every_kind_at_every_size(kind, size, artwork):
    for seed in range(3):
        view = view_of(size, seed)
        pair = make_pretrain_pair(np.random.default_rng(seed), view, artwork, kind)
        assert pair.source.shape == pair.target.shape == (*size, 3)
        assert pair.source.dtype == pair.target.dtype == np.uint8
        assert pair.alpha.shape == size and pair.alpha.dtype == np.float32
        assert 0 <= pair.alpha.min() and pair.alpha.max() <= 1.0001
        assert COVERAGE_MIN <= pair.coverage <= COVERAGE_MAX
        assert pair.meta["kind"] == kind and pair.meta["photo"] == "made-photo"
        outside = pair.alpha == 0
        assert outside.any()
        assert np.array_equal(pair.source[outside], pair.target[outside])
        drawn = pair.alpha > 0.6
        assert np.abs(pair.source[drawn].astype(int) - pair.target[drawn]).mean() > 15
        assert 4 <= len(pair.text.split()) <= 40
        untouched, edited = (pair.target, pair.source) if kind == "remove" else (pair.source, pair.target)
        assert np.array_equal(untouched, view.image)
        assert not np.array_equal(edited, view.image)


def test_same_seed_same_pair_other_seed_other_pair(artwork):
    first, again, other = (make_pretrain_pair(np.random.default_rng(seed), view_of(), artwork) for seed in (7, 7, 8))
    assert np.array_equal(first.target, again.target) and first.text == again.text and first.meta == again.meta
    assert not np.array_equal(first.target, other.target)


def test_all_kinds_are_drawn_in_about_the_asked_shares(artwork):
    rng = np.random.default_rng(1)
    view = view_of((128, 128))
    kinds = [make_pretrain_pair(rng, view, artwork).meta["kind"] for _ in range(300)]
    for kind, share in KIND_WEIGHTS.items():
        assert 0.3 * share < kinds.count(kind) / len(kinds) < 2 * share + 0.02, kind


def test_doodles_behind_the_subject_leave_it_alone(artwork):
    view = view_of((192, 192))
    for kind in ("outline", "pattern", "band"):
        pair = make_pretrain_pair(np.random.default_rng(2), view, artwork, kind)
        surely_subject = view.matte >= 0.999
        assert np.array_equal(pair.source[surely_subject], pair.target[surely_subject])


def test_a_hat_sits_on_the_head():
    view = made_photo()
    scene = Scene(view)
    spot = find_spot(scene, "head", 1.2, 0.4)
    assert abs(spot.x - 200) < 8
    assert spot.y + spot.height / 2 == pytest.approx(scene.head.seat + 0.2 * spot.height)
    assert spot.y - spot.height / 2 >= 0
    assert 0.29 * 300 < scene.head.seat < 0.4 * 300


def test_sides_are_on_their_sides_and_inside():
    scene = Scene(made_photo())
    x0, _, x1, _ = scene.box
    for anchor in ("left", "right", "beside_left", "beside_right"):
        spot = find_spot(scene, anchor, 1.0, 0.34)
        assert spot.x < x0 if anchor.endswith("left") else spot.x > x1
        assert spot.width / 2 - 1 <= spot.x <= scene.width - spot.width / 2 + 1
        assert scene.occupied(spot.x, spot.y, spot.width, spot.height) < 0.15


def test_photo_without_a_subject(artwork):
    photo = made_photo(subject="landscape")
    photo.matte[:] = 0
    photo.coverage = 0.0
    rng = np.random.default_rng(0)
    kinds = {make_pretrain_pair(rng, photo, artwork).meta["kind"] for _ in range(60)}
    assert kinds <= {"place", "surround", "pattern", "band", "remove"} and len(kinds) >= 4
    with pytest.raises(PairError, match="outline"):
        make_pretrain_pair(rng, photo, artwork, "outline")


def test_an_uncertain_matte_is_not_used(artwork):
    photo = made_photo()
    photo.sharp = 0.8
    rng = np.random.default_rng(0)
    for _ in range(20):
        pair = make_pretrain_pair(rng, photo, artwork)
        assert pair.meta["anchor"] in ("top_left", "top_right", "middle")


def test_the_text_names_thing_colour_and_side(artwork):
    rng = np.random.default_rng(3)
    view = view_of((128, 128))
    for _ in range(80):
        pair = make_pretrain_pair(rng, view, artwork, "place")
        thing, text = BY_NAME[pair.meta["things"][0]], pair.text.lower()
        assert any(word.lower() in text for word in (thing.name, *(a.removeprefix("a pair of ") for a in thing.aliases)))
        if pair.meta["colour"]:
            assert pair.meta["colour"] in text
        for side in ("left", "right"):
            if pair.meta["anchor"].endswith(side):
                assert side in text


def test_held_out_phrasings_are_not_training_phrasings():
    for frames in (grammar._FRAMES, grammar._WEAR_FRAMES, grammar._WING_FRAMES):
        assert not set(frames["train"]) & set(frames["held_out"])


def test_recolour_takes_the_colour_and_keeps_the_shading():
    rgb = np.zeros((4, 8, 3), np.uint8)
    rgb[:, :4] = (240, 200, 40)
    rgb[:, 4:6] = (150, 120, 20)
    rgb[:, 6:] = (240, 240, 240)
    blue = recolour(rgb, np.full((4, 8), 255, np.uint8), "blue")
    assert np.abs(blue[0, 0].astype(int) - PALETTE["blue"]).max() < 12
    assert blue[0, 4].astype(int).sum() < blue[0, 0].astype(int).sum()
    assert np.array_equal(blue[0, 7], rgb[0, 7])


def test_atlas_round_trip_and_its_errors(tmp_path, artwork):
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
    assert len(BY_NAME) == len(THINGS) >= 40
