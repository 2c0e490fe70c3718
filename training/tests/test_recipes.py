"""Recipes: every stage has one, with a reason beside its numbers, and the command line overrides it."""

import tomllib

import pytest

from configs import FOLDER, options
from run import STAGES, main


def test_every_stage_has_a_recipe_and_every_recipe_a_stage():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*STAGES, "evaluate"}


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_line_overrides_a_recipe(stage):
    recipe = tomllib.loads((FOLDER / f"{stage}.toml").read_text())
    assert vars(options(stage, [])) == recipe
    name, value = next((name, value) for name, value in recipe.items() if isinstance(value, int | float | str))
    given = {bool: "no-" if value is True else "", str: "x"}.get(type(value), "77")
    flag = name.replace("_", "-")
    args = options(stage, [f"--{given}{flag}"] if isinstance(value, bool) else [f"--{flag}", given])
    assert getattr(args, name) != value and type(getattr(args, name)) is type(value)
    with pytest.raises(SystemExit):
        options(stage, ["--nonsense", "1"])


def test_an_unknown_stage_is_answered_with_those_there_are():
    with pytest.raises(SystemExit, match="drawing .*train the drawing"):
        main(["nonsense"])
