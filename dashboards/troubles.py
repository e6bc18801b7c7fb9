"""What the table `fault` and the reasons of fallbacks say, in words for a person."""

from collections.abc import Mapping

from dashboards.sentences import WHY

FAULTS: Mapping[str, str] = {
    "silent": "gave no reading in time",
    "missing": "could not be reached",
    "lost": "was lost",
    "unheard": "did not answer what it was told to hold",
    "unfit": "cannot be used",
    "refused": "refused what it was told",
    "late": "answered too late",
    "duplicate": "answered twice",
    "stray": "answered what was not asked",
    "garbage": "sent what cannot be read",
    "crc": "sent a damaged line",
    "key": "sent a line signed with another key",
    "failed": "could not be talked to",
    "stranger": "was asked for by a caller without its key",
    "crowded": "had more callers than are heard",
    "accept": "could not be let in",
    "interlock": "was held at its least",
    "held": "gave no new answer, so its last one was held",
    "gap": "was not under way",
    "training_budget": "stopped learning early",
}
"""After the name of what has the fault. Other kinds are those of readings that were not believed."""
WIRE = ("duplicate", "stray", "garbage", "crc", "key")
"""Kinds whose detail is the line itself, which is kept with the run and is nothing to read here."""
SAID_ALREADY = ("lost", "no reading in time", "it did not answer what it was told to hold")


def fault_text(kind: str, detail: str | None) -> str:
    """`gave no reading in time`, or `was not believed (limit: power is 9, beyond 1.5)`."""
    known = FAULTS.get(kind)
    told = "" if not detail or kind in WIRE or detail in SAID_ALREADY else detail
    if known is None:
        return f"was not believed ({kind.replace('_', ' ')}{f': {told}' if told else ''})"
    return f"{known} ({told})" if told else known


def part_name(component: str) -> str:
    """What has the fault: a component, or a forecast's series without its unit."""
    return component.removesuffix("_w").replace("_", " ")


def fallback_text(reason: str) -> str:
    """`decided as the rule would, because the planner had no answer in time`"""
    return f"decided {WHY[reason]}" if reason in WHY else f"decided as the rule would ({reason.replace('_', ' ')})"
