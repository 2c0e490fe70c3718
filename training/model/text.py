"""MiniLM (all-MiniLM-L6-v2, Apache-2.0) as the app ships it: fewer layers, a vocabulary cut to what instructions use,
8-bit blocks.

Training reads the very folder that the app reads, so that what the app computes is what the networks have seen."""

import functools
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from torch import Tensor

from data.settings import text_encoder_dir
from model.stored import read_manifest

MAX_TOKENS = 96
TEXT_LENGTHS = (8, 12, 16, 24, 32, 48, 64, 96)  # Texts of a batch are padded to one of these


def tokenizer_of(pieces: list[str]) -> Tokenizer:
    """BERT's uncased tokenizer over these pieces, whose places are their ids; 96 ids at most, with [CLS] and [SEP]."""
    ids = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


class TextEncoder:
    """Instruction -> token states and their mean, from the 8-bit encoder."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder: a manifest with vocab.txt beside it; None: the app's."""
        folder = folder or text_encoder_dir()
        self.tokenizer = tokenizer_of((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
        self.config, weights = read_manifest(folder)
        self.weights = {name: torch.from_numpy(value) for name, value in weights.items()}

    def ids(self, text: str) -> list[int]:
        """[CLS] wordpieces [SEP], at most 96."""
        return self.tokenizer.encode(text).ids

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The characters [start, end) of the text that each of `ids` stands for; (0, 0) of [CLS] and [SEP]."""
        return self.tokenizer.encode(text).offsets

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return F.layer_norm(x, weight.shape, weight, bias, self.config["layer_norm_eps"])

    @torch.no_grad()
    def encode(self, text: str) -> tuple[Tensor, Tensor]:
        """-> last hidden states f32 [L, 384] (L <= 96) and their mean [384] (not normalised)."""
        ids, heads = torch.tensor(self.ids(text)), self.config["num_attention_heads"]
        tables = [self.weights[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position", "token_type")]
        x = self._norm(tables[0][ids] + tables[1][: len(ids)] + tables[2][0], "embeddings.LayerNorm")
        for i in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{i}"
            head = lambda n: self._linear(x, f"{layer}.attention.self.{n}").unflatten(-1, (heads, -1)).transpose(0, 1)
            q, k, v = map(head, ("query", "key", "value"))
            attended = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).flatten(1)
            attended = self._linear(attended, f"{layer}.attention.output.dense")
            x = self._norm(x + attended, f"{layer}.attention.output.LayerNorm")
            inner = F.gelu(self._linear(x, f"{layer}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        return x, x.mean(0)


class Texts:
    """Encoded words by string; [CLS] [SEP] for none."""

    def __init__(self, encoder, keep: int = 60_000):
        self.encoder, self.encode = encoder, functools.lru_cache(keep)(self._encoded)

    def _encoded(self, text: str) -> tuple[Tensor, Tensor]:
        states, pooled = self.encoder.encode(text)
        return states.half(), pooled

    def batch(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """-> states [B, L, 384], pooled [B, 384], mask bool [B, L]."""
        encoded = [self.encode(text) for text in texts]
        longest = max(len(states) for states, _ in encoded)
        length = next((n for n in TEXT_LENGTHS if n >= longest), longest)
        states, mask = torch.zeros(len(texts), length, 384), torch.zeros(len(texts), length, dtype=torch.bool)
        for row, (own, _) in enumerate(encoded):
            states[row, : len(own)], mask[row, : len(own)] = own.float(), True
        return states, torch.stack([pooled for _, pooled in encoded]), mask
