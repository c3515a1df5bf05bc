"""Why something was not taken in: one catalogue of codes with their words in two languages.

Three kinds of codes. A *breach* refuses a whole delivery, a *row reason* sends one row to
quarantine, a *skip reason* names a row that is no record (a total, a footer). A code is what
gets stored and compared; the words are for people. Nothing here ever carries a cell's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from ingestion.personal_numbers import without_numbers


class Words(NamedTuple):
    """What a code means, for officials in Chinese and for everyone in English."""

    zh: str
    en: str


class RowReason(StrEnum):
    """Why one row was rejected."""

    ID_WAS_NUMBER = "ID_WAS_NUMBER"
    ID_SCIENTIFIC = "ID_SCIENTIFIC"
    ID_PRECISION_LOST = "ID_PRECISION_LOST"
    ID_BAD_SHAPE = "ID_BAD_SHAPE"
    ID_BAD_CHARACTER = "ID_BAD_CHARACTER"
    ID_BAD_DATE = "ID_BAD_DATE"
    ID_BAD_CHECK_DIGIT = "ID_BAD_CHECK_DIGIT"
    ID_AGE_OUT_OF_RANGE = "ID_AGE_OUT_OF_RANGE"
    ID_PLACEHOLDER = "ID_PLACEHOLDER"
    CREDIT_CODE_INVALID = "CREDIT_CODE_INVALID"
    CERTIFICATE_NO_INVALID = "CERTIFICATE_NO_INVALID"
    PHONE_INVALID = "PHONE_INVALID"
    DATE_UNPARSED = "DATE_UNPARSED"
    DATE_INVALID = "DATE_INVALID"
    DATE_AMBIGUOUS = "DATE_AMBIGUOUS"
    DATE_NO_YEAR = "DATE_NO_YEAR"
    DATE_MONTH_ONLY = "DATE_MONTH_ONLY"
    DATE_VAGUE = "DATE_VAGUE"
    DATE_OUT_OF_RANGE = "DATE_OUT_OF_RANGE"
    DATE_RANGE_REVERSED = "DATE_RANGE_REVERSED"
    NUMBER_UNPARSED = "NUMBER_UNPARSED"
    NUMBER_APPROXIMATE = "NUMBER_APPROXIMATE"
    NUMBER_NOT_WHOLE = "NUMBER_NOT_WHOLE"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    NUMBER_BELOW_PART = "NUMBER_BELOW_PART"
    BOOLEAN_UNKNOWN = "BOOLEAN_UNKNOWN"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    CELL_BLANK = "CELL_BLANK"
    FORMULA_NOT_CALCULATED = "FORMULA_NOT_CALCULATED"
    CELL_ERROR = "CELL_ERROR"
    KEY_DUPLICATE = "KEY_DUPLICATE"
    ROW_RAGGED = "ROW_RAGGED"
    PERSONAL_NUMBER = "PERSONAL_NUMBER"

    @property
    def text_zh(self) -> str:
        return _ROW_WORDS[self].zh

    @property
    def text_en(self) -> str:
        return _ROW_WORDS[self].en


class SkipReason(StrEnum):
    """Why one delivered row is no record of its own."""

    BLANK_ROW = "BLANK_ROW"
    TOTAL_ROW = "TOTAL_ROW"
    FOOTER_ROW = "FOOTER_ROW"
    GROUP_TITLE_ROW = "GROUP_TITLE_ROW"
    NOTE_ROW = "NOTE_ROW"
    REPEATED_HEADER = "REPEATED_HEADER"
    ALREADY_LANDED = "ALREADY_LANDED"

    @property
    def text_zh(self) -> str:
        return _SKIP_WORDS[self].zh

    @property
    def text_en(self) -> str:
        return _SKIP_WORDS[self].en


class BreachCode(StrEnum):
    """Why a whole delivery was refused."""

    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_ENCRYPTED = "FILE_ENCRYPTED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_NOT_REGULAR = "FILE_NOT_REGULAR"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    FORMAT_NOT_AGREED = "FORMAT_NOT_AGREED"
    READER_LIMIT = "READER_LIMIT"
    ENCODING_UNKNOWN = "ENCODING_UNKNOWN"
    HEADER_NOT_FOUND = "HEADER_NOT_FOUND"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_AMBIGUOUS = "COLUMN_AMBIGUOUS"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    UNIT_CONFLICT = "UNIT_CONFLICT"
    PERIOD_UNKNOWN = "PERIOD_UNKNOWN"
    PERIOD_CONFLICT = "PERIOD_CONFLICT"
    PERIOD_OUT_OF_RANGE = "PERIOD_OUT_OF_RANGE"
    DELIVERY_EMPTY = "DELIVERY_EMPTY"
    ROWS_OUT_OF_BAND = "ROWS_OUT_OF_BAND"
    DELIVERY_SHRUNK = "DELIVERY_SHRUNK"
    ALL_ROWS_REJECTED = "ALL_ROWS_REJECTED"
    SOURCE_UNREACHABLE = "SOURCE_UNREACHABLE"
    SOURCE_UNAUTHORISED = "SOURCE_UNAUTHORISED"
    SOURCE_INCONSISTENT = "SOURCE_INCONSISTENT"
    SETTING_MISSING = "SETTING_MISSING"

    @property
    def text_zh(self) -> str:
        return _BREACH_WORDS[self].zh

    @property
    def text_en(self) -> str:
        return _BREACH_WORDS[self].en


@dataclass(eq=False)
class Breach(Exception):
    """A delivery is refused whole; the last good one of its scope stays in force.

    ``where`` names file, sheet, row and column in words; ``message`` says in English what is
    wrong and what to do next. Neither may hold a cell's value.
    """

    code: BreachCode
    where: str
    message: str

    def __post_init__(self) -> None:
        super().__init__(self.code, self.where, self.message)

    @property
    def text_zh(self) -> str:
        """The code's words with the place, for the sender."""
        return f"{self.where}：{self.code.text_zh}" if self.where else self.code.text_zh

    def without_numbers(self) -> Breach:
        """The same, numbers of people hidden."""
        return Breach(self.code, without_numbers(self.where), without_numbers(self.message))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.code}: {place}{self.message}"


_ROW_WORDS: Final[dict[RowReason, Words]] = {
    RowReason.ID_WAS_NUMBER: Words(
        "证件号码被存成数值，末几位已失真，请设为文本格式后重新录入",
        "the ID was stored as a number, so its last digits are lost; type it again as text",
    ),
    RowReason.ID_SCIENTIFIC: Words(
        "证件号码成了科学计数法，请设为文本格式后重新录入",
        "the ID is in scientific notation; type it again as text",
    ),
    RowReason.ID_PRECISION_LOST: Words(
        "证件号码末位为000且校验不符，疑似被表格软件改写，请核对原件",
        "the ID ends in 000 and fails its check digit, as a spreadsheet leaves it; check the card",
    ),
    RowReason.ID_BAD_SHAPE: Words("证件号码位数或格式不符", "the ID has a wrong length or shape"),
    RowReason.ID_BAD_CHARACTER: Words(
        "证件号码含有不允许的字符（如形近字母、乘号）",
        "the ID holds a character that is not allowed, such as a look-alike letter",
    ),
    RowReason.ID_BAD_DATE: Words(
        "证件号码中的出生日期不存在", "the birth date inside the ID does not exist"
    ),
    RowReason.ID_BAD_CHECK_DIGIT: Words(
        "证件号码校验码不符，请核对", "the ID's check digit does not match; check it"
    ),
    RowReason.ID_AGE_OUT_OF_RANGE: Words(
        "按证件号码计算的年龄不在14至100岁之间", "the age by this ID is not between 14 and 100"
    ),
    RowReason.ID_PLACEHOLDER: Words(
        "证件号码是占位内容（如全为同一数字）",
        "the ID is a placeholder, such as one digit repeated",
    ),
    RowReason.CREDIT_CODE_INVALID: Words(
        "统一社会信用代码无效", "the unified social credit code is not valid"
    ),
    RowReason.CERTIFICATE_NO_INVALID: Words("证书编号无效", "the certificate number is not valid"),
    RowReason.PHONE_INVALID: Words("电话号码无效", "the phone number is not valid"),
    RowReason.DATE_UNPARSED: Words(
        "日期无法识别，请写成 2024-05-06 的形式", "not a date; write it like 2024-05-06"
    ),
    RowReason.DATE_INVALID: Words("日期不存在", "the date does not exist in the calendar"),
    RowReason.DATE_AMBIGUOUS: Words(
        "日期有歧义，请写四位年份",
        "the date can be read in two ways; write a four-digit year first",
    ),
    RowReason.DATE_NO_YEAR: Words("日期缺年份", "the date has no year"),
    RowReason.DATE_MONTH_ONLY: Words("日期只到月份，请写到日", "the date lacks its day"),
    RowReason.DATE_VAGUE: Words(
        "日期不确切（如上旬、农历）", "the date is vague, such as 上旬 or a lunar date"
    ),
    RowReason.DATE_OUT_OF_RANGE: Words(
        "日期不在1990年至2049年之间", "the date is not between 1990 and 2049"
    ),
    RowReason.DATE_RANGE_REVERSED: Words("结束日期早于开始日期", "the end lies before the start"),
    RowReason.NUMBER_UNPARSED: Words("数字无法识别", "not a number"),
    RowReason.NUMBER_APPROXIMATE: Words(
        "数字不确切（如约30、30+2）", "the number is not exact, such as 约30 or 30+2"
    ),
    RowReason.NUMBER_NOT_WHOLE: Words("应为整数", "a whole number is expected"),
    RowReason.NUMBER_OUT_OF_RANGE: Words(
        "数字超出约定范围", "the number is outside the agreed range"
    ),
    RowReason.NUMBER_BELOW_PART: Words(
        "总数小于其中数", "the number is smaller than a part of it in the same row"
    ),
    RowReason.BOOLEAN_UNKNOWN: Words("应填是或否", "yes or no (是/否) is expected"),
    RowReason.CODE_UNKNOWN: Words("不在约定的选项之内", "not one of the agreed choices"),
    RowReason.TEXT_TOO_LONG: Words("文字过长", "the text is too long"),
    RowReason.CELL_BLANK: Words("必填内容为空", "a cell that must be filled is blank"),
    RowReason.FORMULA_NOT_CALCULATED: Words(
        "公式没有计算结果，请打开保存后再报",
        "a formula has no stored result; open and save the file",
    ),
    RowReason.CELL_ERROR: Words(
        "单元格是错误值（如#N/A）", "the cell holds a spreadsheet error, such as #N/A"
    ),
    RowReason.KEY_DUPLICATE: Words(
        "与本次报送中的前一行重复", "repeats an earlier row of the same delivery"
    ),
    RowReason.ROW_RAGGED: Words(
        "本行列数与表头不符", "the row has more or fewer cells than the header"
    ),
    RowReason.PERSONAL_NUMBER: Words(
        "此处不应填写身份证号、手机号或银行卡号，请删去或移到对应的列",
        "an ID, mobile or bank card number stands where none belongs; remove it or move it to its "
        "column",
    ),
}

_SKIP_WORDS: Final[dict[SkipReason, Words]] = {
    SkipReason.BLANK_ROW: Words("空行", "blank row"),
    SkipReason.TOTAL_ROW: Words("合计行", "total"),
    SkipReason.FOOTER_ROW: Words("表尾", "footer"),
    SkipReason.GROUP_TITLE_ROW: Words("分组标题行", "group title"),
    SkipReason.NOTE_ROW: Words("备注行", "note"),
    SkipReason.REPEATED_HEADER: Words("重复的表头", "header repeated"),
    SkipReason.ALREADY_LANDED: Words("此前已入库，未变化", "already landed, unchanged"),
}

_BREACH_WORDS: Final[dict[BreachCode, Words]] = {
    BreachCode.FILE_UNREADABLE: Words(
        "文件损坏或无法读取，请重新保存后再报", "the file is damaged or cannot be read"
    ),
    BreachCode.FILE_ENCRYPTED: Words(
        "文件设有密码，请取消密码后再报", "the file is locked with a password"
    ),
    BreachCode.FILE_TOO_LARGE: Words("文件过大", "the file is too large"),
    BreachCode.FILE_NOT_REGULAR: Words("不是普通文件", "not a regular file"),
    BreachCode.FORMAT_UNKNOWN: Words("文件格式无法识别", "the file format is not known"),
    BreachCode.FORMAT_NOT_AGREED: Words(
        "文件格式不在约定之内", "the file format is not one that was agreed"
    ),
    BreachCode.READER_LIMIT: Words(
        "读取超出时间或内存限制，请另存为新文件后再报",
        "reading took more time or memory than allowed",
    ),
    BreachCode.ENCODING_UNKNOWN: Words(
        "文字编码无法识别，请另存为 UTF-8", "the text encoding is not known"
    ),
    BreachCode.HEADER_NOT_FOUND: Words("没有找到表头", "no header was found"),
    BreachCode.COLUMN_MISSING: Words("缺少必需的列", "a required column is missing"),
    BreachCode.COLUMN_AMBIGUOUS: Words("列名重复或有歧义", "a column was found twice"),
    BreachCode.UNIT_UNKNOWN: Words("无法确定填报单位", "the reporting unit cannot be told"),
    BreachCode.UNIT_CONFLICT: Words(
        "表内、表名、文件夹或文件名中的填报单位不一致", "the places that name the unit disagree"
    ),
    BreachCode.PERIOD_UNKNOWN: Words("无法确定报告期", "the period cannot be told"),
    BreachCode.PERIOD_CONFLICT: Words(
        "表内、表名、文件夹或文件名中的报告期不一致", "the places that name the period disagree"
    ),
    BreachCode.PERIOD_OUT_OF_RANGE: Words(
        "报告期在报送日之后或过早", "the period lies after the delivery or too far back"
    ),
    BreachCode.DELIVERY_EMPTY: Words("没有数据行", "there are no data rows"),
    BreachCode.ROWS_OUT_OF_BAND: Words(
        "行数超出约定范围", "the row count is outside the agreed band"
    ),
    BreachCode.DELIVERY_SHRUNK: Words(
        "行数比上次大幅减少且未说明原因", "far fewer rows than last time and no reason given"
    ),
    BreachCode.ALL_ROWS_REJECTED: Words("所有数据行均不合格", "every row was rejected"),
    BreachCode.SOURCE_UNREACHABLE: Words("对方系统无法连接", "the agency's system does not answer"),
    BreachCode.SOURCE_UNAUTHORISED: Words(
        "对方系统拒绝了访问凭证", "the agency's system refused our credentials"
    ),
    BreachCode.SOURCE_INCONSISTENT: Words(
        "对方系统返回的数据前后不一致", "the agency's system contradicted itself while being read"
    ),
    BreachCode.SETTING_MISSING: Words("缺少连接设置", "a connection setting is missing"),
}
