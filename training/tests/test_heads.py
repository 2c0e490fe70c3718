"""The network that finds heads: its objective, and its place in the matte network's file."""

import json
import shutil

import numpy as np
import onnxruntime as ort
import torch

from model.heads import HeadFinder, told_head
from model.matte import MODEL, NETWORK_SIDE
from train.heads import _loss, head_figures, write_heads

HEAD = (0.2, 0.2, 0.5, 0.6, 0.35, 0.25)


def test_cells_that_know_the_head_lose_less_than_others():
    head, covered = torch.tensor([HEAD]), torch.ones(1, 144)
    right = told_head(HEAD)[None]
    x, y = torch.meshgrid((torch.arange(12) + 0.5) / 12, (torch.arange(12) + 0.5) / 12, indexing="xy")
    named = right.clone()
    named[0, :, 0] = -40 * ((x - 0.35) ** 2 + (y - 0.4) ** 2).flatten()
    beside = told_head((0.4, 0.2, 0.7, 0.6, 0.55, 0.25))[None]
    losses = [_loss(cells, covered, head).item() for cells in (named, right, beside)]
    assert losses == sorted(losses) and losses[0] < losses[1] < losses[2] - 1


def test_figures_count_what_a_hat_fits_on():
    matte, head = np.full((2, 144, 16), 255, np.uint8), np.array([HEAD, (0.6, 0.2, 0.9, 0.6, 0.75, 0.25)], np.float32)
    network = HeadFinder()
    with torch.no_grad():
        for weight in network.parameters():
            weight.zero_()
    network.forward = lambda features: told_head(HEAD)[None].repeat(len(features), 1, 1)
    views = {"features": np.zeros((2, 144, 192), np.float16), "matte": matte, "head": head}
    assert head_figures(network, views) == {"found": 1.0, "right": 0.5, "off": 0.667}


def test_it_becomes_an_output_of_the_matte_network(tmp_path):
    for name in (MODEL.name, "matte.json"):
        shutil.copy(MODEL.with_name(name), tmp_path)
    path, network = tmp_path / MODEL.name, HeadFinder().eval()
    before = path.stat().st_size
    write_heads(network, path)
    write_heads(network, path)  # in the place of the one before
    assert abs(path.stat().st_size - before) < 2000
    assert json.loads((tmp_path / "matte.json").read_text())["bytes"] == path.stat().st_size
    image = np.random.default_rng(0).random((1, 3, NETWORK_SIDE, NETWORK_SIDE), np.float32)
    features, heads = ort.InferenceSession(path, providers=["CPUExecutionProvider"]).run(
        ["features", "heads"], {"image": image}
    )
    expected = network(torch.from_numpy(features)[None])[0].detach().numpy()
    assert np.abs(heads - expected).max() < 5e-3  # weights are kept in f16
