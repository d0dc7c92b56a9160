"""Wildcard patterns as ssh_config and known_hosts write them: ``*``, ``?``, lists, ``!`` for not."""

from __future__ import annotations


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits one pattern; case counts.

    Not by a regular expression: patterns also come from a stranger's certificate, and one of many stars would keep it
    busy for years. Going back only to the last star is enough, and takes name times pattern steps at most.
    """
    at = behind = 0
    star = resume = -1
    while at < len(name):
        if behind < len(pattern) and pattern[behind] == "*":
            star, resume = behind, at
            behind += 1
        elif behind < len(pattern) and pattern[behind] in ("?", name[at]):
            at += 1
            behind += 1
        elif star >= 0:
            resume += 1
            at, behind = resume, star + 1
        else:
            return False
    return not pattern[behind:].strip("*")


def matches_any(name: str, patterns: list[str]) -> bool:
    """Whether a name fits a list: at least one pattern, and none of those that begin with ``!``."""
    found = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if matches(name, pattern[1:]):
                return False
        elif matches(name, pattern):
            found = True
    return found
