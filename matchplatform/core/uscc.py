"""The unified social credit code of organizations, GB 32100-2015, with the GB 11714 code inside it."""

import re
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {c: n for n, c in enumerate(ALPHABET)}
_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_BODY_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FULL = str.maketrans({c + 0xFEE0: c for c in range(0x21, 0x7F)})

KINDS = {"51": "社会团体", "52": "社会服务机构", "53": "基金会"}


class UsccError(ValueError):
    """The code breaks a rule; `rule` names which: length, letters, kind, region, body_check, check."""

    def __init__(self, rule: str, sentence: str) -> None:
        self.rule = rule
        super().__init__(sentence)


@dataclass(frozen=True)
class Uscc:
    """A checked code: `kind` is its first two characters, `authority` the region of the registering authority."""

    code: str
    kind: str
    authority: str

    @property
    def level(self) -> str:
        """Registration level by the authority's region: nation, province, city or county."""
        if self.authority == "100000":
            return "nation"
        if self.authority.endswith("0000"):
            return "province"
        # The four counties 4290xx report straight to the province, but register at county level like the others.
        return "city" if self.authority.endswith("00") else "county"


def check_character(first17: str) -> str:
    """The 18th character: (31 − Σ cᵢ·3^i mod 31) mod 31, in the code's alphabet (GB 32100-2015, 5)."""
    return ALPHABET[-sum(_VALUE[c] * w for c, w in zip(first17, _WEIGHTS, strict=True)) % 31]


def body_check_character(first8: str) -> str:
    """The check character of the organization code, GB 11714: 11 − Σ mod 11, where 10 is X and 11 is 0."""
    rest = 11 - sum(_BODY_ALPHABET.index(c) * w for c, w in zip(first8, _BODY_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def parse_uscc(text: str) -> Uscc:
    """The checked code of a social organization.

    Spaces, hyphens, lower case and full-width characters are forgiven. Raises UsccError with the rule that failed.
    """
    code = re.sub(r"[\s\-]", "", text.translate(_FULL)).upper()
    if len(code) != 18:
        raise UsccError("length", f"统一社会信用代码要 18 位，现在是 {len(code)} 位。请照登记证书抄写。")
    wrong = sorted({c for c in code if c not in _VALUE})
    if wrong:
        raise UsccError("letters", f"统一社会信用代码里不会有“{'、'.join(wrong)}”。字母 I、O、S、V、Z 不用，"
                                   "多半是数字 1、0、5、2 抄错了。")
    if code[:2] not in KINDS:
        whose = {"9": "企业", "1": "机关或事业单位"}.get(code[0], "其他单位")
        raise UsccError("kind", f"前两位“{code[:2]}”不是社会组织（51 社会团体、52 社会服务机构、53 基金会），"
                                f"像是{whose}的代码。请核对证书。")
    if not re.fullmatch(r"[1-9]\d{5}", code[2:8]):
        raise UsccError("region", f"第 3—8 位“{code[2:8]}”应是登记管理机关的六位行政区划代码，例如省级 420000。")
    if check_character(code[:17]) != code[17]:
        raise UsccError("check", "最后一位校验码对不上，说明前面有字抄错了。请逐位核对登记证书。")
    if body_check_character(code[8:16]) != code[16]:
        raise UsccError("body_check", "第 9—17 位（组织机构代码）的校验码对不上。请核对这九位。")
    return Uscc(code, code[:2], code[2:8])


def make_uscc(kind: str, authority: str, body: str) -> str:
    """A checksum-valid code from its parts, for demo organizations; `body` is the eight characters 9–16."""
    first17 = f"{kind}{authority}{body}{body_check_character(body)}"
    if any(c not in _VALUE for c in first17):
        raise ValueError(f"{first17}: a character outside the alphabet")
    return first17 + check_character(first17)
