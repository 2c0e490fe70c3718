"""Stand-ins, so that tests need no data folder, no download and no trained network: made-up photos and artwork, tiny
networks, an encoder without weights, a matte without the network."""

import functools
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import skia
import torch

from data.artwork import Artwork, Sprite, trim
from data.marks import Face, Head
from data.pair import Layer, Pair, element_at
from data.photos import Photo, random_view
from data.styles.shapes import polygon
from data.things import THINGS
from data.whole import star
from evaluate import questions
from model import inference
from model.codec import LAYER_CHANNELS, LAYER_PATCH, PHOTO_COMPONENTS, PHOTO_PATCH, Codec
from model.conditioned import ConditionedConfig, ConditionedFlux, drawing_config, layout_config
from scripts.artwork import drawn_sprites

COMPONENTS = 32


def seeded(*shape: int, seed: int = 0) -> torch.Tensor:
    """Normal noise, the same at every call."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@functools.cache
def star_picture() -> np.ndarray:
    surface = skia.Surface(200, 200)
    surface.getCanvas().clear(skia.ColorTRANSPARENT)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(230, 60, 160))
    surface.getCanvas().drawPath(polygon(star((96, 67), 6) + 100), paint)
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
    image = np.full((height, width, 3), (150, 160, 140), np.uint8)
    image += noise.integers(0, 30, (height, width, 3), np.uint8)
    matte = np.zeros((height, width), np.float32)
    x, y, r = width / 2, height * 0.42, height * 0.13
    cv2.circle(matte, (round(x), round(y)), round(r), 1.0, -1, cv2.LINE_AA)
    matte[round(height * 0.5) : round(height * 0.9), round(width * 0.4) : round(width * 0.6)] = 1.0
    image[matte > 0.5] = (90, 60, 40)
    head = Head((x - r, y - r, x + r, y + r), (x, y - 0.8 * r))
    return Photo("made-photo", subject, image, matte, 0.99, float(matte.mean()), head=head)


def view_of(size=(192, 192), seed=0, **photo) -> Photo:
    return random_view(made_photo(**photo), size, np.random.default_rng(seed))


def frontal_photo() -> Photo:
    """The figure close up, its eyes and mouth known."""
    photo = made_photo(300, 300, "woman")
    photo.face = Face(((132.0, 118.0), (168.0, 118.0)), (150.0, 146.0))
    return photo


def pair_of(height=96, width=128) -> Pair:
    """A photo with one square, a speck and a frame."""
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    elements, squares = [], (((20, 30, 40), (4, 12)), ((5, 5, 6), (14, 19)), ((8, 8, 0), (24, 31)))
    for (y, x, side), words in squares:
        layer, alpha = Layer(height, width), np.zeros((height, width), np.float32)
        alpha[y : y + side, x : x + side] = 1
        if not side:
            alpha[:] = 1
            alpha[8:-8, 8:-8] = 0
        layer.fill((255, 0, 0), alpha, float(side > 0))
        made = element_at(layer.planes, 0, 0, "square", "red", "") if side else layer.whole("square", "red", "")
        elements.append(replace(made, words=words))
    return Pair(image, np.zeros((height, width), np.float32), elements, "add a square, a dot and a frame")


def filled(config: ConditionedConfig, seed: int = 0) -> ConditionedFlux:
    """A network of random weights, small enough that nothing saturates, no gate shut."""
    model, generator = ConditionedFlux(config), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator) * (0.7 * value.shape[-1] ** -0.5)
            value.copy_(noise + name.endswith(".scale"))
    return model.eval()


def tiny_drawing(seed: int = 0) -> ConditionedFlux:
    return filled(drawing_config(64, 1, 2, COMPONENTS), seed)


def tiny_layout(seed: int = 1) -> ConditionedFlux:
    return filled(layout_config(64, 1, 1), seed)


def tiny_codec() -> Codec:
    """Random orthogonal components of a layer's patch, and of a photo's."""
    rng = np.random.default_rng(0)
    basis = lambda size, count: torch.from_numpy(np.linalg.qr(rng.normal(size=(size, count)))[0].astype(np.float32))
    layer, pixels = basis(LAYER_PATCH**2 * LAYER_CHANNELS, COMPONENTS), PHOTO_PATCH**2 * 3
    return Codec(layer, layer.T.contiguous(), torch.full((pixels,), 0.5), basis(pixels, PHOTO_COMPONENTS))


class FakeEncoder:
    """A text encoder without weights: a token's state depends on its letters alone."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        spans, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            spans.append((at, at + len(word)))
            at += len(word)
        return [(0, 0), *spans, (0, 0)]

    def encode(self, text: str) -> tuple[torch.Tensor, torch.Tensor]:
        ids = [0, *(sum(map(ord, word)) for word in text.split()), 1]
        states = torch.stack([seeded(384, seed=i) for i in ids])
        return states, states.mean(0)


def fake_matting(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matting.read's answer for a subject that fills the middle third of the photo."""
    matte = np.zeros((320, 320), np.float32)
    matte[107:213, 107:213] = 1
    return matte, np.full((144, 192), image.mean() / 255, np.float32)


class Pool:
    """Views of one made photo, under one of five names."""

    infos = tuple(SimpleNamespace(id=f"photo-{n}") for n in range(5))

    def view(self, size_hw, rng):
        return replace(random_view(made_photo(), size_hw, rng), id=f"photo-{rng.integers(5)}")


class Reads(torch.nn.Module):
    """A judge that reads the second of three things when what was drawn is mostly red, else the first."""

    def forward(self, x):
        red = (x[:, 4] - x[:, 6]).sum((1, 2)) > 0
        return torch.stack([~red, red, torch.zeros_like(red)], 1).float() * 9


def fake_world(monkeypatch) -> None:
    """Made photos instead of the data folder's, a matte without the network."""
    heads = [SimpleNamespace(id=f"head-{n}") for n in range(2)]
    for name, double in {
        "PhotoPool": lambda *args, **settings: Pool(),
        "load_index": lambda folder: heads, "is_held_out": lambda name: True,
        "has_head": lambda name, folder: True, "load_photo": lambda info, folder: replace(made_photo(), id=info.id),
    }.items():  # fmt: skip
        monkeypatch.setattr(questions, name, double)
    no_heads = np.zeros((144, 7), np.float32)
    monkeypatch.setattr(inference, "Matting", lambda: SimpleNamespace(look=lambda rgb: (*fake_matting(rgb), no_heads)))
    monkeypatch.setattr(inference, "refine", lambda small, rgb: cv2.resize(small, rgb.shape[1::-1]))


def question_set(folder) -> questions.QuestionSet:
    return questions.QuestionSet(folder, made_artwork(), lambda photo: np.zeros(photo.shape[:2], np.float32))
