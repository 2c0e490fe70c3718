"""Packing, quantiser, manifest, sampler, low-rank adapters: the arithmetic that the app must repeat."""

import numpy as np
import pytest
import torch

from nano.config import FluxConfig
from nano.lora import load_adapter, merged, new_adapter, save_adapter, targets
from nano.manifest import read_manifest, stored, write_manifest
from nano.model import Flux, initialise
from nano.muon import orthogonalise
from nano.objective import PURE_NOISE_SHARE, draw_sigmas
from nano.quant import dequantise, quantise
from nano.sampler import Scheduler, euler
from nano.taef1 import pack, unpack

TINY = FluxConfig(
    in_channels=64, hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1, context_in_dim=32, vec_in_dim=32
)


def tiny_model(seed: int = 0) -> Flux:
    model = Flux(TINY)
    generator = torch.Generator().manual_seed(seed)
    initialise(model, generator)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.05)
    return model.eval()


def test_pack_is_channel_major_and_invertible():
    latents = torch.arange(16 * 4 * 6, dtype=torch.float32).reshape(1, 16, 4, 6)
    tokens = pack(latents)
    assert tokens.shape == (1, 6, 64)
    second_token_of_the_first_row = latents[0, :, 0:2, 2:4].reshape(-1)
    assert torch.equal(tokens[0, 1], second_token_of_the_first_row)
    assert torch.equal(unpack(tokens, (2, 3)), latents)


@pytest.mark.parametrize("bits, worst", [(8, 0.006), (4, 0.11)])
def test_quantiser_round_trip(bits, worst):
    weight = np.random.default_rng(0).normal(size=(24, 96)).astype(np.float32)
    weight[0, :32] = 0
    packed = quantise(weight, bits)
    assert packed.data.shape == (24, 3, 4 * bits) and packed.scales.dtype == np.float16
    back = dequantise(packed)
    assert np.linalg.norm(back - weight) / np.linalg.norm(weight) < worst
    assert (back[0, :32] == 0).all()
    # what is stored is a fixed point: storing it again changes nothing
    assert np.array_equal(dequantise(quantise(back, bits)), back) or bits == 8


def test_four_bit_nibble_order():
    weight = np.zeros((1, 32), np.float32)
    weight[0, 0], weight[0, 1] = -8.0, 3.0
    packed = quantise(weight, 4)
    assert packed.scales[0, 0] == 1 and packed.data[0, 0, 0] == (0 | (11 << 4))


def test_quantiser_refuses_other_shapes():
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


def test_an_untrained_model_leaves_the_photo_alone():
    model = Flux(TINY)
    initialise(model, torch.Generator().manual_seed(0))
    img, txt = torch.randn(2, 8, 64), torch.randn(2, 3, 32)
    answer = model(img, txt, torch.randn(2, 32), torch.tensor([0.3, 1.0]), model.rope((2, 2), 3))
    assert answer.shape == (2, 4, 64) and (answer == 0).all()


def test_source_residual_lands_on_the_source_plus_d():
    source, d, noise = (torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(i)) for i in range(3))
    sigmas = Scheduler().sigmas(5, 8)
    assert sigmas[0] == 1 and sigmas[-1] == 0 and sigmas == sorted(sigmas, reverse=True)
    *_, last = euler(lambda x, sigma: d, noise, source, sigmas, "source_residual")
    assert torch.allclose(last, source + d, atol=1e-5)
    *_, last = euler(lambda x, sigma: noise - source - d, noise, source, sigmas, "velocity")
    assert torch.allclose(last, source + d, atol=1e-5)


def test_stochastic_sampling_noises_the_prediction_anew():
    source, d, noise, other = (torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(i)) for i in range(4))
    sigmas = Scheduler().sigmas(3, 8)
    for prediction, answer in (
        ("source_residual", lambda x, sigma: d),
        ("velocity", lambda x, sigma: (x - source - d) / sigma),
    ):
        path = list(euler(answer, noise, source, sigmas, prediction, lambda x: other))
        for x, sigma in zip(path, sigmas[1:]):
            assert torch.allclose(x, (1 - sigma) * (source + d) + sigma * other, atol=1e-5)
        assert torch.allclose(path[-1], source + d, atol=1e-5)


def test_adapter_equals_low_rank_term_and_survives_a_file(tmp_path):
    model, generator = tiny_model(), torch.Generator().manual_seed(3)
    zero = new_adapter(TINY, 8, True, generator)
    adapter = {name: (a, torch.randn(b.shape, generator=generator)) for name, (a, b) in zero.items()}
    save_adapter(tmp_path / "style.safetensors", adapter)
    adapter = load_adapter(tmp_path / "style.safetensors")
    state = model.state_dict()
    assert all(torch.equal(state[k], v) for k, v in merged(state, zero, TINY).items())
    dense = merged(state, adapter, TINY, 0.7)
    for target in targets(TINY, single_mlp=True):
        x = torch.randn(3, target.inputs, generator=generator)
        a, b = adapter[target.name]
        low_rank = x @ state[target.weight][target.start : target.stop].T + 0.7 * (x @ a.T) @ b.T
        ours = x @ dense[target.weight][target.start : target.stop].T
        assert (ours - low_rank).norm() / low_rank.norm() < 1e-5


def test_adapter_of_another_model_is_refused():
    other = FluxConfig(**{**TINY.__dict__, "depth": 2})
    adapter = new_adapter(other, 4, False, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="not in this model"):
        merged(tiny_model().state_dict(), adapter, TINY)


def test_orthogonalise_evens_out_singular_values():
    matrix = torch.randn(2, 48, 32, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert values.min() > 0.5 and values.max() < 1.4


def test_sigmas_lean_to_noise():
    sigma = draw_sigmas(20_000, np.random.default_rng(0))
    assert sigma.min() >= 0.05 and sigma.max() <= 1
    assert PURE_NOISE_SHARE - 0.01 < (sigma > 0.97).float().mean() < PURE_NOISE_SHARE + 0.03  # a few of the others reach there
