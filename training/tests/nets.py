"""Tiny networks with weights that answer something, for tests of training: no work folder is needed."""

import numpy as np
import torch

from nano.codec import LAYER_CHANNELS, LAYER_PATCH, PHOTO_COMPONENTS, PHOTO_PATCH, Codec
from nano.conditioned import ConditionedConfig, ConditionedFlux, drawing_config, layout_config

COMPONENTS = 32


def filled(config: ConditionedConfig, seed: int = 0) -> ConditionedFlux:
    """A network of random weights, small enough that nothing saturates."""
    model, generator = ConditionedFlux(config), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * (0.7 * value.shape[-1] ** -0.5) + name.endswith(".scale"))
    return model.eval()


def tiny_drawing(seed: int = 0) -> ConditionedFlux:
    return filled(drawing_config(64, 1, 2, COMPONENTS), seed)


def tiny_layout(seed: int = 1) -> ConditionedFlux:
    return filled(layout_config(64, 1, 1), seed)


def tiny_codec() -> Codec:
    """Random orthogonal components of a layer's patch, and of a photo's."""
    rng = np.random.default_rng(0)
    basis = lambda size, count: torch.from_numpy(np.linalg.qr(rng.normal(size=(size, count)))[0].astype(np.float32))
    layer = basis(LAYER_PATCH**2 * LAYER_CHANNELS, COMPONENTS)
    pixels = PHOTO_PATCH**2 * 3
    return Codec(layer, layer.T.contiguous(), torch.full((pixels,), 0.5), basis(pixels, PHOTO_COMPONENTS))


class FakeEncoder:
    """A text encoder without weights: a token's state depends on its letters alone."""

    def ids(self, text: str) -> list[int]:
        return [0, *(sum(map(ord, word)) for word in text.split()), 1]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        spans, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            spans.append((at, at + len(word)))
            at += len(word)
        return [(0, 0), *spans, (0, 0)]

    def encode(self, text: str) -> tuple[torch.Tensor, torch.Tensor]:
        states = torch.stack([torch.randn(384, generator=torch.Generator().manual_seed(i)) for i in self.ids(text)])
        return states, states.mean(0)


def fake_matting(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matting.read's answer for a subject that fills the middle third of the photo."""
    matte = np.zeros((320, 320), np.float32)
    matte[107:213, 107:213] = 1
    return matte, np.full((144, 192), image.mean() / 255, np.float32)
