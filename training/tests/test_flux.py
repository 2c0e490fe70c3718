"""EditLoRAs for FLUX: a small random FLUX folder, trained on by the command, read back by diffusers and by this
project."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

diffusers = pytest.importorskip("diffusers", reason="pip install diffusers transformers, to train for FLUX.1-dev")
pytest.importorskip("peft", reason="pip install peft, to train for FLUX.1-dev")
transformers = pytest.importorskip("transformers", reason="pip install transformers, to train for FLUX.1-dev")

from run import main  # noqa: E402
from train import flux as trainer  # noqa: E402

WORDS = ["<pad>", "<eos>", "<unk>", "add", "a", "red", "square", "by", "sksred"]
SIZE = 64  # 4 x 4 tokens


def save_tokenizer(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)


@pytest.fixture(scope="module")
def flux(tmp_path_factory):
    """FLUX.1-dev's folder with its architecture at a size for tests, random weights."""
    folder = tmp_path_factory.mktemp("flux")
    torch.manual_seed(0)
    diffusers.FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=2, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=24, guidance_embeds=True, axes_dims_rope=(4, 6, 6),
    ).save_pretrained(folder / "transformer")  # fmt: skip
    diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, norm_num_groups=4, shift_factor=0.1159,
        scaling_factor=0.3611, use_quant_conv=False, use_post_quant_conv=False,
    ).save_pretrained(folder / "vae")  # fmt: skip
    clip = transformers.CLIPTextConfig(
        vocab_size=len(WORDS), hidden_size=24, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2,
        eos_token_id=1, bos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    transformers.CLIPTextModel(clip).save_pretrained(folder / "text_encoder")
    t5 = transformers.T5Config(
        vocab_size=len(WORDS), d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu"
    )
    transformers.T5EncoderModel(t5).save_pretrained(folder / "text_encoder_2")
    for name in ("tokenizer", "tokenizer_2"):
        save_tokenizer(folder / name)
    return folder


@pytest.fixture
def pairs(tmp_path):
    rng, lines = np.random.default_rng(0), []
    for i in range(2):
        noise = Image.fromarray(rng.integers(0, 255, (8, 8, 3)).astype(np.uint8))
        photo = noise.resize((80, 80), Image.Resampling.BICUBIC)
        photo.save(tmp_path / f"{i}-before.png")
        photo.paste((220, 30, 30), (20, 20, 60, 60))
        photo.save(tmp_path / f"{i}-after.png")
        lines.append({"source": f"{i}-before.png", "target": f"{i}-after.png", "text": "add a red square"})
    (tmp_path / "my.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def test_grids_are_the_apps_and_packing_is_channel_major():
    sizes = (512, 512), (4000, 3000), (3000, 4000), (1920, 1080), (5000, 500)
    grids = [trainer.fit_grid(*size, 144) for size in sizes]
    assert grids == [(12, 12), (10, 14), (14, 10), (9, 16), (9, 16)]
    latents = torch.arange(16 * 4 * 6, dtype=torch.float32).reshape(1, 16, 4, 6)
    tokens = trainer.pack(latents)
    assert tokens.shape == (1, 6, 64) and torch.equal(tokens[0, 1], latents[0, :, 0:2, 2:4].reshape(-1))


@pytest.mark.parametrize("given", [["--name", "../mine"], ["--name", "水墨"], ["--name", "mine", "--size", "100"], []])
def test_options_that_make_no_sense_are_refused(given):
    with pytest.raises(SystemExit):
        main(["flux", "--own", "my.jsonl", "--flux", "FLUX.1-dev", *given])


def samples_of(flux, pairs):
    examples = trainer.pairs.read_jsonl(pairs / "my.jsonl")
    return trainer.encode_examples(examples, flux, "sksred", (SIZE // 16) ** 2, torch.device("cpu"), torch.float32)


def test_the_papers_layers_and_no_others_learn(flux):
    transformer = trainer.load_transformer(flux, None, 4, torch.device("cpu"), torch.float32)
    learnt = {name.split(".lora_")[0] for name, parameter in transformer.named_parameters() if parameter.requires_grad}
    double = {f"transformer_blocks.0.{layer}" for layer in trainer.LAYERS}
    single = {f"single_transformer_blocks.{i}.attn.to_{part}" for i in range(2) for part in "qkv"}
    assert learnt == double | single


def test_clean_source_tokens_follow_the_noisy_ones_under_the_same_ids(flux, pairs, monkeypatch):
    sample = samples_of(flux, pairs)[0]
    transformer = trainer.load_transformer(flux, None, 4, torch.device("cpu"), torch.float32)
    seen = {}
    forward = transformer.forward
    monkeypatch.setattr(transformer, "forward", lambda **given: seen.update(given) or forward(**given))
    sigma, noise = torch.tensor([0.6]), torch.randn(1, 16, 16, generator=torch.Generator().manual_seed(1))
    loss = trainer.loss_of(transformer, [sample], sigma, noise)
    hidden, ids = seen["hidden_states"], seen["img_ids"]
    assert hidden.shape == (1, 32, 16) and seen["encoder_hidden_states"].shape == (1, 512, 32)
    assert torch.allclose(hidden[0, :16], 0.4 * sample.target + 0.6 * noise[0], atol=1e-6)
    assert torch.equal(hidden[0, 16:], sample.source) and torch.equal(ids[:16], ids[16:])
    assert ids[:16].tolist() == [[0, row, column] for row in range(4) for column in range(4)]
    # only the noisy half is judged, against noise - target
    with torch.no_grad():
        velocity = forward(**seen)[0][:, :16]
    assert loss.item() == pytest.approx((velocity - (noise - sample.target)).square().mean().item(), rel=1e-5)


def test_the_command_learns_and_its_file_is_read_by_diffusers_and_here(flux, pairs, capsys):
    before = samples_of(flux, pairs)
    assert len(before) == 4 and not torch.equal(before[0].source, before[1].source)  # each pair and its mirror image
    given = f"--own {pairs / 'my.jsonl'} --name red --flux {flux} --out {pairs} --device cpu --size {SIZE}"
    main(["flux", *given.split(), *"--rank 4 --lr 5e-3 --max-steps 60 --batch 2".split()])
    losses = [json.loads(line)["loss"] for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert len(losses) == 6 and losses[-1] < losses[0]
    path = pairs / "red.safetensors"
    with safe_open(path, "pt") as file:
        assert file.metadata()["name"] == "red" and file.metadata()["trigger"] == "sksred"
        named = re.compile(r"transformer\.(single_)?transformer_blocks\.\d+\..+\.lora_[AB]\.weight")
        assert all(map(named.fullmatch, file.keys()))
    assert len(load_file(path)) == 2 * (12 + 6)

    # diffusers' own loader gives the network that was trained
    sigma, noise = torch.tensor([0.6]), torch.randn(1, 16, 16, generator=torch.Generator().manual_seed(1))
    plain = diffusers.FluxTransformer2DModel.from_pretrained(flux / "transformer")
    untrained = trainer.loss_of(plain, before[:1], sigma, noise).item()
    plain.load_lora_adapter(trainer.load_file(path), prefix="transformer")
    assert trainer.loss_of(plain, before[:1], sigma, noise).item() < untrained

    # and it can be fused as a pre-training LoRA is
    fused = trainer.load_transformer(flux, path, 4, torch.device("cpu"), torch.float32)
    ours, theirs = (trainer.loss_of(network, before[:1], sigma, noise).item() for network in (fused, plain))
    assert ours == pytest.approx(theirs, rel=1e-4)
