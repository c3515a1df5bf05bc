"""How each county unit lays out its ledger: fifteen habits, none like another.

A style is data: which columns under which headers, in which file format, with which title and
total rows, and how dates, money and numbers are written. Turning lines into sheets is done in
`ledgers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ingestion.sample_agencies.workbooks import BookFormat, Text

#: A contract column (or a column nobody asked for) and its header, top row first.
Headers = tuple[tuple[str, tuple[str, ...]], ...]
Arrangement = Literal["list", "sheet_per_month", "stacked_months", "grouped"]
DateForm = Literal[
    "iso",
    "slash",
    "dot",
    "compact",
    "chinese",
    "month",
    "short_dot",
    "no_year",
    "serial",
    "serial_text",
    "cell",
    "stamp",
]
RangeForm = Literal["dots", "chinese"]
MoneyForm = Literal["number", "comma", "yuan", "sign", "per_head", "wan_number"]
NumberForm = Literal["number", "text", "unit"]
IdForm = Literal["plain", "equals", "tab", "apostrophe"]


@dataclass(frozen=True)
class HouseStyle:
    """One unit's habits."""

    area_code: str
    folder: str
    file_name: str
    headers: Headers
    written_as: BookFormat | Text = "xlsx"
    html_encoding: str = "utf-8"
    arrangement: Arrangement = "list"
    title: str | None = "{unit}{period}职业技能培训台账（样例数据）"
    unit_row: str | None = None
    dates: DateForm = "iso"
    ranges: RangeForm = "dots"
    money: MoneyForm = "number"
    numbers: NumberForm = "number"
    ids: IdForm = "plain"
    completion: tuple[str, str, str] = ("合格", "不合格", "退班")
    level_spelling: int = 1
    has_total: bool = False
    has_footer: bool = False
    has_blank_tail: bool = False
    has_hidden_sheet: bool = False
    merges_institutions: bool = False

    @property
    def suffix(self) -> str:
        match self.written_as:
            case Text():
                return ".csv"
            case "html":
                return ".xls"
            case book:
                return f".{book}"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.headers)

    @property
    def is_typed(self) -> bool:
        """Whether cells can hold numbers, so that Excel can have ruined an ID."""
        return self.written_as in ("xlsx", "xls", "et")

    @property
    def has_sheet_names(self) -> bool:
        """Whether a sheet of the file has a name."""
        return self.is_typed


def _plain(**headers: str) -> Headers:
    return tuple((column, (header,)) for column, header in headers.items())


STYLES: Final[tuple[HouseStyle, ...]] = (
    HouseStyle(
        "520302",
        "红花岗区",
        "红花岗区{year}年1-{month}月职业技能培训台账",
        _plain(
            seq="序号",
            person_name="姓名",
            sex="性别",
            person_id_no="身份证号码",
            person_phone="联系电话",
            person_type="人员类别",
            occupation="培训工种",
            level="等级",
            institution_name="培训机构",
            class_no="班次",
            started_on="开班时间",
            ended_on="结业时间",
            training_hours="课时",
            completion="考核结果",
            certificate_no="证书编号",
            subsidy_cny="补贴金额(元)",
            remark="备注",
        ),
        unit_row="填报单位：红花岗区人力资源和社会保障局|填报日期：{day}|单位：人/元",
        has_total=True,
        has_footer=True,
    ),
    HouseStyle(
        "520303",
        "520303汇川区",
        "{year}年{month}月汇川区培训台账",
        _plain(
            seq="序号",
            person_name="学员姓名",
            person_id_no="身份证号",
            person_phone="手机号码",
            occupation="职业（工种）",
            level="技能等级",
            institution_name="培训单位名称",
            industry="所属产业",
            started_on="培训起始日期*",
            ended_on="培训终止日期*",
            training_hours="学时",
            completion="是否合格",
            certificate_no="证书号",
        ),
        arrangement="sheet_per_month",
        dates="cell",
        completion=("是", "否", "中途退出"),
        unit_row="填报单位：汇川区",
        has_total=True,
        has_hidden_sheet=True,
        level_spelling=2,
    ),
    HouseStyle(
        "520304",
        "播州区",
        "播州区{year}-{month:02d}",
        _plain(
            person_name="姓名",
            person_id_no="公民身份号码",
            occupation="培训专业",
            level="培训等级",
            institution_name="学校名称",
            class_no="期次",
            started_on="开班日期",
            ended_on="结业日期",
            training_hours="培训课时",
            completion="结业情况",
            subsidy_cny="核准金额",
        ),
        written_as=Text("gb18030"),
        title=None,
        dates="slash",
        numbers="text",
        money="comma",
        ids="tab",
        completion=("结业", "未结业", "退班"),
        level_spelling=3,
    ),
    HouseStyle(
        "520322",
        "桐梓县",
        "桐梓县{year}年1—{month}月培训台账（定稿）",
        (
            ("seq", ("序号",)),
            ("person_name", ("学员基本情况", "姓名")),
            ("person_id_no", ("学员基本情况", "身份证号码")),
            ("person_type", ("学员基本情况", "人员类型")),
            ("occupation", ("培训工种",)),
            ("institution_name", ("承训机构",)),
            ("started_on", ("培训时间", "起")),
            ("ended_on", ("培训时间", "止")),
            ("training_hours", ("课时数",)),
            ("completion", ("考核情况",)),
            ("subsidy_cny", ("补贴金额（元）",)),
        ),
        written_as="xls",
        arrangement="grouped",
        dates="dot",
        numbers="unit",
        unit_row="填报单位：桐梓县",
        has_total=True,
        has_footer=True,
        completion=("通过", "未通过", "退班"),
    ),
    HouseStyle(
        "520323",
        "绥阳县",
        "绥阳县{year}年{month}月台账",
        _plain(
            person_name="劳动力姓名",
            person_id_no="证件号码",
            person_phone="电话",
            occupation="培训项目",
            level="培训层次",
            institution_name="办学机构",
            training_dates="培训起止时间",
            training_hours="课时",
            completion="考核结果",
            certificate_no="结业证书编号",
        ),
        written_as=Text("utf-8-sig"),
        title=None,
        ranges="dots",
        numbers="text",
        level_spelling=4,
    ),
    HouseStyle(
        "520324",
        "正安县",
        "正安县{year}年1-{month}月技能培训台账",
        _plain(
            seq="序号",
            institution_name="培训机构",
            class_no="班级名称",
            person_name="姓名",
            person_id_no="18位身份证号",
            occupation="工种",
            level="工种等级",
            training_dates="培训时间",
            training_hours="学时",
            completion="是否结业",
            subsidy_cny="补贴标准（万元）",
            industry="产业类别",
        ),
        written_as="et",
        ranges="chinese",
        money="wan_number",
        completion=("已结业", "未结业", "退班"),
        unit_row="填报单位：正安县|{day}",
        merges_institutions=True,
        has_total=True,
    ),
    HouseStyle(
        "520325",
        "道真自治县",
        "道真县{year}年1-{month}月培训台账",
        _plain(
            person_name="申请人",
            person_id_no="社会保障号码",
            person_phone="手机号",
            occupation="职业名称",
            institution_name="培训机构",
            started_on="开始时间",
            ended_on="结束时间",
            training_hours="课时",
            completion="考核结果",
            certificate_no="职业资格证书号",
            subsidy_cny="实发",
        ),
        written_as="html",
        dates="chinese",
        money="yuan",
        numbers="unit",
        has_total=True,
    ),
    HouseStyle(
        "520326",
        "务川自治县",
        "务川县{year}年1-{month}月",
        _plain(
            person_name="姓名",
            person_id_no="身份证",
            occupation="培训工种",
            level="级别",
            industry="行业",
            institution_name="培训单位",
            class_no="班期",
            started_on="开班时间",
            ended_on="结业时间",
            training_hours="课时",
            completion="考核结果",
            subsidy_cny="拨付金额",
        ),
        written_as=Text("utf-16", "\t"),
        title=None,
        dates="serial_text",
        numbers="text",
        money="sign",
        completion=("√", "×", "退班"),
    ),
    HouseStyle(
        "520327",
        "凤冈县",
        "附件2 凤冈县截至{year}年{month}月培训台账",
        (
            ("seq", ("序号",)),
            ("institution_name", ("承训机构",)),
            ("person_name", ("学员", "基本信息", "姓名")),
            ("person_id_no", ("学员", "基本信息", "身份证号")),
            ("person_phone", ("学员", "联系方式", "联系电话")),
            ("occupation", ("培训", "培训项目")),
            ("level", ("培训", "等级")),
            ("started_on", ("培训", "开班时间")),
            ("ended_on", ("培训", "结业时间")),
            ("completion", ("考核结果",)),
            ("subsidy_cny", ("补贴金额",)),
        ),
        dates="month",
        money="wan_number",
        has_blank_tail=True,
        unit_row="填报单位：凤冈县人社局|单位：万元",
        completion=("合格", "不合格", "中途退出"),
    ),
    HouseStyle(
        "520328",
        "湄潭县",
        "湄潭县{year}年上报台账{month}月",
        _plain(
            seq="序号",
            person_name="姓名",
            person_id_no="身份证号码",
            person_phone="联系电话",
            occupation="培训工种",
            level="等级",
            institution_name="培训机构",
            started_on="开班时间",
            ended_on="结业时间",
            training_hours="课时",
            completion="考核结果",
            subsidy_cny="补贴金额",
            employer_phone="就业单位联系电话",
        ),
        arrangement="stacked_months",
        dates="no_year",
        money="number",
        numbers="text",
        unit_row="填报单位：湄潭县",
        has_footer=True,
    ),
    HouseStyle(
        "520329",
        "余庆县",
        "余庆县{year}年1-{month}月培训花名册(1)",
        _plain(
            seq="序号",
            person_name="姓名",
            person_id_no="身份证号码",
            occupation="培训工种",
            level="技能等级",
            institution_name="承训机构",
            class_no="期数",
            started_on="培训起始日期",
            ended_on="培训终止日期",
            training_hours="课时",
            completion="是否合格",
            subsidy_cny="补贴金额",
        ),
        written_as="xls",
        dates="compact",
        ids="apostrophe",
        completion=("是", "否", "退班"),
        unit_row="单位：余庆县",
        level_spelling=2,
    ),
    HouseStyle(
        "520330",
        "习水县",
        "习水县{year}年{month}月",
        _plain(
            person_name="姓名",
            person_id_no="身份证号码",
            person_type="特殊人群标识",
            occupation="培训工种",
            level="等级",
            industry="产业",
            institution_name="培训机构",
            class_no="班次",
            started_on="开班日期",
            ended_on="结业日期",
            training_hours="学时",
            completion="考核结果",
            certificate_no="证书编号",
            subsidy_cny="补贴金额",
        ),
        written_as=Text("gb18030"),
        title=None,
        dates="short_dot",
        numbers="text",
        money="per_head",
        ids="equals",
    ),
    HouseStyle(
        "520381",
        "赤水市",
        "赤水市{year}年1-{month}月职业技能培训情况",
        _plain(
            seq="序号",
            person_name="姓名",
            person_id_no="身份证号码",
            occupation="培训工种",
            institution_name="培训机构",
            started_on="开班时间",
            ended_on="结业时间",
            training_hours="课时",
            completion="考核结果",
        ),
        written_as="html",
        html_encoding="gb18030",
        dates="iso",
        numbers="text",
        unit_row="填报单位：赤水市|填报日期：{day}",
        has_footer=True,
    ),
    HouseStyle(
        "520382",
        "仁怀市",
        "附件1：仁怀市{year}年1-{month}月职业技能培训台账（最终版）",
        _plain(
            seq="序号",
            institution_name="培训单位名称",
            class_no="培训班编号",
            occupation="培训工种",
            level="培训等级",
            industry="产业类别",
            person_name="学员姓名",
            sex="性别",
            person_id_no="身份证号码（必填）",
            person_phone="联系电话",
            started_on="培训起始日期",
            ended_on="培训终止日期",
            training_hours="课时",
            completion="考核结果",
            certificate_no="证书编号",
            subsidy_cny="补贴金额(元)",
            employer_phone="就业单位联系电话",
            remark="备注",
        ),
        dates="stamp",
        unit_row="填报单位：仁怀市|填报日期：{day}",
        has_total=True,
    ),
    HouseStyle(
        "5203XP",
        "新蒲新区",
        "新蒲新区{year}年1-{month}月培训台账",
        _plain(
            seq="序号",
            person_name="姓名",
            person_id_no="身份证号码",
            person_type="人员类别",
            occupation="培训工种",
            institution_name="培训机构",
            started_on="开班时间",
            ended_on="结业时间",
            training_hours="课时",
            completion="结业情况",
            subsidy_cny="补贴金额",
        ),
        dates="serial",
        money="comma",
        numbers="unit",
        unit_row="填报单位：新蒲新区",
        merges_institutions=True,
        completion=("结业", "未结业", "退班"),
    ),
)
