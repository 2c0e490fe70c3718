"""The arithmetic that the app must repeat: quantiser, manifest, low-rank adapters; and the optimiser's."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from doubles import tiny_layout
from safetensors.torch import load_file

from data.settings import REPO_ROOT
from model.codec import smooth_seams
from model.conditioned import ConditionedConfig, ConditionedFlux
from model.crisp import crisp_alpha, crisp_colours
from model.lora import merged, new_adapter, save_adapter, targets
from model.stored import dequantise, quantise, read_manifest, stored, write_manifest
from train.loop import orthogonalise

NETWORK = tiny_layout()
TINY = NETWORK.config


def test_quantiser_round_trip_and_refused_shapes():
    weight = np.random.default_rng(0).normal(size=(24, 96)).astype(np.float32)
    weight[0, :32] = 0
    packed = quantise(weight)
    assert packed.data.shape == (24, 3, 32) and packed.scales.dtype == np.float16
    back = dequantise(packed)
    assert np.linalg.norm(back - weight) / np.linalg.norm(weight) < 0.006 and (back[0, :32] == 0).all()
    with pytest.raises(ValueError, match="F16"):
        quantise(np.zeros((4, 33), np.float32))


def test_manifest_round_trip_and_damage(tmp_path):
    rng = np.random.default_rng(1)
    values = {"a.weight": rng.normal(size=(8, 64)), "b.weight": rng.normal(size=(8, 10)), "c.bias": rng.normal(size=5)}
    tensors = {name: stored(value, "Q8") for name, value in values.items()}
    assert [tensor.dtype for tensor in tensors.values()] == ["Q8", "F16", "F32"]
    write_manifest(tmp_path, {"size": 3}, tensors)
    config, back = read_manifest(tmp_path)
    assert config == {"size": 3}
    assert np.array_equal(back["a.weight"], dequantise(quantise(values["a.weight"].astype(np.float32))))
    assert np.array_equal(back["b.weight"], values["b.weight"].astype(np.float16).astype(np.float32))
    assert np.array_equal(back["c.bias"], values["c.bias"].astype(np.float32))
    shard = tmp_path / "shard-00000.bin"
    raw = bytearray(shard.read_bytes())
    raw[100] ^= 1
    shard.write_bytes(raw)
    with pytest.raises(ValueError, match="damaged"):
        read_manifest(tmp_path)


def test_adapter_equals_low_rank_term_and_survives_a_file(tmp_path):
    generator = torch.Generator().manual_seed(3)
    zero = new_adapter(TINY, 8, generator)
    adapter = {name: (a, torch.randn(b.shape, generator=generator)) for name, (a, b) in zero.items()}
    save_adapter(tmp_path / "style.safetensors", adapter)
    file = load_file(tmp_path / "style.safetensors")
    for name, (a, b) in adapter.items():
        key = f"transformer.{name}.lora_"
        assert torch.equal(file[f"{key}A.weight"], a) and torch.equal(file[f"{key}B.weight"], b)
    assert len(file) == 2 * len(adapter)
    state = NETWORK.state_dict()
    assert all(torch.equal(state[k], v) for k, v in merged(state, zero, TINY).items())
    dense = merged(state, adapter, TINY, 0.7)
    for target in targets(TINY):
        x = torch.randn(3, target.inputs, generator=generator)
        a, b = adapter[target.name]
        low_rank = x @ state[target.weight][target.start : target.stop].T + 0.7 * (x @ a.T) @ b.T
        ours = x @ dense[target.weight][target.start : target.stop].T
        assert (ours - low_rank).norm() / low_rank.norm() < 1e-5
    other = new_adapter(replace(TINY, depth=2), 4, generator)
    with pytest.raises(ValueError, match="not in this model"):
        merged(state, other, TINY)


def test_orthogonalise_evens_out_singular_values():
    matrix = torch.randn(2, 48, 32, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert values.min() > 0.5 and values.max() < 1.4


@torch.no_grad()
def test_the_blocks_are_still_those_of_the_engines_parity_case():
    folder = REPO_ROOT / "tests" / "parity" / "conditioned-drawing"
    case = json.loads((folder / "case.json").read_text())
    model = ConditionedFlux(ConditionedConfig.from_json(case["config"])).eval()
    _, weights = read_manifest(folder / "weights")
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
    given, expected = (load_file(folder / case[key]) for key in ("inputs", "expected"))
    real = torch.arange(given["txt"].shape[1])[None] < torch.tensor(case["text_lengths"])[:, None]
    rope, level = model.rope(given["noisy_ids"]), torch.full((len(real),), case["sigma"])
    told = given["src"], given["txt"], given["pooled"], real, rope, model.rope(given["src_ids"]), given["place"]
    ours = model(given["latents"], level, *told)[0]
    assert (ours - expected["prediction"]).norm() / expected["prediction"].norm() < 1e-5


def test_a_small_step_between_patches_becomes_a_ramp_and_an_edge_stays():
    layers = np.zeros((1, 64, 64, 5), np.float32)
    layers[:, :, 32:] = 0.1
    smooth = smooth_seams(layers)[0]
    # src/engine/models/codec/seams.test.ts expects the same figures.
    np.testing.assert_allclose(smooth[20, 24:40, 3], (2 * np.arange(16) + 1) * 0.003125, atol=1e-6)
    assert smooth[20, 23, 0] == 0 and smooth[20, 40, 0] == np.float32(0.1)
    np.testing.assert_array_equal(smooth_seams(5 * layers), 5 * layers)
    turned = smooth_seams(np.swapaxes(layers, 1, 2))[0]
    np.testing.assert_allclose(turned, np.swapaxes(smooth, 0, 1), atol=1e-6)


def disc() -> np.ndarray:
    """A disc with a soft, slanted edge between two mottled colours, as in src/engine/models/codec/crisp.test.ts."""
    y, x = np.mgrid[:40, :48].astype(np.float32)
    alpha, side = (4 - np.hypot(x - 22, y - 20) / 4).clip(0, 1), 1 / (1 + np.exp(-(x - 20 + 0.3 * y) / 2))
    red = 0.9 * side + 0.1 * (1 - side) + 0.04 * np.sin(x * y)
    colours = red, 0.2 + 0.5 * (1 - side), 0.3 + 0.04 * np.cos(x + 2 * y)
    return np.stack([*(colour * alpha for colour in colours), alpha, alpha / 2], -1)[None]


def test_colours_and_translucent_edges_are_as_crisp_as_in_the_app() -> None:
    layer = crisp_colours(disc())[0]
    for (x, y), wanted in {
        (10, 20): (0.28587, 0.58502, 0.29951), (13, 20): (0.42764, 0.49864, 0.29982),
        (15, 20): (0.61411, 0.37973, 0.29992), (22, 8): (0.81136, 0.25546, 0.30061),
        (26, 33): (0.5386, 0.12206, 0.17995),
    }.items():  # fmt: skip
        np.testing.assert_allclose(layer[y, x, :3], wanted, atol=2e-5)
    np.testing.assert_array_equal(layer[..., 3:], disc()[0, ..., 3:])
    edge = crisp_alpha(0.6 * disc())[0, 20, [5, 7, 8, 9, 10, 11]]
    np.testing.assert_allclose(edge[:, 3], (0, 0, 0, 0.6, 0.6, 0.6), atol=2e-5)
    np.testing.assert_allclose(edge[:, 0], (0, 0, 0, 0.07718, 0.09626, 0.14969), atol=2e-5)
