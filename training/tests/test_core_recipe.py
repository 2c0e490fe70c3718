"""The ablations of nano/config.py in loss, sampler, positions and checkpoint; the accelerator's optimiser against the CPU's."""

import json

import numpy as np
import pytest
import torch

import pretrain
from export_nano import trained_model
from nano.checkpoint import Trained, load_trained, save_master
from nano.config import FluxConfig, Recipe
from nano.model import Flux, _plain_attention, initialise
from nano.muon import Muon
from nano.objective import WINDOW, Batch, Chains, Ropes, Seen, draw_noise, residual_losses, windows, without_instructions
from nano.sampler import Scheduler, edit_latents
from pairs.styles import STYLES
from pretrain import optimisers, restore

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)
SIGMA = torch.tensor([0.5, 0.9])


@pytest.fixture
def batch() -> Batch:
    rng = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(shape, generator=rng)
    mask = torch.tensor([[1.0, 0, 0, 0], [1, 1, 0, 0]])
    return Batch(draw(2, 4, 64), draw(2, 4, 64), mask, draw(2, 6, 384), torch.ones(2, 6, dtype=torch.bool), draw(2, 384), (2, 2))


def answered(batch: Batch, recipe: Recipe, answer):
    """Losses when the network says answer(noise); what it was shown as source tokens."""
    noise, shown = draw_noise(batch, torch.Generator().manual_seed(1), recipe), []

    def network(img, *_, **__):
        shown.append(img[:, 4:])
        return answer(noise[:, :4])

    return residual_losses(network, batch, SIGMA, noise, None, recipe), shown[0], noise


@pytest.mark.parametrize("prediction", ["source_residual", "velocity"])
def test_the_true_answer_has_no_loss_and_errors_count_in_d(batch, prediction):
    true = lambda noise: noise - batch.target if prediction == "velocity" else batch.target - batch.source
    recipe = Recipe(prediction=prediction)
    assert answered(batch, recipe, true)[0].objective == 0
    wrong = answered(batch, recipe, lambda noise: true(noise) + 1)[0]
    scale = SIGMA.square() if prediction == "velocity" else torch.ones(2)
    assert wrong.doodle == pytest.approx(((scale * torch.tensor([1, 2])).sum() / 3).item(), rel=1e-4)
    assert wrong.background == pytest.approx(((scale * torch.tensor([3, 2])).sum() / 5).item(), rel=1e-4)


def test_only_a_noisy_condition_hides_the_source(batch):
    zero = lambda noise: torch.zeros_like(noise)
    assert torch.equal(answered(batch, Recipe(), zero)[1], batch.source)
    _, shown, noise = answered(batch, Recipe(condition="noisy"), zero)
    level = SIGMA[:, None, None]
    torch.testing.assert_close(shown, (1 - level) * batch.source + level * noise[:, 4:])
    seen = []
    network = lambda img, txt, pooled, sigma, rope, **_: seen.append((sigma[0].item(), img[:, 4:])) or torch.zeros(2, 4, 64)
    start, hidden = torch.zeros(2, 4, 64), torch.full((2, 4, 64), 5.0)
    list(edit_latents(network, batch.source, batch.txt, batch.pooled, None, start, 3, condition_noise=hidden))
    assert len(seen) == 3 and torch.equal(seen[0][1], hidden)
    sigma, tokens = seen[2]
    torch.testing.assert_close(tokens, (1 - sigma) * batch.source + sigma * 5)


def test_the_noisy_tokens_show_the_residual_under_noise(batch):
    seen = []
    network = lambda img, *_, **__: seen.append(img[:, :4]) or torch.zeros(2, 4, 64)
    noise, level = draw_noise(batch, torch.Generator().manual_seed(1)), SIGMA[:, None, None]
    for recipe, clean in ((Recipe(), batch.target - batch.source), (Recipe(noisy_input="latents"), batch.target)):
        residual_losses(network, batch, SIGMA, noise, None, recipe)
        torch.testing.assert_close(seen[-1], (1 - level) * clean + level * noise)
    for recipe, kept in ((Recipe(), 0.0), (Recipe(noisy_input="latents"), 1.0)):
        seen.clear()
        path = list(edit_latents(network, batch.source, batch.txt, batch.pooled, None, noise, 3, recipe=recipe))
        assert torch.equal(seen[0], noise)  # pure noise either way
        torch.testing.assert_close(path[-1], batch.source)  # nothing drawn
        sigma = Scheduler().sigmas(3, 8)[2]
        torch.testing.assert_close(seen[2], path[1] - (1 - kept) * (1 - sigma) * batch.source)


@pytest.mark.parametrize("prediction", ["source_residual", "velocity"])
def test_an_answer_shown_in_place_of_the_truth_is_compared_with_the_truth(batch, prediction):
    recipe, level, seen = Recipe(prediction=prediction), SIGMA[:, None, None], []
    noise, believed = draw_noise(batch, torch.Generator().manual_seed(1)), batch.target + 1
    noisy = (1 - level) * believed + level * noise
    true = (noisy - batch.target) / level if prediction == "velocity" else batch.target - batch.source
    network = lambda img, *_, **__: seen.append(img[:, :4]) or true
    losses = residual_losses(network, batch, SIGMA, noise, None, recipe, believed=believed)
    torch.testing.assert_close(seen[0], noisy - (1 - level) * batch.source)
    assert losses.objective.item() == pytest.approx(0, abs=1e-10)
    torch.testing.assert_close(losses.believed, batch.target)  # what this answer amounts to


def test_chains_go_on_under_less_noise_and_end(batch):
    chains = Chains(0.5, np.random.default_rng(0), np.random.default_rng(1))
    sigmas, fresh, levels = [], 0, {}
    for _ in range(400):
        seen = chains.next()
        if seen is None:
            fresh += 1
            chains.keep(Seen(batch, torch.tensor([1.0, 0.1])), batch.target + 1)
            continue
        sigmas.append(seen.sigma)
        levels.setdefault(seen.calls, []).append(seen.sigma[0].item())
        own = (seen.sigma > 0.67)[:, None, None]  # the truth again where little noise is left
        assert torch.equal(seen.believed, batch.target + own)
        chains.keep(seen, batch.target + 1)
    assert 180 < fresh < 260 and set(levels) == {1, 2, 3}
    assert 0.75 <= min(levels[1]) < max(levels[1]) < 0.97  # time 0.5 to 0.9
    assert np.mean(levels[3]) < np.mean(levels[2]) - 0.05 < np.mean(levels[1]) - 0.1
    assert all(0 < sigma[1] <= 0.1 + 1e-6 for sigma in sigmas)  # never back to more noise
    assert Chains(0, np.random.default_rng(0), np.random.default_rng(1)).next() is None


def test_a_file_without_a_recipe_is_of_noisy_latents():
    assert Recipe.from_json(None) == Recipe(noisy_input="latents") == Recipe.from_json({"condition": "clean"})
    assert Recipe.from_json(Recipe().to_json()) == Recipe()


def test_offset_positions_put_the_source_one_grid_to_the_right():
    model = Flux(TINY)
    wide, _ = model.rope((2, 6), 0)
    offset, _ = model.rope((2, 3), 1, "offset")
    cloned, _ = model.rope((2, 3), 1)
    wide = wide[:12].reshape(2, 6, -1)
    assert torch.equal(offset[1:7], wide[:, :3].reshape(6, -1)) and torch.equal(offset[7:], wide[:, 3:].reshape(6, -1))
    assert torch.equal(cloned[1:7], cloned[7:]) and torch.equal(cloned[:7], offset[:7])


def test_dropped_instructions_are_the_empty_one(batch):
    states, pooled = torch.ones(2, 384), torch.full((384,), 2.0)
    after = without_instructions(batch, torch.tensor([True, False]), (states, pooled))
    assert torch.equal(after.txt[0, :2], states) and not after.txt[0, 2:].any()
    assert after.txt_mask.tolist() == [[True] * 2 + [False] * 4, [True] * 6]
    assert torch.equal(after.txt[1], batch.txt[1]) and torch.equal(after.pooled[0], pooled)


def test_unknown_choices_are_named():
    with pytest.raises(ValueError, match="positions.*cloned"):
        Recipe(positions="shifted")


def trained_twins() -> list[Flux]:
    twins = [Flux(TINY), Flux(TINY)]
    for model in twins:
        initialise(model, torch.Generator().manual_seed(0))
        rng = torch.Generator().manual_seed(1)
        for parameter in model.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=rng)
    return twins


def test_batched_muon_steps_like_muon_matrix_by_matrix():
    one, two = trained_twins()
    plain, batched = optimisers(one, 0.01, 0.01)[0], optimisers(two, 0.01, 0.01)[0]
    batched.batched, batched.dtype = True, torch.float32
    for _ in range(2):
        plain.step()
        batched.step()
    for (name, ours), theirs in zip(one.named_parameters(), two.parameters()):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5, msg=name)
    moved = one.single_blocks[0].linear1.weight - trained_twins()[0].single_blocks[0].linear1.weight
    assert moved.abs().mean() > 1e-3


def test_an_accelerators_optimiser_state_goes_on_on_the_cpu():
    one, two = trained_twins()
    there = [Muon([{"params": [one.img_in.weight]}], 0.01, batched=True), torch.optim.AdamW([one.img_in.bias], fused=True)]
    here = [Muon([{"params": [two.img_in.weight]}], 0.01), torch.optim.AdamW([two.img_in.bias], fused=False)]
    for optimiser in there:
        optimiser.step()
    for ours, theirs in zip(here, there):
        restore(ours, theirs.state_dict())
        ours.step()
    assert here[1].param_groups[0]["fused"] is False
    assert torch.equal(here[0].state[two.img_in.weight]["momentum"].sign(), two.img_in.weight.grad.sign())
    assert here[1].state[two.img_in.bias]["step"] == 2


def test_checkpoints_record_the_recipe(tmp_path):
    recipe = Recipe("velocity", "noisy", "offset")
    model = Flux(TINY)
    save_master(tmp_path / "a.safetensors", Trained(TINY, model.state_dict(), 5, recipe))
    save_master(tmp_path / "b.safetensors", Trained(TINY, model.state_dict(), 5))
    assert load_trained(tmp_path / "a.safetensors").recipe == recipe
    assert load_trained(tmp_path / "b.safetensors").recipe == Recipe()


def test_an_ablation_trains_and_its_checkpoint_goes_on_as_one(tmp_path, capsys):
    """Also from --init, whose path the checkpoint must be able to carry."""
    rng, folder = np.random.default_rng(0), tmp_path / "cache"
    folder.mkdir()
    tokens = rng.normal(size=(4, 4, 64)).astype(np.float16)
    np.savez(
        folder / "a.npz", sources=tokens, source_index=np.arange(4), targets=tokens + 1, masks=np.ones((4, 4), np.float16),
        text_index=np.zeros(4, int), states=rng.normal(size=(3, 384)).astype(np.float16), offsets=np.array([0, 3]),
        pooled=rng.normal(size=(1, 384)).astype(np.float16), grid=np.array((2, 2)), meta=np.array(json.dumps([{"text": "x"}] * 4)),
    )  # fmt: skip
    base, model = tmp_path / "base.safetensors", Flux(TINY)
    initialise(model, torch.Generator().manual_seed(0))
    save_master(base, Trained(TINY, model.state_dict(), 7))
    common = ["--cache", str(folder), "--out", str(tmp_path / "run"), "--minutes", "5", "--batch", "2", "--device", "cpu", "--windows", "0"]
    pretrain.main([*common, "--init", str(base), "--prediction", "velocity", "--condition", "noisy", "--max-steps", "2"])
    pretrain.main([*common, "--resume", "--max-steps", "3"])
    trained = load_trained(tmp_path / "run" / "checkpoint.pt")
    assert trained.recipe == Recipe("velocity", "noisy") and trained.samples == 7 + 6
    assert '"condition": "noisy"' in capsys.readouterr().out


def test_an_ablation_is_not_exported(tmp_path):
    model = Flux(TINY)
    initialise(model, torch.Generator().manual_seed(0))
    save_master(tmp_path / "ablation.safetensors", Trained(TINY, model.state_dict(), 16, Recipe(positions="offset")))
    for style in STYLES:
        (tmp_path / f"{style}.safetensors").touch()
    with pytest.raises(SystemExit, match="ablation .positions.*default recipe"):
        trained_model(tmp_path / "ablation.safetensors", tmp_path)


def pictures(grid: tuple[int, int], drawn: list[tuple[slice, slice]]) -> Batch:
    """A batch whose source tokens hold their own number, with a doodle on the given rows and columns of each picture."""
    count, tokens = len(drawn), grid[0] * grid[1]
    mask = torch.zeros(count, *grid)
    for picture, place in zip(mask, drawn):
        picture[place] = 1
    number = torch.arange(tokens, dtype=torch.float32)[None, :, None].expand(count, -1, 64)
    text = torch.zeros(count, 6, 384)
    return Batch(number, number + 1000, mask.flatten(1), text, torch.ones(count, 6, dtype=torch.bool), text[:, 0], grid)


def test_a_window_holds_the_doodle_and_keeps_its_tokens_together():
    whole = pictures((12, 14), [(slice(0, 4), slice(9, 14)), (slice(6, 9), slice(2, 3)), (slice(0, 12), slice(3, 5))])
    seen = set()
    for seed in range(40):
        part = windows(whole, np.random.default_rng(seed))
        assert part.source.shape == (3, WINDOW * WINDOW, 64) and part.grid == (12, 14)
        assert torch.equal(part.source[..., 0], part.kept.float()) and torch.equal(part.target, part.source + 1000)
        rows, columns = part.kept // 14, part.kept % 14
        for axis in (rows, columns):
            assert ((axis.amax(1) - axis.amin(1)) == WINDOW - 1).all()
        assert part.mask[0].sum() == 20 and part.mask[1].sum() == 3  # these two fit
        assert part.mask[2].sum() == 2 * WINDOW  # a column of twelve: as much of it as a window holds
        seen.add((int(rows[1, 0]), int(columns[1, 0])))
    assert len(seen) > 8  # it does not always lie at the same place about the doodle
    small = windows(pictures((2, 3), [(slice(0, 1), slice(0, 1))]), np.random.default_rng(0))
    assert small.kept.tolist() == [list(range(6))]


def test_a_window_of_a_picture_gives_what_the_same_tokens_give_alone():
    """Ids are those of the whole picture: a model asked about a window sees the very places."""
    model = Flux(TINY)
    initialise(model, torch.Generator().manual_seed(0))
    part = windows(pictures((12, 12), [(slice(2, 4), slice(8, 11))] * 2), np.random.default_rng(3))
    cos, sin = Ropes(model, Recipe())(part)
    whole = model.rope((12, 12), 6)[0]
    assert cos.shape == (2, 1, 6 + 2 * WINDOW * WINDOW, 32)
    for row in range(2):
        assert torch.equal(cos[row, 0, :6], whole[:6])
        assert torch.equal(cos[row, 0, 6 : 6 + WINDOW * WINDOW], whole[6 + part.kept[row]])
        assert torch.equal(cos[row, 0, 6 + WINDOW * WINDOW :], whole[6 + 144 + part.kept[row]])


def test_attention_in_bf16_is_the_fused_kernels():
    rng = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 20, 64, generator=rng) for _ in range(3))
    mask = (torch.arange(20) > 4)[None, None, None].expand(2, 1, 1, 20)
    ours = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(_plain_attention(q, k, v, mask), ours)
    half = _plain_attention(*(x.bfloat16() for x in (q, k, v)), mask).float()
    assert (half - ours).norm() < 0.02 * ours.norm()
