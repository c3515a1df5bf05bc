"""What the simulated city consists of: areas, occupations, industries, departments.

Plain facts in the words that agencies use. Weights and totals are invented; nothing here is a
figure of the real city. The spellings are ones that the crosswalk seeds know; the module knows
neither the seeds nor the contracts, so that it can't agree with them by copying.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Area:
    """A county unit, or the city level itself."""

    code: str
    name: str
    #: The 12-digit code in the platform, where there is one.
    platform_code: str
    #: Weight in training that belongs to no particular county.
    weight: int


AREAS: Final[tuple[Area, ...]] = (
    Area("520302", "红花岗区", "520302000000", 12),
    Area("520303", "汇川区", "520303000000", 10),
    Area("520304", "播州区", "520304000000", 12),
    Area("520322", "桐梓县", "520322000000", 8),
    Area("520323", "绥阳县", "520323000000", 7),
    Area("520324", "正安县", "520324000000", 7),
    Area("520325", "道真仡佬族苗族自治县", "520325000000", 4),
    Area("520326", "务川仡佬族苗族自治县", "520326000000", 5),
    Area("520327", "凤冈县", "520327000000", 5),
    Area("520328", "湄潭县", "520328000000", 5),
    Area("520329", "余庆县", "520329000000", 4),
    Area("520330", "习水县", "520330000000", 8),
    Area("520381", "赤水市", "520381000000", 4),
    Area("520382", "仁怀市", "520382000000", 6),
    Area("5203XP", "新蒲新区", "520390", 4),
    Area("5203SB", "市本级", "市本级", 3),
)
AREA_INDEX: Final[dict[str, int]] = {area.code: place for place, area in enumerate(AREAS)}
#: The city level files no ledger.
CITY_LEVEL: Final = AREA_INDEX["5203SB"]


@dataclass(frozen=True)
class Occupation:
    """What a class teaches: name, spellings met, family, industry."""

    name: str
    family: str
    industry: str
    spellings: tuple[str, ...] = ()
    #: A special ability has no level.
    has_levels: bool = True
    gb_code: str | None = None


def _ability(name: str, family: str, industry: str, *spellings: str) -> Occupation:
    return Occupation(name, family, industry, spellings, has_levels=False)


OCCUPATIONS: Final[tuple[Occupation, ...]] = (
    Occupation(
        "白酒酿造工",
        "liquor_brewing",
        "liquor",
        ("白酒酿造", "酿酒工", "制酒工", "酱香白酒酿造工"),
        gb_code="6-02-06-03",
    ),
    Occupation("酿酒师", "liquor_brewing", "liquor", ("酿酒师（酱香）",), gb_code="6-02-06-01"),
    Occupation("品酒师", "liquor_tasting", "liquor", ("评酒师", "品酒员"), gb_code="6-02-06-07"),
    Occupation("酒体设计师", "liquor_blending", "liquor", gb_code="6-02-06-12"),
    Occupation("茶艺师", "tea_art", "tea", ("茶艺", "茶艺员"), gb_code="4-03-02-07"),
    Occupation("评茶员", "tea_evaluation", "tea", ("评茶师",), gb_code="6-02-06-11"),
    Occupation("茶叶加工工", "tea_processing", "tea", ("茶叶加工员",), gb_code="6-02-06-10"),
    _ability("茶叶加工", "tea_processing", "tea", "茶叶初制"),
    _ability("茶叶种植", "tea_planting", "tea", "茶树种植", "茶园管护"),
    _ability("茶艺演示", "tea_art", "tea", "茶艺表演"),
    Occupation("育婴员", "infant_care", "care", ("育婴师",), gb_code="4-10-01-02"),
    Occupation("保育师", "nursery", "care", ("保育员",), gb_code="4-10-01-03"),
    Occupation("养老护理员", "elderly_care", "care", ("养老护理",), gb_code="4-10-01-05"),
    Occupation("家政服务员", "household", "care", ("家政服务", "家政员"), gb_code="4-10-01-06"),
    _ability("母婴护理", "infant_care", "care", "月嫂", "母婴护理员"),
    Occupation("电工", "electrician", "equipment", ("维修电工", "低压电工"), gb_code="6-31-01-03"),
    Occupation("焊工", "welder", "equipment", ("电焊工", "焊接工"), gb_code="6-18-02-04"),
    Occupation("车工", "lathe", "equipment", gb_code="6-18-01-01"),
    Occupation("铣工", "milling", "equipment", ("数控铣工",), gb_code="6-18-01-02"),
    Occupation("钳工", "fitter", "equipment", ("装配钳工", "机修钳工"), gb_code="6-20-01-01"),
    Occupation(
        "多工序数控机床操作调整工",
        "cnc",
        "equipment",
        ("数控车工", "数控机床操作工"),
        gb_code="6-18-01-07",
    ),
    Occupation("提琴吉他制作工", "guitar_making", "guitar", ("吉他制作工", "吉他制作")),
    _ability("吉他胴部制作", "guitar_body", "guitar", "吉他胴部", "胴部制作"),
    _ability("吉他涂装制作", "guitar_coating", "guitar", "吉他涂装", "涂装制作"),
    _ability("吉他研磨制作", "guitar_grinding", "guitar", "吉他研磨", "研磨制作"),
    _ability("吉他颈部制作", "guitar_neck", "guitar", "吉他颈部", "颈部制作"),
    _ability("吉他销售", "guitar_sales", "guitar", "吉他产品销售"),
    _ability("竹编", "bamboo_weaving", "bamboo", "竹编工艺", "竹工艺"),
    _ability("辣椒种植", "chili_planting", "chili", "辣椒栽培"),
    _ability("辣椒管护", "chili_tending", "chili", "辣椒管理"),
    _ability("辣椒产品深加工", "chili_processing", "chili", "辣椒深加工", "辣椒加工"),
    _ability("辣椒产品销售", "chili_sales", "chili", "辣椒销售"),
    Occupation("中式烹调师", "cooking", "tourism", ("中式烹饪", "厨师"), gb_code="4-03-02-01"),
    Occupation("砌筑工", "bricklaying", "construction", ("砌筑",), gb_code="6-29-01-01"),
    Occupation("电子商务师", "ecommerce", "commerce", ("电商", "电子商务"), gb_code="4-01-06-01"),
    Occupation("叉车司机", "forklift", "", ("叉车", "叉车工", "N1"), gb_code="6-30-05-01"),
    # not in any list of occupations: its own spelling is its family
    Occupation("美发师", "美发师", ""),
    Occupation("中药材种植技术", "中药材种植技术", "", has_levels=False),
    Occupation("保安员", "保安员", ""),
)
OCCUPATION_INDEX: Final[dict[str, int]] = {
    occupation.name: place for place, occupation in enumerate(OCCUPATIONS)
}

#: Words that stand for an industry in a ledger or on the platform.
INDUSTRY_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "liquor": ("酱酒产业", "白酒产业", "酱酒", "酱香白酒"),
    "tea": ("茶产业", "茶叶", "茶"),
    "equipment": ("装备制造业", "装备制造", "军工装备制造产业"),
    "care": ("“一老一小”民生服务业", "民生服务业", "一老一小"),
    "guitar": ("吉他产业", "吉他"),
    "bamboo": ("竹产业", "竹"),
    "chili": ("辣椒产业", "辣椒"),
    "tourism": ("文化旅游",),
    "construction": ("建筑业",),
    "commerce": ("商贸服务",),
    "agriculture": ("现代农业",),
    "specialty_food": ("生态特色食品",),
}


@dataclass(frozen=True)
class Programme:
    """Training of one kind over the three years, at city scale."""

    name: str
    #: Trainings (person-times begun) in 2023-2025 at factor 1.
    trainings: int
    areas: dict[str, int]
    occupations: dict[str, int]
    #: Share of classes on which an industry is declared.
    declared_share: float = 0.6
    #: Years without a class in an area.
    pauses: frozenset[tuple[str, int]] = field(default_factory=frozenset)


_EVERYWHERE: Final[dict[str, int]] = {area.code: area.weight for area in AREAS}

PROGRAMMES: Final[tuple[Programme, ...]] = (
    Programme(
        "liquor",
        34_800,
        {
            "520382": 52,
            "520330": 24,
            "520303": 13,
            "520302": 3,
            "520304": 3,
            "520381": 3,
            "5203SB": 2,
        },
        {"白酒酿造工": 62, "酿酒师": 14, "品酒师": 18, "酒体设计师": 6},
    ),
    Programme(
        "tea",
        14_300,
        {"520328": 38, "520327": 24, "520329": 18, "520324": 14, "520325": 3, "520326": 3},
        {
            "茶艺师": 22,
            "评茶员": 18,
            "茶叶加工工": 20,
            "茶叶加工": 15,
            "茶叶种植": 20,
            "茶艺演示": 5,
        },
    ),
    Programme(
        "equipment",
        10_520,
        {"520303": 62, "520302": 14, "520304": 12, "5203XP": 8, "5203SB": 4},
        {
            "电工": 28,
            "焊工": 24,
            "车工": 12,
            "铣工": 10,
            "钳工": 14,
            "多工序数控机床操作调整工": 12,
        },
        declared_share=0.5,
    ),
    Programme(
        "care",
        8_700,
        {"520302": 36, "520303": 26, "520304": 24, "520322": 6, "520323": 5, "5203SB": 3},
        {"育婴员": 24, "保育师": 12, "养老护理员": 26, "家政服务员": 26, "母婴护理": 12},
    ),
    Programme(
        "guitar",
        2_430,
        {"520324": 100},
        {
            "提琴吉他制作工": 30,
            "吉他胴部制作": 16,
            "吉他涂装制作": 16,
            "吉他研磨制作": 16,
            "吉他颈部制作": 12,
            "吉他销售": 10,
        },
    ),
    Programme(
        "bamboo",
        3_900,
        {"520381": 66, "520322": 34},
        {"竹编": 100},
        pauses=frozenset({("520322", 2023)}),
    ),
    Programme(
        "chili",
        3_900,
        {"5203XP": 82, "520323": 10, "520304": 8},
        {"辣椒种植": 34, "辣椒管护": 22, "辣椒产品深加工": 30, "辣椒产品销售": 14},
    ),
    Programme(
        "other",
        51_300,
        _EVERYWHERE,
        {
            "中式烹调师": 24,
            "砌筑工": 14,
            "电子商务师": 16,
            "叉车司机": 18,
            "美发师": 10,
            "中药材种植技术": 12,
            "保安员": 6,
        },
        declared_share=0.2,
    ),
)

#: Twelve departments that send plans and returns: name as they write it, folder, industry words.
DEPARTMENTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("industry_technology", "市工业和科学技术局", ("liquor", "equipment", "guitar")),
    ("energy", "市能源局", ("equipment",)),
    ("market_regulation", "市市场监管局", ("specialty_food",)),
    ("housing", "市住房城乡建设局", ("construction",)),
    ("emergency", "市应急局", ("construction", "equipment")),
    ("commerce", "市商务局", ("commerce", "care")),
    ("civil_affairs", "市民政局", ("care",)),
    ("agriculture", "市农业农村局", ("tea", "chili", "agriculture")),
    ("culture_tourism", "市文化旅游局", ("tourism",)),
    ("forestry", "市林业局", ("bamboo",)),
    ("womens_federation", "市妇联", ("care",)),
    ("disabled_federation", "市残联", ("care", "commerce")),
)

#: By programme the department that holds courses of its own and lists who took part.
ROSTERED: Final[dict[str, str]] = {
    "tea": "agriculture",
    "chili": "agriculture",
    "care": "womens_federation",
    "other": "disabled_federation",
}

LEVELS: Final[tuple[str, ...]] = ("初级工", "中级工", "高级工", "技师")
#: Spellings per level, the digit in a certificate number first.
LEVEL_SPELLINGS: Final[tuple[tuple[str, ...], ...]] = (
    ("5", "五级/初级工", "初级", "五级", "初级工"),
    ("4", "四级/中级工", "中级", "四级", "中级工"),
    ("3", "三级/高级工", "高级", "三级", "高级工"),
    ("2", "二级/技师", "技师", "二级", "技师"),
)

PERSON_TYPES: Final[tuple[str, ...]] = (
    "脱贫劳动力",
    "农村转移就业劳动者",
    "城镇登记失业人员",
    "企业职工",
    "离校未就业高校毕业生",
    "退役军人",
    "残疾人",
    "易地搬迁劳动力",
    "返乡农民工",
    "灵活就业人员",
)
#: State-owned enterprises that the plan asks to train.
STATE_PROVIDERS: Final[tuple[tuple[str, str], ...]] = (
    ("human_capital_group", "遵义市人力资本（集团）有限公司"),
    ("education_development_group", "遵义教育发展集团有限公司"),
)
EDUCATION: Final[tuple[str, ...]] = (
    "小学",
    "初中",
    "高中",
    "中等专业学校",
    "技工学校",
    "大学专科和专科学校",
    "大学本科",
)
