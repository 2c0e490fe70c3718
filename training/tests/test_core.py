"""The arithmetic that the app must repeat: quantiser, manifest, low-rank adapters, the blocks against reference
numbers; and the optimiser's."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data.settings import REPO_ROOT
from model.blocks import Flux, FluxConfig
from model.lora import load_adapter, merged, new_adapter, save_adapter, targets
from model.stored import dequantise, quantise, read_manifest, stored, write_manifest
from train.loop import orthogonalise

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1, context_in_dim=32, vec_in_dim=32)
CASES = REPO_ROOT / "tests" / "parity"


def tiny_state() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(value.shape, generator=generator) * 0.1 for name, value in Flux(TINY).state_dict().items()
    }


@pytest.mark.parametrize(("bits", "worst"), [(8, 0.006), (4, 0.11)])
def test_quantiser_round_trip(bits, worst):
    weight = np.random.default_rng(0).normal(size=(24, 96)).astype(np.float32)
    weight[0, :32] = 0
    packed = quantise(weight, bits)
    assert packed.data.shape == (24, 3, 4 * bits) and packed.scales.dtype == np.float16
    back = dequantise(packed)
    assert np.linalg.norm(back - weight) / np.linalg.norm(weight) < worst and (back[0, :32] == 0).all()
    # what is stored is a fixed point: storing it again changes nothing
    assert np.array_equal(dequantise(quantise(back, bits)), back) or bits == 8


def test_four_bit_nibble_order_and_refused_shapes():
    weight = np.zeros((1, 32), np.float32)
    weight[0, 0], weight[0, 1] = -8.0, 3.0
    packed = quantise(weight, 4)
    assert packed.scales[0, 0] == 1 and packed.data[0, 0, 0] == (0 | (11 << 4))
    with pytest.raises(ValueError, match="F16"):
        quantise(np.zeros((4, 33), np.float32), 8)


def test_manifest_round_trip_and_damage(tmp_path):
    rng = np.random.default_rng(1)
    values = {"a.weight": rng.normal(size=(8, 64)), "b.weight": rng.normal(size=(8, 10)), "c.bias": rng.normal(size=5)}
    tensors = {name: stored(value, "Q8") for name, value in values.items()}
    assert [tensor.dtype for tensor in tensors.values()] == ["Q8", "F16", "F32"]
    write_manifest(tmp_path, {"size": 3}, tensors)
    config, back = read_manifest(tmp_path)
    assert config == {"size": 3}
    assert np.array_equal(back["a.weight"], dequantise(quantise(values["a.weight"].astype(np.float32), 8)))
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
    zero = new_adapter(TINY, 8, True, generator)
    adapter = {name: (a, torch.randn(b.shape, generator=generator)) for name, (a, b) in zero.items()}
    save_adapter(tmp_path / "style.safetensors", adapter)
    adapter = load_adapter(tmp_path / "style.safetensors")
    state = tiny_state()
    assert all(torch.equal(state[k], v) for k, v in merged(state, zero, TINY).items())
    dense = merged(state, adapter, TINY, 0.7)
    for target in targets(TINY, single_mlp=True):
        x = torch.randn(3, target.inputs, generator=generator)
        a, b = adapter[target.name]
        low_rank = x @ state[target.weight][target.start : target.stop].T + 0.7 * (x @ a.T) @ b.T
        ours = x @ dense[target.weight][target.start : target.stop].T
        assert (ours - low_rank).norm() / low_rank.norm() < 1e-5
    other = new_adapter(FluxConfig(**{**TINY.__dict__, "depth": 2}), 4, False, generator)
    with pytest.raises(ValueError, match="not in this model"):
        merged(state, other, TINY)


def test_orthogonalise_evens_out_singular_values():
    matrix = torch.randn(2, 48, 32, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert values.min() > 0.5 and values.max() < 1.4


def open_case(name: str):
    folder = CASES / name
    case = json.loads((folder / "case.json").read_text())
    load = lambda key: {k: v.float() for k, v in load_file(folder / case[key]).items()}
    model = Flux(FluxConfig(**(case["config"] | {"axes_dim": tuple(case["config"]["axes_dim"])})))
    model.load_state_dict(load("weights"))
    if "lora" in case:
        adapter = load_adapter(folder / case["lora"]["file"])
        model.load_state_dict(merged(model.state_dict(), adapter, model.config, case["lora"]["strength"]))
    return model.eval(), case, load("inputs"), load("expected")["velocity"]


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "padding"),
    [("transformer-guidance", 0), ("transformer-bf16-no-guidance", 0), ("transformer-position-embed", 0),
     ("lora-diffusers", 0),
     ("transformer-guidance", 3)],
)  # fmt: skip
def test_velocity_is_the_references_also_with_padded_text(name, padding):
    model, case, inputs, expected = open_case(name)
    txt, real = inputs["txt"], inputs["txt"].shape[1]
    txt = torch.cat((txt, torch.ones(1, padding, txt.shape[2])), 1)
    rope, mask = model.rope(tuple(case["grid"]), real + padding), torch.arange(real + padding)[None] < real
    given = inputs["img"], txt, inputs["pooled"], inputs["timestep"], rope, inputs.get("guidance")
    ours = model(*given, mask if padding else None)
    assert (ours - expected).norm() / expected.norm() <= case["tolerance"]["rel_l2"]
