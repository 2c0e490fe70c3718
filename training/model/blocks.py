"""The FLUX transformer with PhotoDoodle's conditioning, under the FLUX reference parameter names.

Sources: FLUX.1 reference code (layers, ids, RoPE) and PhotoDoodle, arXiv 2502.14397 (noise-free source
tokens appended to the noisy ones, with the very same position ids).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EMBEDDING_DIM = 256
Rope = tuple[Tensor, Tensor]
"""Cosines and sines [T, head_dim / 2] of the rotary embedding."""


@dataclass(frozen=True)
class FluxConfig:
    """Sizes of FLUX's transformer; of nano's networks, what their blocks need to know (model/conditioned.py)."""

    in_channels: int = 64
    out_channels: int = 64
    vec_in_dim: int = 384  # MiniLM mean
    context_in_dim: int = 384  # MiniLM token states
    hidden_size: int = 192
    mlp_ratio: float = 4.0
    num_heads: int = 3  # heads of 64
    depth: int = 2
    depth_single_blocks: int = 6
    axes_dim: tuple[int, ...] = (8, 28, 28)
    theta: int = 10_000
    qkv_bias: bool = True
    guidance_embed: bool = False
    position_embed: bool = False
    """Not in FLUX: a token is also told where it lies (`pos_in`). Rotary embeddings alone turn a position into
    attention's weights, from which a small network reads a distance only roughly, and nothing it attends to says where
    that lies."""

    def __post_init__(self) -> None:
        head = self.hidden_size // self.num_heads
        if head * self.num_heads != self.hidden_size or sum(self.axes_dim) != head:
            raise ValueError(
                f"axes_dim {self.axes_dim} must add up to hidden_size / num_heads = "
                f"{self.hidden_size} / {self.num_heads}; change one of the three"
            )

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_heads

    @property
    def mlp_hidden(self) -> int:
        return int(self.hidden_size * self.mlp_ratio)


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
    def __init__(self, config: FluxConfig):
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
    if v.device.type == "cpu" and v.dtype == torch.bfloat16:
        attended = plain_attention(q.to(v.dtype), k.to(v.dtype), v, mask)
    else:
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attended.transpose(1, 2).flatten(2)


def rotated(heads: tuple[Tensor, Tensor, Tensor], rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
    """Queries and keys after their rotation, values as they are."""
    q, k, v = heads
    return apply_rope(q, *rope), apply_rope(k, *rope), v


def residual(x: Tensor, attended: Tensor, modulation: tuple[Tensor, ...], attn: nn.Module, mlp: nn.Module) -> Tensor:
    """What a double block makes of a stream after its attention."""
    _, _, gate, shift, scale, mlp_gate = modulation
    x = x + gate * attn.proj(attended)
    return x + mlp_gate * mlp(modulated_norm(x, shift, scale))


def plain_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """What scaled_dot_product_attention gives; two to three times as fast in bf16 on a CPU, whose fused kernel lacks
    that type's instructions."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(-1).to(v.dtype) @ v


def gelu_mlp(hidden: int, inner: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, inner), nn.GELU(approximate="tanh"), nn.Linear(inner, hidden))


class DoubleBlock(nn.Module):
    def __init__(self, config: FluxConfig):
        super().__init__()
        self.heads = config.num_heads
        for stream in ("img", "txt"):
            self.add_module(f"{stream}_mod", Modulation(config.hidden_size, 6))
            self.add_module(f"{stream}_attn", SelfAttention(config))
            self.add_module(f"{stream}_mlp", gelu_mlp(config.hidden_size, config.mlp_hidden))

    def forward(self, img: Tensor, txt: Tensor, vec: Tensor, rope: Rope, mask: Tensor | None):
        img_mod, txt_mod = self.img_mod(vec), self.txt_mod(vec)
        img_qkv = split_heads(self.img_attn.qkv(modulated_norm(img, *img_mod[:2])), self.img_attn.norm, self.heads)
        txt_qkv = split_heads(self.txt_attn.qkv(modulated_norm(txt, *txt_mod[:2])), self.txt_attn.norm, self.heads)
        q, k, v = (torch.cat(pair, dim=2) for pair in zip(txt_qkv, img_qkv))
        txt_out, img_out = attend(*rotated((q, k, v), rope), mask).split((txt.shape[1], img.shape[1]), dim=1)
        img = residual(img, img_out, img_mod, self.img_attn, self.img_mlp)
        return img, residual(txt, txt_out, txt_mod, self.txt_attn, self.txt_mlp)


class SingleBlock(nn.Module):
    def __init__(self, config: FluxConfig):
        super().__init__()
        self.heads = config.num_heads
        self.widths = (3 * config.hidden_size, config.mlp_hidden)
        self.modulation = Modulation(config.hidden_size, 3)
        self.linear1 = nn.Linear(config.hidden_size, sum(self.widths))
        self.linear2 = nn.Linear(config.hidden_size + config.mlp_hidden, config.hidden_size)
        self.norm = QKNorm(config.head_dim)

    def forward(self, x: Tensor, vec: Tensor, rope: Rope, mask: Tensor | None) -> Tensor:
        shift, scale, gate = self.modulation(vec)
        qkv, mlp = self.linear1(modulated_norm(x, shift, scale)).split(self.widths, dim=-1)
        attended = attend(*rotated(split_heads(qkv, self.norm, self.heads), rope), mask)
        return x + gate * self.linear2(torch.cat((attended, F.gelu(mlp, approximate="tanh")), dim=-1))


class FinalLayer(nn.Module):
    def __init__(self, config: FluxConfig):
        super().__init__()
        self.linear = nn.Linear(config.hidden_size, config.out_channels)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(config.hidden_size, 2 * config.hidden_size))

    def forward(self, x: Tensor, vec: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(vec)[:, None].chunk(2, dim=-1)
        return self.linear(modulated_norm(x, shift, scale))


class Flux(nn.Module):
    """The whole reference transformer: what the blocks' parity with the reference code is measured on."""

    def __init__(self, config: FluxConfig):
        super().__init__()
        self.config = config
        hidden = config.hidden_size
        self.img_in = nn.Linear(config.in_channels, hidden)
        if config.position_embed:
            self.pos_in = nn.Linear(config.head_dim, hidden)
        self.txt_in = nn.Linear(config.context_in_dim, hidden)
        self.time_in = MLPEmbedder(EMBEDDING_DIM, hidden)
        self.vector_in = MLPEmbedder(config.vec_in_dim, hidden)
        if config.guidance_embed:
            self.guidance_in = MLPEmbedder(EMBEDDING_DIM, hidden)
        self.double_blocks = nn.ModuleList(DoubleBlock(config) for _ in range(config.depth))
        self.single_blocks = nn.ModuleList(SingleBlock(config) for _ in range(config.depth_single_blocks))
        self.final_layer = FinalLayer(config)

    def rope(self, grid: tuple[int, int], text_tokens: int) -> Rope:
        """Tables for [txt; noisy; source]: text at the origin, the source at the noisy tokens' own ids."""
        ids = torch.cat((torch.zeros(text_tokens, 3), *[grid_ids(*grid)] * 2))
        cos, sin = rope_table(ids, self.config.axes_dim, self.config.theta)
        device = self.img_in.weight.device
        return cos.to(device), sin.to(device)

    def forward(
        self,
        img: Tensor,
        txt: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        rope: tuple[Tensor, Tensor],
        guidance: Tensor | None = None,
        txt_mask: Tensor | None = None,
    ) -> Tensor:
        """The prediction for the noisy tokens.

        img [B, 2N, in_channels] f32: the N noisy tokens, then the N clean source tokens. txt [B, L, context_in_dim],
        pooled [B, vec_in_dim], timestep [B] in [0, 1], rope from `rope(grid, L)`. txt_mask [B, L] bool marks the real
        text tokens of a padded batch (a padded row gives what the unpadded row alone gives). -> [B, N, out_channels].
        """
        noisy = img.shape[1] // 2
        vec = self.time_in(timestep_embedding(timestep)) + self.vector_in(pooled)
        if self.config.guidance_embed:
            if guidance is None:
                raise ValueError("this model embeds guidance: pass guidance [B]")
            vec = vec + self.guidance_in(timestep_embedding(guidance))
        mask = None
        if txt_mask is not None:
            mask = F.pad(txt_mask, (0, img.shape[1]), value=True)[:, None, None, :]
        img, txt = self.img_in(img), self.txt_in(txt)
        if self.config.position_embed:
            img = img + self.pos_in(torch.cat(rope, dim=-1)[txt.shape[1] :])
        activated = F.silu(vec)
        for block in self.double_blocks:
            img, txt = block(img, txt, activated, rope, mask)
        x, start = torch.cat((txt, img), dim=1), txt.shape[1]
        for block in self.single_blocks:
            x = block(x, activated, rope, mask)
        return self.final_layer(x[:, start : start + noisy], vec)
