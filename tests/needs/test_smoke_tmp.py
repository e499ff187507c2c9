from matchplatform.extensions import db
from tests import factories

def test_pages(as_county_officer, as_township_officer, as_organization_member, as_province_officer, people):
    n = factories.make_need()
    d = factories.make_need(status="draft")
    s = factories.make_need(status="submitted")
    c = factories.make_need(status="closed")
    o = factories.make_offering(factories.first_organization())
    f = factories.make_offering(factories.first_organization(), status="draft", areas=())
    db.session.commit()
    for cl, ps in ((as_county_officer, ["/desk/needs","/desk/needs/new",f"/desk/needs/{n.code}",f"/desk/needs/{d.code}",f"/desk/needs/{d.code}/edit",f"/desk/needs/{d.code}/preview",f"/desk/needs/{s.code}",f"/desk/needs/{c.code}", "/desk/needs?q=x&category=health"]),
       (as_township_officer, ["/desk/needs","/desk/needs/new"]),
       (as_province_officer, ["/desk/needs","/desk/offerings","/desk/needs?city=420900", f"/desk/offerings/{o.code}"]),
       (as_organization_member, ["/desk/offerings","/desk/offerings/new",f"/desk/offerings/{o.code}",f"/desk/offerings/{o.code}/edit",f"/desk/offerings/{f.code}"])):
        for p in ps:
            a = cl.get(p)
            print(p, a.status_code, len(a.data))
            assert a.status_code == 200
