"""Records made through their operations, and libraries compared with the database by brute force."""

from matchplatform.extensions import db
from matchplatform.matching import corpus, library
from matchplatform.matching.index import Document
from matchplatform.needs import operations as needs
from matchplatform.offerings import operations as offerings
from tests import factories
from tests.matching.memory_index import ranked

WORDS = ("老年食堂送餐", "夏秋茶收购", "乡村医生培训", "直播带货", "垃圾分类宣传", "建冷库")
ASKED = Document("x", "老年食堂", "茶叶收购，直播带货，村医培训，冷库")


def publish(people, kind, text, count=1):
    """Records through their operations; answers the last one."""
    for _ in range(count):
        if kind == "need":
            one = factories.make_need(status="submitted", title=text,
                                      body=f"村里盼了好几年，想请人来办这件事，越快越好：{text}。")
            needs.act(people.second_county_officer, one, "publish")
        else:
            one = factories.make_offering(factories.first_organization(), status="draft", title=text,
                                          body=f"我们在全省各地都办过这件事，有专人负责到底：{text}。")
            offerings.act(people.organization_member, one, "publish")
    db.session.commit()
    return one


def both():
    return corpus.needs(), corpus.offerings()


def identities():
    return [one.base.identity for one in both()]


def assert_as_the_database_has_it():
    """Every answer is that of a fresh build with the statistics of the same base."""
    for name, found in zip(("needs", "offerings"), both(), strict=True):
        entries = corpus._SIDES[name].all()
        wanted = ranked(found.index, ASKED, [one.document for one in entries])
        assert rounded(found.index.top(ASKED, 999)) == rounded(wanted)
        assert sorted(found.index.ids) == sorted(one.document.id for one in entries)
        assert all(found.digest_of(int(one.document.id)) == library.digest(one) for one in entries)


def rounded(hits):
    """Engines may leave out what has nothing in common with the question, and add up in another order."""
    return sorted(((one, round(value, 9)) for one, value in hits if value > 1e-9), key=lambda hit: (-hit[1], hit[0]))
