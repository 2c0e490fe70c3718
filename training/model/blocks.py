"""The blocks of FLUX's transformer under the reference code's parameter names, and how they attend.

Source: FLUX.1 reference code (layers, ids, RoPE). The engine's blocks are held to it, these to theirs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EMBEDDING_DIM = 256
Rope = tuple[Tensor, Tensor]  # Cosines and sines [T, head_dim / 2] of the rotary embedding


@dataclass(frozen=True)
class ConditionedConfig:
    """in_channels, out_channels: of a noisy token. src_channels: of a photo token. place_channels: what either is told
    about where it lies; 0: nothing. pointer_dim: width of the keys that text tokens offer to pointers; 0: none."""

    in_channels: int
    out_channels: int
    src_channels: int
    place_channels: int = 0
    pointer_dim: int = 0
    vec_in_dim: int = 384
    context_in_dim: int = 384
    hidden_size: int = 192
    mlp_ratio: float = 4.0
    num_heads: int = 3
    depth: int = 2
    depth_single_blocks: int = 6
    axes_dim: tuple[int, ...] = (8, 28, 28)
    theta: int = 10_000
    qkv_bias: bool = True
    position_embed: bool = True

    def __post_init__(self) -> None:
        if self.head_dim * self.num_heads != self.hidden_size or sum(self.axes_dim) != self.head_dim:
            wanted = f"hidden_size / num_heads = {self.hidden_size} / {self.num_heads}; change one of the three"
            raise ValueError(f"axes_dim {self.axes_dim} must add up to {wanted}")

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_heads

    @property
    def mlp_hidden(self) -> int:
        return int(self.hidden_size * self.mlp_ratio)

    def to_json(self) -> dict:
        return asdict(self) | {"axes_dim": list(self.axes_dim)}

    @staticmethod
    def from_json(values: dict) -> ConditionedConfig:
        return ConditionedConfig(**(values | {"axes_dim": tuple(values["axes_dim"])}))


def grid_ids(rows: int, columns: int) -> Tensor:
    """(0, row, column) of each token in row-major order -> [rows * columns, 3] f32."""
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    ids = torch.stack((torch.zeros_like(row), row, column), dim=-1)
    return ids.reshape(-1, 3).float()


def rope_table(ids: Tensor, axes_dim: tuple[int, ...], theta: float) -> Rope:
    """ids [T, 3] -> f32. Angles are taken in float64: high frequencies times large positions lose digits in float32."""
    frequencies = [theta ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim) for dim in axes_dim]
    angle = torch.cat([ids[:, i].double()[:, None] * frequency for i, frequency in enumerate(frequencies)], dim=-1)
    return angle.cos().float(), angle.sin().float()


def apply_rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates adjacent pairs: x [B, heads, T, head_dim], tables [T, head_dim / 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


def timestep_embedding(t: Tensor) -> Tensor:
    """Sinusoidal embedding of t in [0, 1]: [B] -> [B, 256], cosines first, of 1000 t, max period 10 000."""
    half = EMBEDDING_DIM // 2
    frequency = torch.exp(-math.log(10_000) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
    angle = 1000.0 * t.float()[:, None] * frequency
    return torch.cat((angle.cos(), angle.sin()), dim=-1)


class MLPEmbedder(nn.Module):
    def __init__(self, in_dim: int, hidden: int):
        super().__init__()
        self.in_layer = nn.Linear(in_dim, hidden)
        self.out_layer = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.out_layer(F.silu(self.in_layer(x)))


class RMSNorm(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.scale


class QKNorm(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.query_norm = RMSNorm(dim)
        self.key_norm = RMSNorm(dim)


class Modulation(nn.Module):
    def __init__(self, hidden: int, count: int):
        super().__init__()
        self.count = count
        self.lin = nn.Linear(hidden, count * hidden)

    def forward(self, vec: Tensor) -> tuple[Tensor, ...]:
        """silu(vec) [B, hidden] -> `count` tensors [B, 1, hidden]: (shift, scale, gate) once or twice."""
        return self.lin(vec)[:, None].chunk(self.count, dim=-1)


def modulated_norm(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


class SelfAttention(nn.Module):
    def __init__(self, config: ConditionedConfig):
        super().__init__()
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size, bias=config.qkv_bias)
        self.norm = QKNorm(config.head_dim)
        self.proj = nn.Linear(config.hidden_size, config.hidden_size)


def split_heads(qkv: Tensor, norm: QKNorm, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """[B, T, 3 * hidden] -> q, k (RMS-normalised per head) and v, each [B, heads, T, head_dim]."""
    q, k, v = qkv.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    return norm.query_norm(q), norm.key_norm(k), v


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """[B, heads, T, head] and keys, values [B, heads, S, head] -> [B, T, hidden]."""
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)


def rotated(heads: tuple[Tensor, Tensor, Tensor], rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
    """Queries and keys after their rotation, values as they are."""
    q, k, v = heads
    return apply_rope(q, *rope), apply_rope(k, *rope), v


def residual(x: Tensor, attended: Tensor, modulation: tuple[Tensor, ...], attn: nn.Module, mlp: nn.Module) -> Tensor:
    """What a double block makes of a stream after its attention."""
    _, _, gate, shift, scale, mlp_gate = modulation
    x = x + gate * attn.proj(attended)
    return x + mlp_gate * mlp(modulated_norm(x, shift, scale))


class DoubleBlock(nn.Module):
    def __init__(self, config: ConditionedConfig):
        super().__init__()
        hidden, inner = config.hidden_size, config.mlp_hidden
        for stream in ("img", "txt"):
            mlp = nn.Linear(hidden, inner), nn.GELU(approximate="tanh"), nn.Linear(inner, hidden)
            self.add_module(f"{stream}_mod", Modulation(hidden, 6))
            self.add_module(f"{stream}_attn", SelfAttention(config))
            self.add_module(f"{stream}_mlp", nn.Sequential(*mlp))


class SingleBlock(nn.Module):
    def __init__(self, config: ConditionedConfig):
        super().__init__()
        self.widths = (3 * config.hidden_size, config.mlp_hidden)
        self.modulation = Modulation(config.hidden_size, 3)
        self.linear1 = nn.Linear(config.hidden_size, sum(self.widths))
        self.linear2 = nn.Linear(config.hidden_size + config.mlp_hidden, config.hidden_size)
        self.norm = QKNorm(config.head_dim)


class FinalLayer(nn.Module):
    def __init__(self, config: ConditionedConfig):
        super().__init__()
        self.linear = nn.Linear(config.hidden_size, config.out_channels)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(config.hidden_size, 2 * config.hidden_size))

    def forward(self, x: Tensor, vec: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(vec)[:, None].chunk(2, dim=-1)
        return self.linear(modulated_norm(x, shift, scale))
