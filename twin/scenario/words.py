"""The types of a scenario's words: whole numbers, names, times and files, each read from the text that was written."""

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, ValidationInfo

from twin.facts import COLUMNS
from twin.scenario.loader import shown

LONGEST_TEXT = 2000
SHIPPED_WEATHER = "greensboro"
MINUTES_PER_DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_WEEK = tuple(range(len(WEEKDAYS)))
COMPONENTS = ("solar", "storage", "market", "load", "loads")


def text_of(value: object) -> str:
    """The plain text of a value; raises ValueError for lists, mappings and nothing."""
    if not isinstance(value, str):
        raise ValueError(f"{'is empty' if value is None else 'is not a plain value'}; a single value is wanted")
    return value


def _whole(value: object) -> int:
    text = text_of(value)
    if not re.fullmatch("0|[1-9][0-9]{0,17}", text):
        raise ValueError(f"{shown(text)} is not a whole number; write for example '60'")
    return int(text)


def _count(value: object) -> int:
    if number := _whole(value):
        return number
    raise ValueError("'0' is too few; 1 or more is wanted")


def _text(value: object) -> str:
    text = text_of(value)
    if not 0 < len(text) <= LONGEST_TEXT:
        raise ValueError(f"{shown(text)} has {len(text)} characters; 1 to {LONGEST_TEXT} are wanted")
    return text


def entries(most: int) -> BeforeValidator:
    """Refuses a list that is empty or too long; here, as pydantic would count only the entries that are right."""

    def read(value: object) -> object:
        if isinstance(value, list) and not 0 < len(value) <= most:
            raise ValueError(f"has {len(value)} entries; 1 to {most} are wanted")
        return value

    return BeforeValidator(read)


def one_or_more(most: int) -> BeforeValidator:
    """Takes one mapping for a list of one, and refuses a list that is empty or too long."""
    listed = entries(most)

    def read(value: object) -> object:
        return [value] if isinstance(value, dict) else listed.func(value)  # type: ignore[call-arg]

    return BeforeValidator(read)


def _url(value: object) -> str:
    text = text_of(value)
    try:
        url = urlsplit(text)
        fits = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        fits = False
    if not fits:
        raise ValueError(f"{shown(text)} is no address; write for example 'http://127.0.0.1:5000'")
    return text


def _yes_no(value: object) -> bool:
    text = text_of(value)
    if text not in ("yes", "no", "true", "false"):
        raise ValueError(f"{shown(text)} is neither yes nor no; write 'yes' or 'no'")
    return text in ("yes", "true")


def _name(value: object) -> str:
    text = text_of(value)
    if not re.fullmatch("[a-z][a-z0-9_]{0,30}", text):
        raise ValueError(f"{shown(text)} is not a name; small letters, digits and _ are wanted, a letter first")
    return text


def _component_name(value: object) -> str:
    """A name whose columns `NAME_j` and `NAME_source` are nobody else's."""
    name = _name(value)
    if name in COMPONENTS or f"{name}_j" in COLUMNS:
        raise ValueError(f"{name!r} is the name of a column already; write for example '{name.rstrip('s')}1'")
    return name


def minute_of_day(text: str) -> int:
    """Minutes since midnight of `HH:MM`, up to 24:00; raises ValueError."""
    if not (match := re.fullmatch("([0-9]{2}):([0-5][0-9])", text)):
        raise ValueError(f"{shown(text)} is not a time of day; write for example '18:00'")
    minute = 60 * int(match[1]) + int(match[2])
    if minute > MINUTES_PER_DAY:
        raise ValueError(f"{text!r} is after midnight; a time from 00:00 to 24:00 is wanted")
    return minute


def _moment(value: object) -> str:
    """A time of day or a tick of the day, as it was written: which tick it is, only the calendar knows."""
    text = text_of(value)
    if text.isdecimal():
        return str(_whole(text))
    minute_of_day(text)
    return text


def _weekday(value: object) -> int:
    text = text_of(value)
    if text not in WEEKDAYS:
        raise ValueError(f"{shown(text)} is not a weekday; one of {', '.join(WEEKDAYS)} is wanted")
    return WEEKDAYS.index(text)


def is_date(value: object) -> bool:
    """Whether a value is written like 2023-06-05."""
    return isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None


def _day_number(value: object) -> int:
    """Days since 1970-01-01, given as such or as a date."""
    text = text_of(value)
    if not is_date(text):
        return _whole(text)
    try:
        number = date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write for example '2023-06-05'") from error
    if number < 0:
        raise ValueError(f"{text!r} is before 1970-01-01; a later date is wanted")
    return number


def _timezone(value: object) -> str:
    text = text_of(value)
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{shown(text)} is no time zone; write for example 'Europe/Berlin'") from error


def _weather(value: object, info: ValidationInfo) -> str:
    return SHIPPED_WEATHER if value == SHIPPED_WEATHER else str(_file(value, info))


def _file(value: object, info: ValidationInfo) -> Path:
    """A readable file; a relative path starts at the folder that the validation's context names as `base`."""
    text = text_of(value)
    path = (info.context or {}).get("base", Path()) / text
    if not os.path.isfile(path):  # unlike pathlib's, it takes any text for a name
        raise ValueError(f"{shown(text)} is not there; a file is wanted, from the scenario's folder on")
    return Path(path)


Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[int, BeforeValidator(_count)]
Text = Annotated[str, BeforeValidator(_text)]
Url = Annotated[str, BeforeValidator(_url)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Name = Annotated[str, BeforeValidator(_name)]
ComponentName = Annotated[str, BeforeValidator(_component_name)]
MinuteOfDay = Annotated[int, BeforeValidator(lambda value: minute_of_day(text_of(value)))]
Moment = Annotated[str, BeforeValidator(_moment)]
Weekday = Annotated[int, BeforeValidator(_weekday)]
Weekdays = Annotated[tuple[Weekday, ...], entries(7)]
DayNumber = Annotated[int, BeforeValidator(_day_number)]
TimeZone = Annotated[str, BeforeValidator(_timezone)]
File = Annotated[Path, BeforeValidator(_file)]
Weather = Annotated[str, BeforeValidator(_weather)]
