"""Questions, answers, rows and pages on made photos and tiny random networks."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from doubles import FakeEncoder, Reads, fake_world, question_set, tiny_codec, tiny_drawing, tiny_layout
from PIL import Image

from data.things import THINGS
from evaluate import cli, older, pages, report, styled
from evaluate.answers import Answer, EvaluationError, Row
from evaluate.drawn import as_shipped, codec_psnr, digest, draw, from_checkpoints
from evaluate.questions import names_of
from evaluate.report import Judge
from model.codec import FRONT_WEIGHT, Codec, psnr
from model.inference import Nano
from model.slots import Box
from train.masters import save_checkpoint

THREE = [thing for thing in THINGS if thing.name in ("crown", "sun", "star")]
COLUMNS = {"thing", "place", "two", "worn", "boxes", "count", "colour", "edge", "sure"}


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    fake_world(monkeypatch)
    return question_set(tmp_path / "set")


def single(chosen, count=1):
    return chosen.questions(names_of("thing", count, THREE), chosen.one_thing)


def test_questions_repeat_and_a_larger_set_holds_the_smaller(chosen, tmp_path):
    asked = single(chosen)
    assert [q.id for q in asked] == ["crown-00", "star-00", "sun-00"] or {q.things[0] for q in asked} == {
        "crown",
        "star",
        "sun",
    }
    again = question_set(tmp_path / "other")
    assert again.questions(names_of("thing", 2, THREE), again.one_thing)[::2] == asked
    assert all((chosen.photo(q) == again.photo(q)).all() for q in asked)
    assert all(q.text and len(q.boxes) == 1 and q.text[slice(*q.boxes[0].words)] for q in asked)


def test_what_is_there_is_not_made_again(chosen):
    asked = single(chosen)

    def never(name, rng):
        raise AssertionError(name)

    assert chosen.questions([q.id for q in asked], never) == asked


def test_groups_of_questions_ask_what_they_are_for(chosen):
    (two,) = chosen.questions(names_of("two", 1), chosen.two_things)
    assert len(set(two.things)) == 2 and set(two.owners) == set(two.things)
    assert len(chosen.truth.read(two.id).ones) == len(two.boxes) >= 2
    assert names_of("worn", 0, photos=2)[::6] == ["worn-00-0-0", "worn-01-0-0"]
    (worn,) = chosen.questions(["worn-01-1-0"], chosen.worn)
    assert (
        worn.things == ["top hat"] and worn.colours[0] in worn.text and worn.photo == "head-1" and worn.head.width == 78
    )
    found = chosen.truth.read(worn.id)
    assert report.measured(worn, chosen.photo(worn), found, found, None)["worn"] == 1


def judge():
    return Judge(Reads().eval(), ["star", "crown", "sun"])


def test_truth_is_the_ceiling_and_an_untouched_photo_is_nothing(chosen):
    questions = single(chosen)
    for question in questions:
        photo = chosen.photo(question)
        chosen.row("nothing").write(question.id, Answer(photo, np.zeros(photo.shape[:2], np.float32), boxes=[]))
    rows = {
        name: report.judge_row(chosen, chosen.row(name), questions, judge()) for name in ("truth", "second", "nothing")
    }
    assert all(set(values) == COLUMNS for values in rows["truth"])
    found = report.figure_rows(questions, rows)
    assert (
        found["truth"]["place"].value == 1
        and found["truth"]["boxes"].value == pytest.approx(1)
        and found["truth"]["edge"].value < 4
    )
    assert found["nothing"]["place"].value == found["nothing"]["boxes"].value == found["nothing"]["count"].value == 0
    assert 0 < found["second"]["place"].value < 1
    facts = {"questions": {"thing": 3}, "photos": 2, "set": "x", "codec": 27.0}
    text = report.write(chosen.folder / "r.json", questions, rows, {name: name for name in rows}, facts)
    assert "| place (IoU) | 1.00 (1.00 to 1.00)" in text and "27.0 dB" in text
    saved = json.loads((chosen.folder / "r.json").read_text())
    assert len(saved["pictures"]["truth"]) == 3 and saved["figures"]["truth"]["place"]["value"] == 1


def test_both_things_must_be_named_each_by_an_element_of_its_own(chosen):
    (question,) = chosen.questions(names_of("two", 1), chosen.two_things)
    named = Judge(Reads().eval(), [question.things[0], question.things[1], "other"])
    photo, red = np.full((64, 64, 3), 90, np.uint8), np.full((64, 64, 3), 90, np.uint8)
    blue = red.copy()
    red[10:30, 10:30], blue[10:30, 10:30] = (250, 0, 0), (0, 0, 250)
    both = lambda *ones: report.measured(
        question, photo, Answer(red, np.zeros((64, 64), np.float32), list(ones)), None, named
    )["two"]
    assert both(red, blue) == 1 and both(red, red) == 0 and both() == 0


def test_nano_answers_from_checkpoints_as_it_ships(chosen, tmp_path, monkeypatch):
    monkeypatch.setattr("evaluate.drawn.TextEncoder", FakeEncoder)
    networks = {"drawing": tiny_drawing(), "layout": tiny_layout()}
    for name, network in networks.items():
        (tmp_path / name).mkdir()
        save_checkpoint(tmp_path / name, network.config, network.state_dict(), 1)
    tiny_codec().save(tmp_path / "codec")
    monkeypatch.setenv("PHOTODOODLE_WORK", str(tmp_path))
    paths = [tmp_path / name / "checkpoint.pt" for name in networks]
    nano, own = from_checkpoints(*paths, "codec"), Nano(*networks.values(), tiny_codec(), FakeEncoder(), {})
    weight, rounded = (each.base["drawing"]["double_blocks.0.img_mlp.0.weight"] for each in (own, nano))
    assert 1e-4 < (rounded - weight).norm() / weight.norm() < 0.02 and as_shipped(torch.ones(3)).tolist() == [1, 1, 1]
    assert digest(nano) != digest(own)
    question = single(chosen)[0]
    photo = nano.prepare(chosen.photo(question))
    one = draw(nano, photo, question.text, question.seed)
    two = draw(nano, photo, question.text, question.seed)
    assert (one.picture == two.picture).all() and one.boxes == two.boxes
    nano.gains = {None: 1.0}  # what an untrained network draws is fainter than one half
    given = draw(nano, photo, question.text, 1, [question.boxes[0], Box(0.5, 0.5, 1, 1, "whole", (0, 0))], apart=True)
    assert len(given.ones) == 2 and given.alpha.max() > 0 and given.alpha.shape == photo.image.shape[:2]
    place = question.boxes[0]
    small = place._replace(w=0.2, h=0.1)  # its layer shrinks to a fraction
    assert draw(nano, photo, question.text, 1, [small]).alpha.max() > 0
    alone, (height, width) = draw(nano, photo, question.text, 1, [place]), photo.image.shape[:2]
    y, x = np.mgrid[:height, :width]
    untouched = given.alpha == 0
    assert (given.picture[untouched] == photo.image[untouched]).all()
    reach = 0.7 * max(place.w * width, place.h * height)  # the crop is 1.3 times as large as the box
    far = (np.abs(x - place.cx * width) > reach) | (np.abs(y - place.cy * height) > reach)
    assert far.any() and (alone.alpha[far] == 0).all() and (alone.picture[far] == photo.image[far]).all()


def test_rows_survive_the_disk(tmp_path):
    row, alpha = Row(tmp_path), np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    picture = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    row.write("a-1", Answer(picture, alpha, [picture // 2], [Box(0.1, 0.2, 0.3, 0.4, "both", (1, 5))], 1.5))
    found = row.read("a-1")
    assert (
        (found.picture == picture).all()
        and (found.ones[0] == picture // 2).all()
        and np.abs(found.alpha - alpha).max() < 0.003
    )
    assert found.boxes == [Box(0.1, 0.2, 0.3, 0.4, "both", (1, 5))] and found.edge == 1.5
    assert "a-1" in row and "a-2" not in row
    (tmp_path / "a-1.png").unlink()
    with pytest.raises(EvaluationError, match="cannot be read"):
        row.read("a-1")


def test_an_older_picture_falls_into_its_parts():
    photo = np.full((96, 96, 3), 100, np.uint8)
    result = photo.copy()
    result[10:40, 10:40], result[60:80, 60:80], result[90:92, 2:4] = 250, 0, 255
    large, small = older.parts(photo, result)
    assert (large[10:40, 10:40] == 250).all() and (large[60:80, 60:80] == 100).all()
    assert (small[60:80, 60:80] == 0).all() and (small[10:40, 10:40] == 100).all()
    assert older.parts(photo, photo) == []
    answer = older.as_answer(photo, result, np.zeros((96, 96), np.float32))
    assert answer.boxes is None and answer.alpha[20, 20] == 1 and answer.alpha[50, 50] == 0


def test_an_older_checkout_that_cannot_draw_is_told(chosen, tmp_path):
    with pytest.raises(EvaluationError, match="cannot draw"):
        older.answer_all(tmp_path, chosen.row("older"), single(chosen), chosen)


def test_blind_ratings_give_both_rates(tmp_path):
    picture = lambda value: np.full((4, 4, 3), value, np.uint8)
    pictures = [(f"photo-{n}", drawn, picture(2 * n + drawn), f"text {n}") for n in range(6) for drawn in (True, False)]
    key, folder = tmp_path / "key.json", tmp_path / "rate"
    with pytest.raises(EvaluationError, match="keep the key where"):
        pages.shuffle_blind(pictures, folder, folder / "key.json", 0)
    pages.shuffle_blind(pictures, folder, key, 0)
    known, values = (
        json.loads(key.read_text()),
        [int(np.asarray(Image.open(folder / f"{n:03d}.png"))[0, 0, 0]) for n in range(12)],
    )
    assert [value % 2 == 1 for value in values] == [entry["drawn"] for entry in known] and values != sorted(values)
    ratings = tmp_path / "ratings.json"
    ratings.write_text(json.dumps([not entry["drawn"] or entry["photo"] < "photo-3" for entry in known]))
    text = pages.rate_blind(ratings, key)
    assert "drawn: 0.50" in text and "true: 1.00" in text and "drawn / true: 0.50" in text
    ratings.write_text("[1]")
    with pytest.raises(EvaluationError, match="rate every picture"):
        pages.rate_blind(ratings, key)


def test_pages_and_the_rule_of_fitting(tmp_path):
    subjects = ["woman", "dog", "cat", "man", "teddy bear", "rubber duck"]
    names = {
        "put a party hat on the dog": 1, "draw a mustache on him": 3, "ad a croun on the cats hed": 2,
        "give the duck a crown": 5, "add a rainbow": 0, "cat ears on her head": 0, "a santa hat on the teddy": 4,
    }  # fmt: skip
    assert {text: pages.fitting(text, subjects) for text in names} == names
    pages.page([([np.zeros((50, 100, 3), np.uint8)] * 2, "a long caption " * 9)] * 3, tmp_path / "x.webp", 2, side=64)
    with Image.open(tmp_path / "x.webp") as sheet:
        assert sheet.size == (2 * 2 * 70, 2 * (64 + 26 + 6))


def test_styles_are_told_apart_from_withheld_things(chosen):
    known = styled.names(2, 1)
    assert known[:3] == ["monster-000", "monster-001", "monster-500"] and len(known) == 18
    questions = [
        single(chosen)[0].__class__(**{**single(chosen)[0].__dict__, "id": name, "group": name[:-4]}) for name in known
    ]
    drawn = [{"style": 1.0, "named": 1.0 if styled.is_withheld(q) and q.style != "edge" else None} for q in questions]
    true = [{"style": 1.0, "named": 1.0 if styled.is_withheld(q) else None} for q in questions]
    lines = styled.table(questions, drawn, true).splitlines()
    assert (
        len(lines) == 9
        and "| edge | 100% (100% to 100%) | 100%" in lines[5]
        and lines[5].endswith("| - | 100% (100% to 100%) | - |")
    )
    assert lines[-1].endswith("| 1.00 (1.00 to 1.00) |")


def test_the_app_s_codec_measures_as_the_one_with_its_encoder(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    weight, scale = torch.tensor([1, 1, 1, 1, FRONT_WEIGHT]).repeat(1024), torch.rand(8, generator=rng) + 0.5
    vectors = torch.linalg.qr(torch.randn(5120, 8, generator=rng))[0]
    nothing = torch.zeros(0)
    codec = Codec(
        weight[:, None] * vectors * scale, (vectors / scale).T / weight, nothing, nothing
    )  # as codec.fit makes them
    tokens = np.random.default_rng(1).random((9, 5120), np.float32)
    monkeypatch.setattr("evaluate.drawn.ThousandFeed", lambda pictures: None)
    monkeypatch.setattr("evaluate.drawn.load_thousand", lambda folder: None)
    monkeypatch.setattr("evaluate.drawn.drawn_patches", lambda feeds, count, rng: tokens)
    assert codec_psnr(replace(codec, encode=nothing)) == pytest.approx(psnr(codec, tokens), abs=1e-3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], {"command": "table", "things": 60, "against": None}),
     (["--things", "215", "--older", "30"], {"things": 215, "older": 30}),
     (["sheet", "--count", "8", "--out", "x.webp"], {"command": "sheet", "count": 8}),
     (["blind", "--key", "k"], {"rate": None})],
)  # fmt: skip
def test_the_command_line_keeps_its_names(words, expected):
    assert expected.items() <= vars(cli.parse(words)).items()


@pytest.mark.parametrize("words", [["--things", "70"], ["blind"], ["sheet", "--things", "60"]])
def test_options_that_make_no_sense_are_refused(words):
    with pytest.raises(SystemExit):
        cli.parse(words)
