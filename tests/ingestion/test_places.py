"""Do we tell which unit a delivery speaks for, and refuse to guess from half a word?"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingestion.places import UnitKind, find_units, official_name, place_name, unit_of
from ingestion.reasons import Breach, BreachCode

Texts = Sequence[str]


def unit(
    kind: UnitKind = "area",
    *,
    unit_texts: Texts = (),
    sheet: str = "Sheet1",
    hints: Texts = (),
    titles: Texts = (),
) -> str:
    return unit_of(
        kind, unit_texts=unit_texts, sheet=sheet, hints=hints, titles=titles, where="a file"
    )


def refusal(
    kind: UnitKind = "area",
    *,
    unit_texts: Texts = (),
    sheet: str = "Sheet1",
    hints: Texts = (),
    titles: Texts = (),
) -> BreachCode:
    with pytest.raises(Breach) as caught:
        unit(kind, unit_texts=unit_texts, sheet=sheet, hints=hints, titles=titles)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("仁怀", "仁怀市"),
        ("仁怀市", "仁怀市"),
        ("520382", "仁怀市"),
        ("520382001", "仁怀市"),
        ("520382001003", "仁怀市"),
        ("Renhuai", "仁怀市"),
        ("全市", "遵义市"),
        ("仁怀市茅台镇", None),
        ("999999000000", None),
    ],
)
def test_an_area_is_known_by_its_whole_name(text: str, name: str | None) -> None:
    assert official_name(text, "area") == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("仁怀市人力资源和社会保障局", "520382"),
        ("遵义市红花岗区人社局", "520302"),
        ("贵州省遵义市习水就业局", "520330"),
        ("务川仡佬族苗族自治县人社局", "520326"),
        ("道真自治县", "520325"),
        ("新蒲新区管委会", "5203XP"),
        ("2024年仁怀培训台账", "520382"),
        ("1月-习水", "520330"),
        ("仁怀　市", "520382"),
        ("红区", "520302"),
        ("遵义县", "520304"),
        ("520382", "520382"),
        ("520382_2024-06", "520382"),
        ("520382000000", "520382"),
        ("Renhuai", "520382"),
        ("5203xp", "5203XP"),
        ("市本级", "5203SB"),
        ("市直", "5203SB"),
    ],
)
def test_an_area_is_known_by_every_name_in_use(text: str, code: str) -> None:
    assert find_units([text], "area") == {code}


@pytest.mark.parametrize(
    "text",
    [
        "学习水平提升培训",
        "公正安全培训",
        "赤水河谷",
        "市级竞赛",
        "遵义市人力资源和社会保障局",
        "52038219900307123X",
        "某某培训学校",
    ],
)
def test_part_of_another_word_or_the_whole_city_is_no_unit(text: str) -> None:
    assert find_units([text], "area") == frozenset()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("遵义市农业农村局", "agriculture"),
        ("市农业农村局种植业科（盖章）", "agriculture"),
        ("遵义市人力资源和社会保障局", "hrss"),
        ("市住房和城乡建设局", "housing"),
        ("遵义市妇女联合会", "womens_federation"),
        ("市残联", "disabled_federation"),
        ("agriculture", "agriculture"),
    ],
)
def test_a_department_is_known_by_every_name_in_use(text: str, code: str) -> None:
    assert find_units([text], "department") == {code}


def test_all_places_that_name_a_unit_must_agree() -> None:
    said = ["仁怀市人社局"]
    assert unit(unit_texts=said, sheet="仁怀", hints=["仁怀市", "台账"]) == "520382"
    assert refusal(unit_texts=said, sheet="习水县") is BreachCode.UNIT_CONFLICT
    assert refusal(unit_texts=said, hints=["绥阳县", "台账"]) is BreachCode.UNIT_CONFLICT
    assert refusal(unit_texts=said, titles=["湄潭县培训台账"]) is BreachCode.UNIT_CONFLICT


def test_a_conflict_says_which_place_names_whom() -> None:
    with pytest.raises(Breach, match=r"填报单位 says 仁怀市; folder or file name says 习水县"):
        unit(unit_texts=["仁怀市人社局"], hints=["习水县"])


def test_a_unit_that_nobody_names_is_unknown() -> None:
    assert refusal(unit_texts=["某某培训学校"], hints=["台账"]) is BreachCode.UNIT_UNKNOWN
    assert refusal(unit_texts=["遵义市人社局"]) is BreachCode.UNIT_UNKNOWN


def test_the_office_that_designed_a_form_is_not_its_reporter() -> None:
    titles = ["遵义市人力资源和社会保障局制表"]
    assert unit("department", hints=["市农业农村局"], titles=titles) == "agriculture"
    assert unit("department", titles=titles) == "hrss"


def test_a_county_office_is_no_municipal_department() -> None:
    assert refusal("department", unit_texts=["仁怀市农业农村局"]) is BreachCode.UNIT_CONFLICT


def test_names_are_those_of_the_seeds() -> None:
    assert place_name("520382", "area") == "仁怀市"
