"""Which places a set of served areas reaches, however the sets came to be known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.offerings.reach import Reach

pytestmark = pytest.mark.once

CITY_OF = {"420921": "420900", "420922": "420900", "422801": "422800", "429004": "429004"}
PROVINCE = "420000"
PLACES = sorted({*CITY_OF, *CITY_OF.values()})
AREAS = st.sets(st.sampled_from([PROVINCE, *PLACES, "999999"]), max_size=3)
SETS = st.lists(AREAS.map(lambda one: " ".join(sorted(one))), unique=True, max_size=8).map(tuple)


def reaches(areas, place):
    codes = set(areas.split())
    if place in CITY_OF.values():
        return bool(codes & {PROVINCE, place, *(county for county, city in CITY_OF.items() if city == place)})
    return bool(codes & {PROVINCE, place, CITY_OF[place]})


@given(SETS, SETS, st.data())
def test_every_offering_counts_once_wherever_its_set_reaches(first, second, data):
    reach = Reach(CITY_OF, PROVINCE)
    grown = (*first, *(one for one in second if one not in first))
    for sets in (first, second, grown, first):  # another table, a successor, and the first again
        each = np.array(data.draw(st.lists(st.integers(0, 5), min_size=len(sets), max_size=len(sets))), dtype=np.int64)
        assert reach.counts(sets, each) == {
            place: sum(int(n) for one, n in zip(sets, each, strict=True) if reaches(one, place)) for place in PLACES}
        for place in PLACES:
            assert reach.reaching(sets, place).tolist() == [reaches(one, place) for one in sets]
        assert not reach.reaching(sets, "nowhere").any()
