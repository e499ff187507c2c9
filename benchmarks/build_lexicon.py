"""Choose from the open lexicons in ../shared/lexicons the words that jieba lacks and that village needs speak of.

    .venv/bin/python benchmarks/build_lexicon.py

Writes selected.txt (THUOCL words) and stop_words.txt (JioNLP) into matchplatform/matching/lexicon. What is chosen and
why stands in SOURCES.md there; domain.txt is written by hand and left alone.
"""

import re
import sys
from pathlib import Path

from matchplatform.matching import text

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "lexicons"
LEXICON = ROOT / "matchplatform" / "matching" / "lexicon"

# list -> (least frequency, shortest word, at least one of these characters)
WANTED = {
    "food": (100, 2, "茶菜果米豆鱼肉油蛋奶菌菇薯藕橙橘柑桃梨枣栗椒笋蜜酱粉面粥饭餐"),
    "animal": (30, 2, "鸡鸭鹅猪牛羊鱼虾蟹蜂蚕养繁疫苗饲种禽畜兽鸽兔鳅鳖"),
    "medical": (100, 3, ""),
    "law": (300, 3, "农地村镇民工劳社保险救助扶调解法权合同土房屋婚养老残童妇信贷税补偿"),
}
LONGEST = 6
CHINESE = re.compile(r"[一-鿿]+")


def selected() -> list[str]:
    """Words of the four lists that jieba's own dictionary does not hold."""
    known = text.dictionary_words()
    chosen: set[str] = set()
    for name, (least, shortest, telling) in WANTED.items():
        lines = (SHARED / "THUOCL" / f"THUOCL_{name}.txt").read_text(encoding="utf-8-sig").splitlines()
        for line in lines:
            word, _, count = line.strip().partition("\t")
            word = word.strip()
            if (count.strip().isdigit() and int(count) >= least and shortest <= len(word) <= LONGEST
                    and CHINESE.fullmatch(word) and word not in known
                    and (not telling or any(c in telling for c in word))):
                chosen.add(word)
    return sorted(chosen)


def stop_words() -> list[str]:
    """Chinese stop words of at most four characters."""
    lines = (SHARED / "jionlp_stopwords.txt").read_text(encoding="utf-8").splitlines()
    return sorted({line.strip() for line in lines if CHINESE.fullmatch(line.strip()) and len(line.strip()) <= 4})


def main() -> None:
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is not there: the lexicons come with the project's shared folder")
    for name, words in (("selected.txt", selected()), ("stop_words.txt", stop_words())):
        (LEXICON / name).write_text("\n".join(words) + "\n", encoding="utf-8")
        print(f"{name}: {len(words)} words")


if __name__ == "__main__":
    main()
