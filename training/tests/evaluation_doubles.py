"""Stand-ins for photos, matte network, text encoder and weights, so that tests of the evaluation need no data folder and no model."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import torch

from evaluation import questions
from nano import inference
from nano.codec import Codec
from nano.conditioned import POINTER_DIM, SLOT_CHANNELS, KINDS, ConditionedConfig, ConditionedFlux
from pairs.photos import random_view
from pairs_made import made_artwork, made_photo

TINY = {"hidden_size": 64, "num_heads": 1, "depth": 1, "depth_single_blocks": 1}
COMPONENTS = 4
DRAWING = ConditionedConfig(COMPONENTS, COMPONENTS, 80, place_channels=29, **TINY)
LAYOUT = ConditionedConfig(SLOT_CHANNELS, SLOT_CHANNELS + len(KINDS) + POINTER_DIM, 209, pointer_dim=POINTER_DIM, **TINY)
HEADS = tuple(SimpleNamespace(id=f"head-{n}") for n in range(2))


class Pool:
    """Views of one made photo, under one of five names."""

    infos = tuple(SimpleNamespace(id=f"photo-{n}") for n in range(5))

    def view(self, size_hw, rng):
        return replace(random_view(made_photo(), size_hw, rng), id=f"photo-{rng.integers(5)}")


class Matting:
    """A round subject in the middle."""

    def read(self, rgb):
        y, x = np.mgrid[-1 : 1 : 320j, -1 : 1 : 320j]
        return (x**2 + y**2 < 0.1).astype(np.float32), np.zeros((144, 192), np.float32)


class Words:
    """One token a word."""

    def encode(self, text):
        states = torch.stack([torch.full((384,), len(word) / 10) for word in ("", *text.split())])
        return states, states.mean(0)

    def offsets(self, text):
        ends = np.cumsum([len(word) + 1 for word in text.split()]).tolist()
        return [(0, 0), *((end - 1 - len(word), end - 1) for word, end in zip(text.split(), ends))]


class Reads(torch.nn.Module):
    """A judge that reads the second of three things when what was drawn is mostly red, else the first."""

    def forward(self, x):
        red = (x[:, 4] - x[:, 6]).sum((1, 2)) > 0
        return torch.stack([~red, red, torch.zeros_like(red)], 1).float() * 9


def tiny_network(config: ConditionedConfig, seed: int) -> ConditionedFlux:
    torch.manual_seed(seed)
    model = ConditionedFlux(config)
    for parameter in model.parameters():  # no gate may be shut
        torch.nn.init.normal_(parameter, 0, 0.05)
    return model


def tiny_codec() -> Codec:
    rng = torch.Generator().manual_seed(5)
    table = lambda *shape: torch.randn(*shape, generator=rng)
    return Codec(table(5120, COMPONENTS), table(COMPONENTS, 5120), table(768), table(768, 64))


def fake_world(monkeypatch) -> None:
    """Made photos instead of the data folder's, a matte without the network."""
    monkeypatch.setattr(questions, "PhotoPool", lambda *args, **settings: Pool())
    monkeypatch.setattr(questions, "load_index", lambda folder: list(HEADS))
    monkeypatch.setattr(questions, "is_held_out", lambda name: True)
    monkeypatch.setattr(questions, "has_head", lambda name, folder: True)
    monkeypatch.setattr(questions, "load_photo", lambda info, folder: replace(made_photo(), id=info.id))
    monkeypatch.setattr(inference, "Matting", Matting)
    monkeypatch.setattr(inference, "refine", lambda small, rgb: cv2.resize(small, rgb.shape[1::-1]))


def tiny_nano() -> inference.Nano:
    return inference.Nano(tiny_network(DRAWING, 1), tiny_network(LAYOUT, 2), tiny_codec(), Words(), {})


def question_set(folder) -> questions.QuestionSet:
    return questions.QuestionSet(folder, made_artwork(), lambda photo: np.zeros(photo.shape[:2], np.float32))
