"""The law of saved searches: whose, how many, how often one is told."""

import datetime as dt

from matchplatform.core.rules import Choice, Choices, Verdict

LIBRARIES = Choices(Choice("needs", "需求项目库"), Choice("offerings", "供给项目库"))
RHYTHMS = Choices(Choice("daily", "每天"), Choice("weekly", "每周一"), Choice("none", "不提醒"))
MOST = 20          # searches a person
LONGEST_NAME = 60
LONGEST_QUERY = 4_000
TITLES = 5         # named in a digest for each search
MONDAY = 0


def quoted(name: str) -> str:
    """A search's name inside a sentence; quotation marks of its own become the inner ones."""
    return f"“{name.replace('“', '‘').replace('”', '’')}”"


def can_save(already: int) -> Verdict:
    """A person keeps so many searches."""
    if already < MOST:
        return Verdict.yes()
    return Verdict.no(f"最多保存 {MOST} 个搜索，您已经有 {already} 个。", "先到“我的搜索”里删掉不用的，再保存。")


def name_verdict(name: str) -> Verdict:
    """A name of one to sixty characters."""
    if not name:
        return Verdict.no("搜索的名称还没有填。", "写几个字，以后好认，例如“孝昌的养老需求”。")
    if len(name) > LONGEST_NAME:
        return Verdict.no(f"搜索的名称最多 {LONGEST_NAME} 字，现在是 {len(name)} 字。",
                          f"请删去 {len(name) - LONGEST_NAME} 字。")
    return Verdict.yes()


def is_due(rhythm: str, day: dt.date) -> bool:
    """Is a search of this rhythm looked at on the day?"""
    return rhythm == "daily" or (rhythm == "weekly" and day.weekday() == MONDAY)
