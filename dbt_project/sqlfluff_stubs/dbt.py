"""What sqlfluff's jinja templater reads for dbt's own macros; it never runs."""


def datediff(first: str, second: str, datepart: str) -> str:
    return f"datediff({datepart}, {first}, {second})"


def dateadd(part: str, number: str, day: str) -> str:
    return f"dateadd({part}, {number}, {day})"
