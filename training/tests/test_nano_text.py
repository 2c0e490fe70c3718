"""The cut text encoder as the app ships it: its pieces are its ids, its offsets those of the text, rare words are spelled."""

import pytest
import torch

from nano.settings import text_encoder_dir
from nano.text import MAX_TOKENS, TextEncoder, tokenizer_of

pytestmark = pytest.mark.skipif(not (text_encoder_dir() / "vocab.txt").is_file(), reason="no text encoder in public/models/nano")


@pytest.fixture(scope="module")
def encoder():
    return TextEncoder()


@pytest.fixture(scope="module")
def pieces():
    return (text_encoder_dir() / "vocab.txt").read_text("utf-8").splitlines()


def test_a_lines_number_is_its_pieces_id(encoder, pieces):
    assert len(set(pieces)) == len(pieces) == encoder.config["vocab_size"]
    assert encoder.weights["embeddings.word_embeddings.weight"].shape[0] == len(pieces)
    ids = encoder.ids("Add a red crown")
    assert [pieces[i] for i in ids] == ["[CLS]", "add", "a", "red", "crown", "[SEP]"]
    assert [pieces[i] for i in encoder.ids("")] == ["[CLS]", "[SEP]"]


def test_offsets_are_the_characters_of_the_text(encoder, pieces):
    text = "Draw two  BUTTERFLIES, by the café"
    ids, offsets = encoder.ids(text), encoder.offsets(text)
    assert len(ids) == len(offsets) and offsets[0] == offsets[-1] == (0, 0)
    for index, (start, end) in list(zip(ids, offsets))[1:-1]:
        assert pieces[index].removeprefix("##") == text[start:end].lower().replace("é", "e")


def test_a_rare_word_is_spelled_with_shorter_pieces(encoder, pieces):
    spelled = [pieces[i] for i in encoder.ids("zyxwvutish")[1:-1]]
    assert len(spelled) > 2 and "".join(piece.removeprefix("##") for piece in spelled) == "zyxwvutish"
    assert "[UNK]" not in spelled and [pieces[i] for i in encoder.ids("猫猫")[1:-1]] != []


def test_long_texts_end_at_96_and_states_are_finite(encoder):
    assert len(encoder.ids("red " * 300)) == MAX_TOKENS
    states, pooled = encoder.encode("add a red crown")
    assert states.shape == (6, 384) and pooled.shape == (384,) and torch.isfinite(states).all()
    torch.testing.assert_close(pooled, states.mean(0))
    # what is asked for matters, and the encoder is deterministic
    other = encoder.encode("add a blue crown")[0]
    assert torch.equal(encoder.encode("add a red crown")[0], states) and (other[3] - states[3]).norm() > 1


def test_special_pieces_may_stand_anywhere():
    tokenizer = tokenizer_of(["hat", "[SEP]", "[UNK]", "[CLS]", "##s", "[PAD]"])
    assert tokenizer.encode("hats").ids == [3, 0, 4, 1] and tokenizer.encode("dog").ids == [3, 2, 1]
