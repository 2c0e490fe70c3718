"""Made-up photos and artwork for tests of pairs: no data folder and no download is needed."""

import functools

import numpy as np
import skia
from pairs.artwork import Artwork, Sprite, trim
from pairs.drawn import drawn_sprites
from pairs.marks import Face, Head
from pairs.pen import star_path
from pairs.photos import Photo, random_view
from pairs.things import THINGS


@functools.cache
def star_picture() -> np.ndarray:
    surface = skia.Surface(200, 200)
    surface.getCanvas().clear(skia.ColorTRANSPARENT)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(230, 60, 160))
    surface.getCanvas().drawPath(star_path(100, 100, 96, 6, 0.7), paint)
    return trim(surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType))


def star_sprite(name: str) -> Sprite:
    return Sprite(name, "noto", star_picture())


@functools.cache
def made_artwork() -> Artwork:
    """Every thing of the vocabulary, those with icons as a pink star."""
    return Artwork(drawn_sprites() + [star_sprite(thing.name) for thing in THINGS if thing.art])


def made_photo(height: int = 300, width: int = 400, subject: str = "dog") -> Photo:
    """A figure with a head, which is marked, and a body before a noisy wall."""
    noise = np.random.default_rng(5)
    image = np.full((height, width, 3), (150, 160, 140), np.uint8) + noise.integers(0, 30, (height, width, 3), np.uint8)
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorTRANSPARENT)
    canvas.drawCircle(width / 2, height * 0.42, height * 0.13, skia.Paint(AntiAlias=True))
    canvas.drawRect(skia.Rect.MakeLTRB(width * 0.4, height * 0.5, width * 0.6, height * 0.9), skia.Paint())
    matte = surface.makeImageSnapshot().toarray()[..., 3].astype(np.float32) / 255
    image[matte > 0.5] = (90, 60, 40)
    x, y, r = width / 2, height * 0.42, height * 0.13
    head = Head((x - r, y - r, x + r, y + r), (x, y - 0.8 * r))
    return Photo("made-photo", "made", subject, "none", image, matte, 0.99, float(matte.mean()), head=head)


def view_of(size=(192, 192), seed=0, **photo) -> Photo:
    return random_view(made_photo(**photo), size, np.random.default_rng(seed))


def frontal_photo() -> Photo:
    """The figure close up, its eyes and mouth known."""
    photo = made_photo(300, 300, "woman")
    photo.face = Face(((132.0, 118.0), (168.0, 118.0)), (150.0, 146.0))
    return photo
