"""Questions, answers, rows and pages on made photos and tiny random networks."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from doubles import FakeEncoder, Reads, fake_world, question_set, tiny_codec, tiny_drawing, tiny_layout
from PIL import Image

from data.things import THINGS
from evaluate import cli, older, pages, report, styled
from evaluate.answers import Answer, EvaluationError, Row, read_png
from evaluate.drawn import as_shipped, codec_psnr, digest, draw, from_checkpoints
from evaluate.questions import names_of
from judges.network import Judge
from model.codec import Codec, psnr, value_weights
from model.inference import Nano
from model.slots import Box
from train.masters import save_checkpoint

THREE = [thing for thing in THINGS if thing.name in ("crown", "sun", "star")]


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    fake_world(monkeypatch)
    return question_set(tmp_path / "set")


def single(chosen, count=1):
    return chosen.questions(names_of("thing", count, THREE), chosen.one_thing)


def test_questions_repeat_are_made_once_and_a_larger_set_holds_the_smaller(chosen, tmp_path):
    asked, again = single(chosen), question_set(tmp_path / "other")
    assert {q.things[0] for q in asked} == {"crown", "star", "sun"}
    assert again.questions(names_of("thing", 2, THREE), again.one_thing)[::2] == asked
    assert all((chosen.photo(q) == again.photo(q)).all() for q in asked)
    assert all(q.text and len(q.boxes) == 1 and q.text[slice(*q.boxes[0].words)] for q in asked)
    assert chosen.questions([q.id for q in asked], None) == asked  # nothing is asked to make what is there


def test_groups_of_questions_ask_what_they_are_for(chosen):
    (two,) = chosen.questions(names_of("two", 1), chosen.two_things)
    assert len(set(two.things)) == 2 and set(two.owners) == set(two.things)
    assert len(chosen.truth.read(two.id).ones) == len(two.boxes) >= 2
    assert names_of("worn", 0, photos=2)[::6] == ["worn-00-0-0", "worn-01-0-0"]
    (worn,) = chosen.questions(["worn-01-1-0"], chosen.worn)
    assert worn.things == ["top hat"] and worn.colours[0] in worn.text
    assert worn.photo == "head-1" and worn.head.width == 78
    found = chosen.truth.read(worn.id)
    assert report.measured(worn, chosen.photo(worn), found, found, None)["worn"] == 1


def test_truth_is_the_ceiling_and_an_untouched_photo_is_nothing(chosen):
    questions, judge = single(chosen), Judge(Reads().eval(), ["star", "crown", "sun"])
    for question in questions:
        photo = chosen.photo(question)
        chosen.row("nothing").write(question.id, Answer(photo, np.zeros(photo.shape[:2], np.float32), boxes=[]))
    names = ("truth", "second", "nothing")
    rows = {name: report.judge_row(chosen, chosen.row(name), questions, judge) for name in names}
    found = report.figure_rows(questions, rows)
    truth, nothing = found["truth"], found["nothing"]
    assert truth["place"].value == 1 and truth["boxes"].value == pytest.approx(1) and truth["edge"].value < 4
    assert nothing["place"].value == nothing["boxes"].value == nothing["count"].value == 0
    assert 0 < found["second"]["place"].value < 1
    facts = {"questions": {"thing": 3}, "photos": 2, "set": "x", "codec": 27.0}
    text = report.write(chosen.folder / "r.json", questions, rows, dict(zip(names, names)), facts)
    assert "| place (IoU) | 1.00 (1.00 to 1.00)" in text and "27.0 dB" in text
    saved = json.loads((chosen.folder / "r.json").read_text())
    assert len(saved["pictures"]["truth"]) == 3 and saved["figures"]["truth"]["place"]["value"] == 1


def test_both_things_must_be_named_each_by_an_element_of_its_own(chosen):
    (question,) = chosen.questions(names_of("two", 1), chosen.two_things)
    named, nothing = Judge(Reads().eval(), [*question.things, "other"]), np.zeros((64, 64), np.float32)
    photo = np.full((64, 64, 3), 90, np.uint8)
    red, blue = photo.copy(), photo.copy()
    red[10:30, 10:30], blue[10:30, 10:30] = (250, 0, 0), (0, 0, 250)
    both = lambda *ones: report.measured(question, photo, Answer(red, nothing, list(ones)), None, named)["two"]
    assert both(red, blue) == 1 and both(red, red) == 0 and both() == 0


def test_nano_answers_from_checkpoints_as_it_ships(chosen, tmp_path, monkeypatch):
    monkeypatch.setattr("evaluate.drawn.TextEncoder", FakeEncoder)
    monkeypatch.setenv("PHOTODOODLE_WORK", str(tmp_path))
    networks = {"drawing": tiny_drawing(), "layout": tiny_layout()}
    for name, network in networks.items():
        (tmp_path / name).mkdir()
        save_checkpoint(tmp_path / name, network.config, network.state_dict(), 1)
    tiny_codec().save(tmp_path / "codec")
    paths = [tmp_path / name / "checkpoint.pt" for name in networks]
    nano, own = from_checkpoints(*paths, "codec"), Nano(*networks.values(), tiny_codec(), FakeEncoder(), {})
    weight, rounded = (each.base["drawing"]["double_blocks.0.img_mlp.0.weight"] for each in (own, nano))
    assert 1e-4 < (rounded - weight).norm() / weight.norm() < 0.02 and as_shipped(torch.ones(3)).tolist() == [1, 1, 1]
    assert digest(nano) != digest(own)
    question = single(chosen)[0]
    photo, place = nano.prepare(chosen.photo(question)), question.boxes[0]
    one, two = (draw(nano, photo, question.text, question.seed) for _ in range(2))
    assert (one.picture == two.picture).all() and one.boxes == two.boxes
    nano.gains = {None: 1.0}  # what an untrained network draws is fainter than one half
    given = draw(nano, photo, question.text, 1, [place, Box(0.5, 0.5, 1, 1, "whole", (0, 0))], apart=True)
    assert len(given.ones) == 2 and given.alpha.max() > 0 and given.alpha.shape == photo.image.shape[:2]
    assert (given.picture[given.alpha == 0] == photo.image[given.alpha == 0]).all()
    small = place._replace(w=0.2, h=0.1)  # its layer shrinks to a fraction
    assert draw(nano, photo, question.text, 1, [small]).alpha.max() > 0
    alone, (height, width) = draw(nano, photo, question.text, 1, [place]), photo.image.shape[:2]
    y, x = np.mgrid[:height, :width]
    reach = 0.7 * max(place.w * width, place.h * height)  # the crop is 1.15 times as large as the box
    far = (np.abs(x - place.cx * width) > reach) | (np.abs(y - place.cy * height) > reach)
    assert far.any() and (alone.alpha[far] == 0).all() and (alone.picture[far] == photo.image[far]).all()


def test_rows_survive_the_disk(tmp_path):
    row, alpha = Row(tmp_path), np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    picture = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    answer = Answer(picture, alpha, [picture // 2], [Box(0.1, 0.2, 0.3, 0.4, "both", (1, 5))], 1.5)
    row.write("a-1", answer)
    found = row.read("a-1")
    assert (found.picture == picture).all() and (found.ones[0] == picture // 2).all()
    assert np.abs(found.alpha - alpha).max() < 0.003 and (found.boxes, found.edge) == (answer.boxes, 1.5)
    assert "a-1" in row and "a-2" not in row
    (tmp_path / "a-1.png").unlink()
    with pytest.raises(EvaluationError, match="cannot be read"):
        row.read("a-1")


def test_an_older_picture_falls_into_its_parts(chosen, tmp_path):
    photo = np.full((96, 96, 3), 100, np.uint8)
    result = photo.copy()
    result[10:40, 10:40], result[60:80, 60:80], result[90:92, 2:4] = 250, 0, 255
    large, small = older.parts(photo, result)
    assert (large[10:40, 10:40] == 250).all() and (large[60:80, 60:80] == 100).all()
    assert (small[60:80, 60:80] == 0).all() and (small[10:40, 10:40] == 100).all()
    assert older.parts(photo, photo) == []
    answer = older.as_answer(photo, result, np.zeros((96, 96), np.float32))
    assert answer.boxes is None and answer.alpha[20, 20] == 1 and answer.alpha[50, 50] == 0
    with pytest.raises(EvaluationError, match="cannot draw"):
        older.answer_all(tmp_path, chosen.row("older"), single(chosen), chosen)


def test_a_page_has_its_pictures_side_by_side(tmp_path):
    pages.page([([np.zeros((50, 100, 3), np.uint8)] * 2, "a long caption " * 9)] * 3, tmp_path / "x.webp", 2, side=64)
    with Image.open(tmp_path / "x.webp") as sheet:
        assert sheet.size == (2 * 2 * 70, 2 * (64 + 26 + 6))


def test_the_app_s_codec_measures_as_the_one_with_its_encoder(monkeypatch):
    rng, weight, nothing = torch.Generator().manual_seed(0), value_weights(), torch.zeros(0)
    scale, vectors = torch.rand(8, generator=rng) + 0.5, torch.linalg.qr(torch.randn(5120, 8, generator=rng))[0]
    # As codec.fit makes them.
    codec = Codec(weight[:, None] * vectors * scale, (vectors / scale).T / weight, nothing, nothing)
    tokens = np.random.default_rng(1).random((9, 5120), np.float32)
    for name, double in {"ThousandFeed": None, "load_thousand": None, "drawn_patches": tokens}.items():
        monkeypatch.setattr(f"evaluate.drawn.{name}", lambda *args, double=double: double)
    assert codec_psnr(replace(codec, encode=nothing)) == pytest.approx(psnr(codec, tokens), abs=1e-3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("", {"command": "table", "things": 60, "against": None}), ("--things 70", None), ("sheet --things 60", None),
     ("--things 215 --older 30", {"things": 215, "older": 30}),
     ("sheet --count 8 --out x.webp", {"command": "sheet", "count": 8})],
)  # fmt: skip
def test_the_command_line_keeps_its_names_and_refuses_what_makes_no_sense(words, expected):
    if expected is None:
        with pytest.raises(SystemExit):
            cli.parse(words.split())
    else:
        assert expected.items() <= vars(cli.parse(words.split())).items()


def test_blind_ratings_give_both_rates(tmp_path):
    picture = lambda value: np.full((4, 4, 3), value, np.uint8)
    pictures = [(f"photo-{n}", drawn, picture(2 * n + drawn), f"text {n}") for n in range(6) for drawn in (True, False)]
    folder, ratings = tmp_path / "rate", tmp_path / "ratings.json"
    pages.shuffle_blind(pictures, folder, 0)
    known = json.loads(folder.with_suffix(".key.json").read_text())
    values = [int(read_png(folder / f"{n:03d}.png")[0, 0, 0]) for n in range(12)]
    assert [value % 2 == 1 for value in values] == [entry["drawn"] for entry in known] and values != sorted(values)
    ratings.write_text(json.dumps([not entry["drawn"] or entry["photo"] < "photo-3" for entry in known]))
    text = pages.rate_blind(folder, ratings)
    assert "drawn: 0.50" in text and "true: 1.00" in text and "drawn / true: 0.50" in text
    ratings.write_text("[1]")
    with pytest.raises(EvaluationError, match="rate each"):
        pages.rate_blind(folder, ratings)


def test_a_photo_fits_the_first_subject_that_is_named():
    names = {
        "put a party hat on the dog": 1, "draw a mustache on him": 3, "ad a croun on the cats hed": 2,
        "give the duck a crown": 5, "add a rainbow": 0, "cat ears on her head": 0, "a santa hat on the teddy": 4,
    }  # fmt: skip
    subjects = ["woman", "dog", "cat", "man", "teddy bear", "rubber duck"]
    assert {text: pages.fitting(text, subjects) for text in names} == names


def test_styles_are_told_apart_from_withheld_things(chosen):
    known, one = styled.names(2, 1), single(chosen)[0]
    assert known[:3] == ["monster-000", "monster-001", "monster-500"] and len(known) == 18
    questions = [replace(one, id=name, group=name[:-4]) for name in known]
    drawn = [{"style": 1.0, "named": 1.0 if q.withheld and q.style != "edge" else None} for q in questions]
    true = [{"style": 1.0, "named": 1.0 if q.withheld else None} for q in questions]
    lines, all_right = styled.table(questions, drawn, true).splitlines(), "100% of 100%: **1.00** (1.00 to 1.00)"
    assert len(lines) == 9 and lines[5] == f"| edge | {all_right} | {all_right} | - |"
    assert lines[-1] == f"| **all six** | {all_right} | {all_right} | {all_right} |"
