"""The terms of a large feed of one scope: a row per person and session, by the million."""

from __future__ import annotations

from typing import Any, Final

from ingestion.contract import FeedContract


def _column(name: str, title_zh: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "title_zh": title_zh, "type": type_, **more}


_STATUS: Final = {
    "present": ["出勤"],
    "late": ["迟到"],
    "left_early": ["早退"],
    "absent": ["缺勤"],
    "excused": ["请假"],
}
ATTENDANCE: Final = FeedContract.model_validate(
    {
        "agency": "hrss",
        "feed": "sample_attendance",
        "title_zh": "样例考勤",
        "title_en": "Sample attendance",
        "grain": "One row per person and session.",
        "cadence": "daily",
        "source": {"kind": "files", "formats": ["csv", "xlsx"]},
        "delivery": {"mode": "upsert", "rows": {"minimum": 1, "maximum": 100_000_000}},
        "key": ["attendance_no"],
        "columns": [
            _column("attendance_no", "考勤编号", "text", required=True, filled=True),
            _column("enrolment_no", "报名编号", "text", required=True, filled=True),
            _column("class_no", "班级编号", "text"),
            _column("person_id_no", "身份证件号码", "resident_id", personal="P3"),
            _column("session_on", "上课日期", "date", required=True, filled=True),
            _column("session_no", "课次", "integer", minimum=1),
            _column("signed_in_at", "签到时间", "datetime"),
            _column("signed_out_at", "签退时间", "datetime"),
            _column("hours", "学时", "decimal", minimum=0, maximum=24),
            _column("status", "状态", "code", values=_STATUS),
            _column("updated_at", "更新时间", "datetime"),
        ],
    }
)
