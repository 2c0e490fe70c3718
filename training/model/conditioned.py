"""FLUX's transformer with its condition apart: text and photo tokens attend only among themselves, at time 0.

Their keys and values therefore do not depend on the noise level: they are computed once an edit (`condition`), and a
call (`predict`) costs the noisy tokens alone. Measured against full attention from scratch, nothing is lost (shared
design note "nano, second design"). Blocks, names and rotary embeddings are those of model/blocks.py, the FLUX reference
code's.

Both of nano's networks are of this kind. The *drawing* transformer draws one element on a crop of the photo: noisy
tokens are the layer's, with the photo tokens' own position ids (PhotoDoodle's cloned ids). The *layout* transformer
finds the elements' boxes: noisy tokens are slots for boxes, with ids of their own on the first axis."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model import blocks as b
from model.blocks import ConditionedConfig, Rope


@dataclass
class Condition:
    """What a call needs of text and photo. keys, values: of every block [B, heads, L + M, head], keys after their
    rotation. mask: bool [B, 1, 1, L + M], False at padded text. pooled: [B, hidden]. pointers: [B, L, D] or None."""

    keys: list[Tensor]
    values: list[Tensor]
    mask: Tensor
    pooled: Tensor
    pointers: Tensor | None

    def repeat(self, times: int) -> Condition:
        """Every picture `times` times in a row."""
        each = lambda x: None if x is None else x.repeat_interleave(times, 0)
        keys, values = [each(k) for k in self.keys], [each(v) for v in self.values]
        return Condition(keys, values, each(self.mask), each(self.pooled), each(self.pointers))


class ConditionedFlux(nn.Module):
    def __init__(self, config: ConditionedConfig):
        super().__init__()
        self.config, hidden = config, config.hidden_size
        self.img_in = nn.Linear(config.in_channels, hidden)
        self.src_in = nn.Linear(config.src_channels, hidden)
        if config.place_channels:
            self.place_in = nn.Linear(config.place_channels, hidden)
        if config.position_embed:
            self.pos_in = nn.Linear(config.head_dim, hidden)
        self.txt_in = nn.Linear(config.context_in_dim, hidden)
        self.time_in = b.MLPEmbedder(b.EMBEDDING_DIM, hidden)
        self.vector_in = b.MLPEmbedder(config.vec_in_dim, hidden)
        self.double_blocks = nn.ModuleList(b.DoubleBlock(config) for _ in range(config.depth))
        self.single_blocks = nn.ModuleList(b.SingleBlock(config) for _ in range(config.depth_single_blocks))
        self.final_layer = b.FinalLayer(config)
        if config.pointer_dim:
            self.pointer_in = nn.Linear(hidden, config.pointer_dim)

    def rope(self, ids: Tensor) -> Rope:
        """ids [T, 3] -> cosines and sines [T, head / 2] on the weights' device."""
        device = self.img_in.weight.device
        return tuple(table.to(device) for table in b.rope_table(ids, self.config.axes_dim, self.config.theta))

    def _embed(self, linear: nn.Linear, tokens: Tensor, rope: Rope, place: Tensor | None) -> Tensor:
        x = linear(tokens)
        if self.config.position_embed:
            x = x + self.pos_in(torch.cat(rope, dim=-1))
        return x if place is None else x + self.place_in(place)

    def condition(self, src, txt, pooled, txt_mask, rope: Rope, place: Tensor | None = None) -> Condition:
        """src [B, M, src_channels], txt [B, L, context_in_dim], pooled [B, vec_in_dim], txt_mask bool [B, L] (False:
        padding), rope of the photo tokens' ids [M], place [B, M, place_channels]."""
        heads, length = self.config.num_heads, txt.shape[1]
        embedded = self.vector_in(pooled)
        vec = F.silu(self.time_in(b.timestep_embedding(torch.zeros(1, device=src.device))) + embedded)
        origin = self.rope(torch.zeros(length, 3))
        joint = tuple(torch.cat(pair, dim=-2) for pair in zip(origin, rope))
        mask = F.pad(txt_mask, (0, src.shape[1]), value=True)[:, None, None, :]
        img, txt = self._embed(self.src_in, src, rope, place), self.txt_in(txt)
        keys, values = [], []
        for block in self.double_blocks:
            img_mod, txt_mod = block.img_mod(vec), block.txt_mod(vec)
            theirs = b.split_heads(block.txt_attn.qkv(b.modulated_norm(txt, *txt_mod[:2])), block.txt_attn.norm, heads)
            ours = b.split_heads(block.img_attn.qkv(b.modulated_norm(img, *img_mod[:2])), block.img_attn.norm, heads)
            q, k, v = b.rotated(tuple(torch.cat(pair, dim=2) for pair in zip(theirs, ours)), joint)
            attended = b.attend(q, k, v, mask)
            txt = b.residual(txt, attended[:, :length], txt_mod, block.txt_attn, block.txt_mlp)
            img = b.residual(img, attended[:, length:], img_mod, block.img_attn, block.img_mlp)
            keys.append(k)
            values.append(v)
        x = torch.cat((txt, img), dim=1)
        for block in self.single_blocks:
            q, k, v, mlp, gate = self._single(block, x, vec, joint)
            x = x + gate * block.linear2(torch.cat((b.attend(q, k, v, mask), F.gelu(mlp, approximate="tanh")), dim=-1))
            keys.append(k)
            values.append(v)
        pointers = self.pointer_in(x[:, :length]) if self.config.pointer_dim else None
        return Condition(keys, values, mask, embedded, pointers)

    def predict(
        self, noisy: Tensor, timestep: Tensor, condition: Condition, rope: Rope, place: Tensor | None = None
    ) -> Tensor:
        """noisy [B, N, in_channels] at noise level timestep [B], 0..1, rope of their ids -> [B, N, out_channels]."""
        heads = self.config.num_heads
        vec = self.time_in(b.timestep_embedding(timestep)) + condition.pooled
        activated = F.silu(vec)
        mask = F.pad(condition.mask, (0, noisy.shape[1]), value=True)
        x = self._embed(self.img_in, noisy, rope, place)
        joined = lambda i, k, v: (torch.cat((condition.keys[i], k), dim=2), torch.cat((condition.values[i], v), dim=2))
        for index, block in enumerate(self.double_blocks):
            modulation = block.img_mod(activated)
            qkv = block.img_attn.qkv(b.modulated_norm(x, *modulation[:2]))
            q, k, v = b.rotated(b.split_heads(qkv, block.img_attn.norm, heads), rope)
            x = b.residual(x, b.attend(q, *joined(index, k, v), mask), modulation, block.img_attn, block.img_mlp)
        for index, block in enumerate(self.single_blocks, self.config.depth):
            q, k, v, mlp, gate = self._single(block, x, activated, rope)
            attended = b.attend(q, *joined(index, k, v), mask)
            x = x + gate * block.linear2(torch.cat((attended, F.gelu(mlp, approximate="tanh")), dim=-1))
        return self.final_layer(x, vec)

    def _single(self, block: b.SingleBlock, x: Tensor, vec: Tensor, rope: Rope) -> tuple[Tensor, ...]:
        shift, scale, gate = block.modulation(vec)
        qkv, mlp = block.linear1(b.modulated_norm(x, shift, scale)).split(block.widths, dim=-1)
        return (*b.rotated(b.split_heads(qkv, block.norm, self.config.num_heads), rope), mlp, gate)

    def forward(
        self, noisy, timestep, src, txt, pooled, txt_mask, noisy_rope, src_rope, place=None
    ) -> tuple[Tensor, Tensor | None]:
        """Condition and one call: training's step. noisy may have n rows in turn for each of src: its noise levels. src
        may have no tokens. -> prediction [B, N, out_channels], pointer keys [B, L, pointer_dim] or None."""
        told = None if place is None else place[:, : src.shape[1]]
        condition = self.condition(src, txt, pooled, txt_mask, src_rope, told)
        if len(noisy) > len(src):
            times = len(noisy) // len(src)
            condition = condition.repeat(times)
            place = None if place is None else place.repeat_interleave(times, 0)
        return self.predict(noisy, timestep, condition, noisy_rope, place), condition.pointers


def initialise(model: ConditionedFlux, generator: torch.Generator) -> None:
    """Weights for the start of training: every gate and the final layer at zero, so an untrained network answers 0."""
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            if name.endswith("bias"):
                parameter.zero_()
            elif name.endswith(".scale"):
                parameter.fill_(1.0)
            elif name.endswith((".lin.weight", "adaLN_modulation.1.weight", "final_layer.linear.weight")):
                parameter.zero_()
            elif name.startswith("place_in"):
                parameter.normal_(0, 0.1, generator=generator)
            elif name.startswith(("pos_in", "time_in", "vector_in")):
                parameter.normal_(0, 0.02, generator=generator)
            else:
                parameter.normal_(0, parameter.shape[1] ** -0.5, generator=generator)


# ---- the drawing transformer's tokens and places

TOKENS = 8  # Side of a crop's grid in tokens
PLACE_CHANNELS = 29
KINDS = ("front", "behind", "both", "whole")
FREQUENCIES = (1, 2, 3, 4, 6)


def crop_ids(rows: int = TOKENS, columns: int = TOKENS, top: int = 0, left: int = 0) -> Tensor:
    """Position ids [rows * columns, 3] of a grid, or of a window of one that begins at (top, left)."""
    return b.grid_ids(rows, columns) + torch.tensor([0.0, float(top), float(left)])


def place_features(box: Tensor, kind: Tensor, rows: int = TOKENS, columns: int = TOKENS) -> Tensor:
    """What tokens are told about where they lie in their element's box.

    box f32 [B, 4]: y0, y1, x0, x1 in units of 8 tokens from the grid's corner. kind int64 [B], index into KINDS. -> [B,
    rows * columns, 29]: share of the token inside the box | v, sin and cos of pi k v | the same of u | log h, log w |
    kind. v runs from 0 at the box's upper edge to 1 at its lower one, u likewise to the right; within -0.5..1.5."""
    y0, y1, x0, x1 = (side[:, None] for side in box.float().unbind(1))
    height, width = y1 - y0, x1 - x0
    top, left = torch.arange(rows) / TOKENS, torch.arange(columns) / TOKENS
    shared = lambda start, low, high: torch.minimum(start + 1 / TOKENS, high) - torch.maximum(start, low)
    inside = lambda start, low, high: shared(start, low, high).clamp(min=0) * TOKENS
    overlap = inside(top, y0, y1)[:, :, None] * inside(left, x0, x1)[:, None]
    v = ((top + 0.5 / TOKENS - y0) / height).clamp(-0.5, 1.5)
    u = ((left + 0.5 / TOKENS - x0) / width).clamp(-0.5, 1.5)
    wave = lambda t: [turn(torch.pi * k * t) for k in FREQUENCIES for turn in (torch.sin, torch.cos)]
    waves = lambda t: torch.stack([t, *wave(t)], -1)
    batch = len(box)
    size = torch.cat((height.log(), width.log()), 1)[:, None, None].expand(batch, rows, columns, 2)
    hot = F.one_hot(kind, len(KINDS)).float()[:, None, None].expand(batch, rows, columns, len(KINDS))
    spread_v = waves(v)[:, :, None].expand(batch, rows, columns, 11)
    spread_u = waves(u)[:, None].expand(batch, rows, columns, 11)
    return torch.cat((overlap[..., None], spread_v, spread_u, size, hot), -1).flatten(1, 2)


# ---- the layout transformer's slots

SLOTS = 16
LAYOUT_GRID = 12
SLOT_CHANNELS = 5
POINTER_DIM = 32
FREE = "free"
ANCHORS = (
    FREE, "left", "right", "beside_left", "beside_right", "above", "top_left", "top_right", "bottom_left",
    "bottom_right", "front", "middle", "behind", "back", "perch", "around", "scatter", "sky", "bottom",
    "head", "halo",
)  # fmt: skip
"""Where an element is put by a rule (data/anchors.py); free: where the network says."""
LAYOUT_SRC = 192 + 16 + 1


def slot_ids() -> Tensor:
    """Position ids [16, 3] of the box slots: on the first axis, away from text (0) and photo."""
    ids = torch.zeros(SLOTS, 3)
    ids[:, 0] = 1 + torch.arange(SLOTS)
    return ids


def drawing_config(hidden: int, depth: int, single: int, components: int) -> ConditionedConfig:
    return ConditionedConfig(
        components, components, 80, PLACE_CHANNELS, hidden_size=hidden, num_heads=hidden // 64, depth=depth,
        depth_single_blocks=single,
    )  # fmt: skip


def layout_config(hidden: int = 128, depth: int = 1, single: int = 4) -> ConditionedConfig:
    outputs = SLOT_CHANNELS + len(KINDS) + POINTER_DIM + len(ANCHORS)
    return ConditionedConfig(
        SLOT_CHANNELS, outputs, LAYOUT_SRC, 0, POINTER_DIM, hidden_size=hidden, num_heads=hidden // 64, depth=depth,
        depth_single_blocks=single,
    )  # fmt: skip
