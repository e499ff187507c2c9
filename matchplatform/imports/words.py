"""Names looked up: fields of help, townships, areas, closed lists, yes and no, ratings, codes, telephones. Pure.

Every parser answers an Understood, or raises Doubt with the sentence for the person.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from matchplatform.core.phone import parse_phone
from matchplatform.core.rules import Choices
from matchplatform.core.uscc import UsccError, parse_uscc
from matchplatform.imports.aliases import half_width
from matchplatform.imports.numbers import NOTHING, Doubt, Understood, is_blank, squeezed
from matchplatform.organizations.rules import authority_verdict

Pairs = Sequence[tuple[str, str]]

# Words that name a field of help as lists write them, by a word of the field's own name.
_TOPICS = {
    "产业": "种植 养殖 特色产业 加工 合作社 产业发展 产业振兴",
    "就业": "务工 就业培训 技能培训 创业 劳务",
    "教育": "助学 支教 学校 教学 奖学",
    "养老": "助餐 敬老 老年 老人 养老助餐",
    "托幼": "儿童 托育 留守儿童 幼儿 一小",
    "消费": "电商 销售 直播带货 农产品销售 产销",
    "医疗": "卫生 健康 义诊 医疗卫生",
    "农业科技": "农技 农业技术 科技 技术指导 科技帮扶",
    "文化": "体育 文体 乡风文明 文化建设",
    "人居": "环境 环境整治 污水 垃圾 厕所 基础设施 乡村建设 道路",
    "治理": "党建 自治 法律 普法 矛盾调解",
    "慈善": "救助 救济 慰问 困难帮扶 帮困",
}
_CHOICES = {
    "aid_mode": {
        "relief": "捐赠 救济 直接援助",
        "capacity": "造血式 能力建设",
        "both": "输血+造血 输血造血 输血、造血 都有 两者兼有 综合",
    },
    "urgency": {
        "normal": "普通 不急 正常 常规 低",
        "soon": "急 比较急 加急 中",
        "urgent": "特急 十分紧急 非常紧急 很急 高 紧迫",
    },
    "cost_model": {
        "free": "免费 无偿 公益免费 公益性 不收费 否",
        "low": "成本价 优惠 低收费 部分收费 半公益",
        "paid": "有偿 市场价 付费 是",
    },
    "publicity": {
        "public": "公开 是 对外公开 全部公开 全网公开",
        "signed_in": "不公开 内部 否 登录可见 仅登录可见 登录后可见",
    },
    "kind": {
        "51": "社团 协会 学会 商会 促进会 联合会",
        "52": "社会服务机构 民办非企业单位 民非 民办非企业 社会服务机构(民办非企业单位)",
        "53": "公益基金会",
    },
    "registration_level": {
        "nation": "国家级 全国性 部级 民政部",
        "province": "省 省本级 全省性",
        "city": "市 市州级 地市级 州级",
        "county": "县 区级 县区级 区",
    },
    "report_result": {
        "passed": "通过 已年报 年检合格 已报送 正常",
        "basic": "基本通过",
        "failed": "未通过 年检不合格",
        "missing": "未年报 未参检 未年检 未检 无 没有 未报",
    },
}
_SAYS_YES = "是 有 已 对 √ ✓ ✔ y yes 1 true 已建立 已建 已列入 列入 在 已认定 具备 建立"
_SAYS_NO = "否 无 没有 没 未 不是 × x ✗ n no 0 false 未建立 未建 未列入 不在 未认定 不具备"
_YES, _NO = frozenset(_SAYS_YES.split()), frozenset(_SAYS_NO.split())
_RATED = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_UNRATED = frozenset({"未评估", "未评", "无等级", "没评估", "未参评", "未参加评估", "尚未评估"})
_SEPARATORS = re.compile(r"[、,，;；/|\s]+|和|及|与|以及")
_ENDING = re.compile(r"(街道办事处|办事处|街道|镇|乡|管理区|开发区|风景区|林场|农场)$")
_NUMBER = re.compile(r"(?<!\d)(?:\+?86-?)?(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\(?0\d{2,3}\)?[ -]?\d{7,8}(?:-\d{1,5})?)(?!\d)")
_LOST = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)


def suggested(text: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Names like what was typed, the likest first."""
    known = list(names)
    near = difflib.get_close_matches(text, known, most, 0.4)
    return near or [name for name in known if set(text) & set(name) - set("镇乡村街道县市区服务帮扶")][:most]


def _or(names: Sequence[str]) -> str:
    return f"是不是{'、'.join(f'“{name}”' for name in names)}？" if names else ""


@lru_cache(maxsize=2048)
def parse_category(text: str, pairs: Pairs, name: str) -> Understood:
    """A field of help by code, name, part of its name or a word it is known by; of several the first."""
    if is_blank(text) or text in NOTHING:
        return Understood(None)
    whole = _category(text, pairs)
    if len(whole) == 1:
        code, label, exact = whole[0]
        return Understood(code, "" if exact else f"{name}“{text}”按“{label}”读。")
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) > 1:
        for part in parts:
            found = _category(part, pairs)
            if len(found) == 1:
                return Understood(found[0][0], f"{name}“{text}”写了几个，按“{found[0][1]}”读。")
    near = [label for _, label, _ in whole] or suggested(text, [label for _, label in pairs])
    raise Doubt(f"没有“{text[:20]}”这个{name}。{_or(near)}请写：{'、'.join(label for _, label in pairs)}。",
                near[0] if near else "")


def _category(text: str, pairs: Pairs) -> list[tuple[str, str, bool]]:
    """(code, name, was it exact) of the fields that a word may mean."""
    plain = squeezed(text)
    for code, label in pairs:
        if plain in (code, squeezed(label)):
            return [(code, label, True)]
    core = re.sub(r"(类|领域|方面|帮扶|服务|项目|需求)+$", "", plain)
    if not core:
        return []
    inside = [(code, label, False) for code, label in pairs if core in label or label.startswith(core)]
    if len(core) >= 2 and inside:
        return inside
    stems = [(code, label, False) for code, label in pairs if label[:2] in plain]
    if stems:
        return stems
    words = [topic for topic, known in _TOPICS.items() if core in known.split()]
    return [(code, label, False) for code, label in pairs if any(topic in label for topic in words)]


def parse_choice(text: str, field: str, choices: Choices, name: str) -> Understood:
    """A value of a closed list by its label, its code or what else it is called."""
    if is_blank(text):
        return Understood(None)
    plain = squeezed(text)
    for one in choices:
        if plain in (one.value.lower(), squeezed(one.label)):
            return Understood(one.value)
    for value, words in _CHOICES.get(field, {}).items():
        if plain in [squeezed(word) for word in words.split()]:
            return Understood(value, f"{name}“{text}”按“{choices[value].label}”读。")
    labels = [one.label for one in choices]
    near = [label for label in labels if label in plain or (len(plain) > 1 and plain in label)]
    if len(near) == 1:
        value = next(one.value for one in choices if one.label == near[0])
        return Understood(value, f"{name}“{text}”按“{near[0]}”读。")
    raise Doubt(f"{name}没有“{text[:20]}”。请写：{'、'.join(labels)}。", near[0] if near else "")


def parse_yes_no(text: str, name: str) -> Understood:
    """Yes or no; None when nothing was written."""
    plain = squeezed(text)
    if plain in _YES:
        return Understood(True)
    if plain in _NO:
        return Understood(False)
    if is_blank(text):
        return Understood(None)
    raise Doubt(f"{name}请写“是”或“否”，现在写的是“{text[:20]}”。")


def parse_rating(text: str, name: str) -> Understood:
    """5A, AAAAA, 四A级; 未评估 is an empty rating."""
    plain = squeezed(text).upper()
    if is_blank(text):
        return Understood(None)
    if plain in _UNRATED or text in NOTHING:
        return Understood("")
    core = re.sub(r"(级|等级)?(社会组织)?$", "", plain)
    if re.fullmatch(r"A{1,5}", core):
        return Understood(f"{len(core)}A")
    found = re.fullmatch(r"([1-5一二三四五])A", core)
    if found:
        return Understood(f"{_RATED.get(found[1]) or found[1]}A")
    raise Doubt(f"{name}请写 5A、4A、3A、2A、1A 或未评估，现在写的是“{text[:20]}”。")


def parse_code(text: str, name: str) -> Understood:
    """A social organization's checked code."""
    if is_blank(text):
        return Understood(None)
    if _LOST.fullmatch(text):
        raise Doubt(f"{name}被表格软件当成数字，后几位丢了。请先把这一列设成“文本”，再照证书重新填。")
    try:
        code = parse_uscc(text[:60])
    except UsccError as fault:
        raise Doubt(str(fault)) from None
    verdict = authority_verdict(code.authority)
    if not verdict:
        raise Doubt(f"{verdict.reason}{verdict.remedy}")
    return Understood(code.code)


def parse_phones(text: str, name: str) -> Understood:
    """The first valid number of a cell, in its stored form."""
    plain = half_width(text).strip()
    if is_blank(plain) or plain in NOTHING:
        return Understood(None)
    if _LOST.fullmatch(plain):
        raise Doubt(f"{name}被表格软件写成了“{text}”，后几位丢了。请先把这一列设成“文本”，再重新填号码。")
    try:
        return Understood(parse_phone(plain))
    except ValueError as fault:
        sentence = str(fault)
    numbers = list(dict.fromkeys(_numbers(plain)))
    if numbers:
        note = f"{name}写了几个号码，用了第一个 {numbers[0]}。" if len(re.findall(r"\d{7,}", plain)) > 1 else \
            f"{name}“{text[:40]}”取了号码 {numbers[0]}。"
        return Understood(numbers[0], note)
    digits = re.sub(r"\D", "", plain)
    if len(digits) in (10, 11) and digits == plain and not digits.startswith(("0", "1")):
        return _without_zero(digits, sentence, name)
    raise Doubt(f"{name}：{sentence}现在写的是“{text[:40]}”。")


def _without_zero(digits: str, sentence: str, name: str) -> Understood:
    """A landline that lost its first 0 as a number in a cell."""
    for area in (3, 2):
        try:
            whole = parse_phone(f"0{digits[:area]}-{digits[area:]}")
        except ValueError:
            continue
        raise Doubt(f"{name}：座机号前面的 0 丢了，像是 {whole}。请先把这一列设成“文本”再填。", whole)
    raise Doubt(f"{name}：{sentence}")


def _numbers(text: str) -> Iterable[str]:
    for found in _NUMBER.finditer(text):
        try:
            yield parse_phone(re.sub(r"[ ()]", "", found[1]))
        except ValueError:
            continue


def parse_contact(text: str, name: str) -> Understood:
    """A name and a number in one cell: (name, number); either may be None."""
    plain = half_width(text).strip()
    if is_blank(plain) or plain in NOTHING:
        return Understood((None, None))
    found = _NUMBER.search(plain)
    digits = re.search(r"\d[\d -]{5,}", plain)
    if digits and not found:
        raise Doubt(f"{name}里的号码“{digits[0].strip()}”不对。要 11 位手机号，或带区号的座机，例如 0712-4712306。")
    who = re.sub(r"[:\s、,;/()（）-]*((联系)?(电话|手机|tel))?[:\s、,;/()（）-]*$", "",
                 plain[:found.start()] if found else plain).strip()
    if not who and found:
        who = re.sub(r"^[:\s、,;/()（）-]+|[:\s、,;/()（）-]+$", "", plain[found.end():])
    number = parse_phones(found[0], name).value if found else None
    if found and len(_NUMBER.findall(plain)) > 1:
        return Understood((who or None, number), f"{name}写了几个号码，用了第一个 {number}。")
    return Understood((who or None, number))


@lru_cache(maxsize=512)
def short(name: str) -> str:
    """恩施州, 长阳县: without the nationalities' names; other names as they are."""
    plain = re.sub(r"(土家族苗族|土家族|苗族)(?=自治)", "", name)
    return plain.replace("自治州", "州").replace("自治县", "县")


def _without_parents(text: str, parents: Iterable[str]) -> str:
    """白沙镇 for 湖北省孝感市孝昌县白沙镇."""
    plain = short(text) if "自治" in text else text
    for parent in ("湖北省", "湖北", *reversed([*parents])):
        for form in (parent, short(parent)):
            if form and plain.startswith(form) and len(plain) > len(form):
                plain = plain[len(form):].lstrip("·-/ ")
    return plain


@lru_cache(maxsize=2048)
def parse_township(text: str, townships: Pairs, parents: Sequence[str], name: str) -> Understood:
    """A township of the county by its name, with or without ending and parents; the whole county is an empty text."""
    plain = re.sub(r"\s", "", half_width(text))
    if is_blank(plain) or plain in NOTHING:
        return Understood(None)
    if plain in ("全县", "全区", "全市", "县直", "县级", "县本级", "各乡镇", "全县域", *parents, *map(short, parents)):
        return Understood("", f"{name}“{text}”按全县读。")
    found = _townships(_without_parents(plain, parents), townships)
    if len(found) == 1:
        return Understood(found[0][0])
    near = [label for _, label in found] or suggested(plain, [label for _, label in townships])
    where = parents[0] if parents else "本县"
    raise Doubt(f"{where}没有“{text[:20]}”。{_or(near)}全县的需求空着。", near[0] if near else "")


def _townships(plain: str, townships: Pairs) -> list[tuple[str, str]]:
    """The townships that a name may mean: by code, by whole name, or without the ending."""
    return [one for one in townships if plain in one] or [
        one for one in townships if plain in (_ENDING.sub("", one[1]), f"{_ENDING.sub('', one[1])}街道办事处")]


def parse_place(text: str, townships: Pairs, parents: Sequence[str], name: str) -> Understood:
    """A township and a village in one cell: (township code or "", village)."""
    plain = _without_parents(re.sub(r"\s", "", half_width(text)), parents)
    if is_blank(plain) or plain in NOTHING:
        return Understood((None, None))
    for code, label in sorted(townships, key=lambda one: -len(one[1])):
        for form in dict.fromkeys((label, f"{_ENDING.sub('', label)}街道办事处", _ENDING.sub("", label))):
            if len(form) >= 2 and plain.startswith(form):
                rest = re.sub(r"^(街道办事处|办事处)?[·、,/\-]*", "", plain[len(form):])
                return Understood((code, rest))
    try:
        return Understood((parse_township(text, townships, parents, name).value, ""))
    except Doubt as doubt:
        raise Doubt(f"{doubt.sentence}地点请从乡镇写起，例如“{townships[0][1] if townships else '白沙镇'}程家河村”。",
                    doubt.proposal) from None


@lru_cache(maxsize=8)
def _area_names(areas: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Every way to say an area → the codes it may mean."""
    said: dict[str, list[str]] = {}
    for code, label in areas:
        stem = re.sub(r"(省|市|州|县|区|林区)$", "", short(label))
        for form in {label, short(label), stem if len(stem) >= 2 else label}:
            said.setdefault(form, []).append(code)
    return said


def parse_areas(text: str, areas: tuple[tuple[str, str], ...], name: str) -> Understood:
    """Codes of the areas named: 全省, 孝感市、随州市, 孝感市大悟县."""
    plain = half_width(text).strip()
    if is_blank(plain):
        return Understood(None)
    said, labels = _area_names(areas), dict(areas)
    codes: dict[str, None] = {}
    for part in _SEPARATORS.split(plain):
        part = re.sub(r"(等地?|各县.*|全域|全境|范围内|地区)$", "", part)
        if not part:
            continue
        if part in ("全省", "湖北", "湖北省", "省内", "全省范围", "湖北省内", "不限"):
            codes[areas[0][0] if areas and areas[0][0].endswith("0000") else "420000"] = None
            continue
        found = _area(part, said, labels)
        if len(found) != 1:
            near = [labels[code] for code in found] or difflib.get_close_matches(part, labels.values(), 3, 0.5)
            raise Doubt(f"{name}里的“{part[:20]}”{'有几个' if found else '认不出'}。{_or(near)}"
                        "请写全省，或市、县的全名，用顿号隔开。", near[0] if near else "")
        codes[found[0]] = None
    return Understood(list(codes))


def _area(part: str, said: dict[str, list[str]], labels: dict[str, str]) -> list[str]:
    """The codes that a name may mean; 孝感市大悟县 is its last part."""
    if part in said:
        exact = [code for code in said[part] if part in (labels[code], short(labels[code]))]
        return exact or said[part]
    for start in range(1, len(part) - 1):
        if part[start:] in said and part[:start] in {*said, "湖北省", "湖北"}:
            return _area(part[start:], said, labels)
    return []
