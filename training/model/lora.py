"""Low-rank adapters under diffusers/PEFT names, and their place in the FLUX reference weights.

An adapter of a linear `W [out, in]` is `A [rank, in]` and `B [out, rank]`: y = W x + strength * (alpha / rank) B A x.
Diffusers keeps q, k and v apart; here they are rows of one fused linear, so each target names its rows."""

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from model.blocks import ConditionedConfig

PREFIX = "transformer."


class Target(NamedTuple):
    """`name`: diffusers module; `weight`: reference weight key; `start:stop`: its rows; `inputs`: its columns."""

    name: str
    weight: str
    start: int
    stop: int
    inputs: int


def targets(config: ConditionedConfig) -> list[Target]:
    """The layers of PhotoDoodle's EditLoRA, and the single blocks' MLP and output projection."""
    h, m = config.hidden_size, config.mlp_hidden
    found = []
    for i in range(config.depth):
        ours, theirs = f"double_blocks.{i}", f"transformer_blocks.{i}"
        for stream, names, out, ff in (
            ("img", ("to_q", "to_k", "to_v"), "to_out.0", "ff"),
            ("txt", ("add_q_proj", "add_k_proj", "add_v_proj"), "to_add_out", "ff_context"),
        ):
            for j, name in enumerate(names):
                rows = (j * h, (j + 1) * h)
                found.append(Target(f"{theirs}.attn.{name}", f"{ours}.{stream}_attn.qkv.weight", *rows, h))
            found.append(Target(f"{theirs}.attn.{out}", f"{ours}.{stream}_attn.proj.weight", 0, h, h))
            found.append(Target(f"{theirs}.{ff}.net.0.proj", f"{ours}.{stream}_mlp.0.weight", 0, m, h))
            found.append(Target(f"{theirs}.{ff}.net.2", f"{ours}.{stream}_mlp.2.weight", 0, h, m))
    for i in range(config.depth_single_blocks):
        ours, theirs = f"single_blocks.{i}", f"single_transformer_blocks.{i}"
        for j, name in enumerate(("to_q", "to_k", "to_v")):
            found.append(Target(f"{theirs}.attn.{name}", f"{ours}.linear1.weight", j * h, (j + 1) * h, h))
        found.append(Target(f"{theirs}.proj_mlp", f"{ours}.linear1.weight", 3 * h, 3 * h + m, h))
        found.append(Target(f"{theirs}.proj_out", f"{ours}.linear2.weight", 0, h, h + m))
    return found


Adapter = dict[str, tuple[Tensor, Tensor]]  # diffusers module name -> (A [rank, in], B [out, rank])


def adapter_of(part: str, factors: dict[str, Tensor]) -> Adapter:
    """A part's factors, by "PART.MODULE.lora_A.weight", as pairs under diffusers names."""
    own = (key.removeprefix(f"{part}.") for key in factors if key.startswith(f"{part}."))
    names = sorted({key.rsplit(".lora_", 1)[0] for key in own})
    return {name: tuple(factors[f"{part}.{name}.lora_{side}.weight"] for side in "AB") for name in names}


def new_adapter(config: ConditionedConfig, rank: int, generator: torch.Generator) -> Adapter:
    """A drawn as for a linear layer, B zero: training starts at the base model."""
    return {
        t.name: (torch.randn(rank, t.inputs, generator=generator) * t.inputs**-0.5, torch.zeros(t.stop - t.start, rank))
        for t in targets(config)
    }


def merged(
    state: dict[str, Tensor], adapter: Adapter, config: ConditionedConfig, strength: float = 1.0
) -> dict[str, Tensor]:
    """`state` with every targeted weight replaced by W + strength B A (differentiable; other entries are shared)."""
    by_name = {t.name: t for t in targets(config)}
    unknown = sorted(set(adapter) - set(by_name))
    if unknown:
        raise ValueError(f"adapter layers {unknown[:3]} are not in this model; was it trained for another size?")
    deltas: dict[str, list[tuple[int, Tensor]]] = {}
    for name, (a, b) in adapter.items():
        target = by_name[name]
        deltas.setdefault(target.weight, []).append((target.start, b @ a))
    out = dict(state)
    for key, parts in deltas.items():
        weight, pieces, row = state[key], [], 0
        for start, delta in sorted(parts, key=lambda part: part[0]):
            pieces += [weight[row:start], weight[start : start + len(delta)] + strength * delta]
            row = start + len(delta)
        out[key] = torch.cat((*pieces, weight[row:]))
    return out


def save_adapter(path: Path, adapter: Adapter) -> None:
    """Writes diffusers/PEFT names, f32, alpha = rank (so no alpha entries)."""
    tensors = {}
    for name, (a, b) in adapter.items():
        tensors[f"{PREFIX}{name}.lora_A.weight"] = a.detach().float().contiguous()
        tensors[f"{PREFIX}{name}.lora_B.weight"] = b.detach().float().contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
