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
from model.inference import CALLS, DrawnElement, Nano, Prepared, shown
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
    if not can_quantise(weight.numpy()):
        return weight.half().float()
    return torch.from_numpy(dequantise(quantise(weight.numpy())))


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
    nano: Nano, photo: Prepared, text: str, seed: int, boxes: Sequence[Box] | None = None,
    calls: int = CALLS, cfg: float = 1.0,
    apart: bool = False,
) -> Answer:  # fmt: skip
    """One edit, end to end, or in given boxes. apart: also every element alone."""
    places = nano.layout(photo, text, seed) if boxes is None else list(boxes)
    elements = nano.draw(photo, text, places, seed, calls, cfg)
    ones = [shown(photo.image, photo.matte, [element])[0] for element in elements] if apart else []
    return Answer(*shown(photo.image, photo.matte, elements), ones, places, edges(elements, photo.image.shape[:2]))


def edges(elements: Sequence[DrawnElement], size_hw: tuple[int, int]) -> float | None:
    """Median edge width of elements on a photo of (H, W) pixels, brought to EDGE_SIDE."""
    scale = EDGE_SIDE / float(np.sqrt(size_hw[0] * size_hw[1]))
    sides = [((e.square[2] - e.square[0]) * scale, (e.square[3] - e.square[1]) * scale) for e in elements]
    return _median([edge_width(_scaled(e.layer[..., 3], *side)) for e, side in zip(elements, sides)])


def _scaled(alpha: np.ndarray, width: float, height: float) -> np.ndarray:
    size = max(1, round(width)), max(1, round(height))
    return cv2.resize(alpha, size, interpolation=cv2.INTER_AREA if size[0] < alpha.shape[1] else cv2.INTER_LINEAR)


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def true_boxes(pair: Pair) -> list[Box]:
    """A pair's elements as the layout has them."""
    height, width = pair.matte.shape
    middle = lambda a, b, side: (a + b) / 2 / side
    return [
        Box(middle(e.box[0], e.box[2], width), middle(e.box[1], e.box[3], height), (e.box[2] - e.box[0]) / width,
            (e.box[3] - e.box[1]) / height, e.kind, e.words)
        for e in pair.elements
    ]  # fmt: skip


def true_answer(pair: Pair, apart: bool = False) -> Answer:
    """The true elements as they are seen."""
    ones = [composite(pair, [element]) for element in pair.elements] if apart else []
    scale = EDGE_SIDE / float(np.sqrt(pair.matte.size))
    sides = [(e.layer.shape[1] * scale, e.layer.shape[0] * scale) for e in pair.elements]
    widths = [edge_width(_scaled(e.layer[..., 3], *side)) for e, side in zip(pair.elements, sides)]
    return Answer(composite(pair), true_shown(pair)[1], ones, true_boxes(pair), _median(widths))


def codec_psnr(codec: Codec, pictures: int = 300) -> float:
    """PSNR in dB of drawn patches of the thousand's pictures through the codec (model.codec.psnr); the app's has no
    encoder, but its decoder's rows are orthogonal under the error's weights, so the encoder follows."""
    weight = value_weights()
    encode = weight[:, None] * torch.linalg.pinv(codec.decode.float() * weight)
    feed = ThousandFeed(load_thousand(work_dir()))
    return psnr(replace(codec, encode=encode), drawn_patches([feed], pictures, np.random.default_rng(4)))
