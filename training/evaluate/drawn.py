"""What nano draws, as answers; true pairs as answers; networks straight from a trainer's checkpoints."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from data.pair import Pair, composite
from data.pair import shown as true_shown
from data.settings import work_dir
from data.thousand import load_thousand
from evaluate.answers import Answer
from evaluate.figures import edge_width
from model.codec import ALPHA_GAIN, Codec, psnr, value_weights
from model.conditioned import ConditionedFlux
from model.inference import Nano, Prepared, shown
from model.slots import Box
from model.stored import can_quantise, dequantise, quantise
from model.text import TextEncoder
from train.masters import load_codec, load_trained
from train.samples import ThousandFeed, drawn_patches

EDGE_SIDE = 384  # Edge widths are those on a photo of so many pixels squared


def from_checkpoints(drawing: Path, layout: Path | None, codec: str) -> Nano:
    """Nano from a trainer's checkpoints, rounded to 8 bits, without styles; without a layout for given boxes only."""
    net = network(drawing)
    return Nano(net, network(layout) if layout else net, load_codec(codec), TextEncoder(), {}, {None: ALPHA_GAIN})


def network(checkpoint: Path) -> ConditionedFlux:
    """A trained network as it ships."""
    trained = load_trained(checkpoint)
    rounded = {name: as_shipped(value.float()) for name, value in trained.state.items()}
    return trained._replace(state=rounded).network()


def as_shipped(weight: torch.Tensor) -> torch.Tensor:
    """A weight after 8-bit blocks, or half floats where it does not fit them."""
    fits = can_quantise(weight.numpy())
    return torch.from_numpy(dequantise(quantise(weight.numpy()))) if fits else weight.half().float()


def digest(nano: Nano) -> str:
    """Eight hex digits of the weights: other weights make another row."""
    found = hashlib.sha256(nano.codec.decode.contiguous().numpy().tobytes())
    for net in nano.base.values():
        for name in sorted(net):
            found.update(net[name].contiguous().numpy().tobytes())
    for style in sorted(nano.styles):
        for part in (nano.styles[style].drawing, nano.styles[style].layout):
            for name in sorted(part):
                found.update(part[name][1].contiguous().numpy().tobytes())
    return found.hexdigest()[:8]


def draw(
    nano: Nano, photo: Prepared, text: str, seed: int, boxes: Sequence[Box] | None = None, apart: bool = False
) -> Answer:
    """One edit, end to end, or in given boxes. apart: also every element alone."""
    places = nano.layout(photo, text, seed) if boxes is None else list(boxes)
    elements = nano.draw(photo, text, places, seed)
    ones = [shown(photo.image, photo.matte, [element])[0] for element in elements] if apart else []
    seen = [(e.layer[..., 3], e.square[2] - e.square[0], e.square[3] - e.square[1]) for e in elements]
    return Answer(*shown(photo.image, photo.matte, elements), ones, places, edges(seen, photo.matte.size))


def edges(alphas: Sequence[tuple[np.ndarray, float, float]], area: int) -> float | None:
    """Median edge width of alphas [h, w], each with its width and height on a photo of so many pixels, brought to
    EDGE_SIDE."""
    scale, found = EDGE_SIDE / float(np.sqrt(area)), []
    for alpha, width, height in alphas:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        method = cv2.INTER_AREA if size[0] < alpha.shape[1] else cv2.INTER_LINEAR
        found.append(edge_width(cv2.resize(alpha, size, interpolation=method)))
    known = [width for width in found if width is not None]
    return float(np.median(known)) if known else None


def true_boxes(pair: Pair) -> list[Box]:
    """A pair's elements as the layout has them."""
    (height, width), found = pair.matte.shape, []
    for e in pair.elements:
        x0, y0, x1, y1 = e.box
        place = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height
        found.append(Box(*place, e.kind, e.words))
    return found


def true_answer(pair: Pair, apart: bool = False) -> Answer:
    """The true elements as they are seen."""
    ones = [composite(pair, [element]) for element in pair.elements] if apart else []
    alphas = [(e.layer[..., 3], e.layer.shape[1], e.layer.shape[0]) for e in pair.elements]
    return Answer(composite(pair), true_shown(pair)[1], ones, true_boxes(pair), edges(alphas, pair.matte.size))


def codec_psnr(codec: Codec, pictures: int = 300) -> float:
    """PSNR in dB of drawn patches of the thousand's pictures through the codec (model.codec.psnr); the app's has no
    encoder, but its decoder's rows are orthogonal under the error's weights, so the encoder follows."""
    weight = value_weights()
    encode = weight[:, None] * torch.linalg.pinv(codec.decode.float() * weight)
    feed = ThousandFeed(load_thousand(work_dir()))
    return psnr(replace(codec, encode=encode), drawn_patches([feed], pictures, np.random.default_rng(4)))
