#!/usr/bin/env python3
"""Makes the seed of the demonstration city as *.jsonl in this folder.

Deterministic (one fixed seed), no network, standard library only. Every firm, outfall, device, meter
and person that it makes is simulated and says so. Run it in this folder: python3 make.py
"""
import json
import math
import pathlib
import random
import sys

sys.dont_write_bytecode = True
import geography as geo  # noqa: E402

HERE = pathlib.Path(__file__).parent
FROM = "2024-01-01"
CITY, ECO = "urn:ngsi-ld:Area:3606", "urn:ngsi-ld:Body:eco"
rng = random.Random(20260706)
CELLS = geo.cells()
TOWN = {t[0]: t for t in geo.TOWNSHIPS}


def urn(kind, slug):
    return f"urn:ngsi-ld:{kind}:{slug}"


def words(zh, en):
    return {"zh": zh, "en": en}


def point(lon, lat):
    return {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}


def write(name, rows):
    rows = list(rows)
    text = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows)
    (HERE / name).write_text(text, "utf-8")
    return rows


def near(code, spread):
    """A point near the seat of the township, inside its cell."""
    lat, lon = TOWN[code][3], TOWN[code][4]
    for _ in range(1000):
        p = (rng.gauss(lon, spread), rng.gauss(lat, spread * 0.9))
        if geo.inside(p, CELLS[code]):
            return p
    return (lon, lat)


def river_of(lon, lat):
    """The river whose drawn course passes nearest."""
    def distance(course):
        return min(math.hypot((x - lon) * 0.88, y - lat) for x, y in course)
    return urn("River", min(geo.RIVERS, key=lambda r: distance(r[3]))[0])


def areas():
    rings = geo.union(CELLS.values())
    yield {"id": CITY, "type": "Area", "code": "3606", "name": words("鹰潭市", "Yingtan"), "level": "city",
           "location": point(117.0, 28.2333), "point_source": "geonames", "drawn": "示意", "population": 1154200,
           "population_source": "census 2020", "boundary": {"type": "Polygon", "coordinates": [geo.closed(rings[0])]}}
    for code, zh, en, lat, lon, source, population in geo.DISTRICTS:
        ring = geo.union(r for c, r in CELLS.items() if c.startswith(code))[0]
        yield {"id": urn("Area", code), "type": "Area", "code": code, "name": words(zh, en), "level": "district",
               "parent": CITY, "location": point(lon, lat), "point_source": source, "drawn": "示意",
               "population": population, "population_source": "census 2020",
               "boundary": {"type": "Polygon", "coordinates": [geo.closed(ring)]}}
    for code, zh, en, lat, lon, source, kind in geo.TOWNSHIPS:
        row = {"id": urn("Area", code), "type": "Area", "code": code, "name": words(zh, en), "level": "township",
               "kind": kind, "parent": urn("Area", code[:6]), "location": point(lon, lat), "point_source": source,
               "drawn": "示意", "boundary": {"type": "Polygon", "coordinates": [geo.closed(CELLS[code])]}}
        if code in geo.COMMITTEES:
            row |= {"committee": urn("Body", geo.COMMITTEES[code]), "committee_verified": False}
        yield row


# slug of the body, zh, en, kind, roles that it plays in the whole city
CITY_BODIES = [
    ("gov", "鹰潭市人民政府", "People's Government of Yingtan", "government", ["gov", "sanction_authority"]),
    ("sca", "市智慧城市主管部门", "City smart-city authority", "department", ["sca", "planner"]),
    ("stats", "市统计局", "City statistics bureau", "department", ["stats", "dept"]),
    ("natural_resources", "市自然资源局", "City natural resources bureau", "department", ["natural_resources", "dept", "planner"]),
    ("housing", "市住房和城乡建设局", "City housing and construction bureau", "department", ["housing", "dept"]),
    ("urban", "市城市管理局", "City management bureau", "department", ["urban", "dept"]),
    ("police", "市公安局", "City public security bureau", "department", ["police", "dept"]),
    ("transport", "市交通运输局", "City transport bureau", "department", ["transport", "dept", "industry_dept"]),
    ("emergency", "市应急管理局", "City emergency management bureau", "department", ["emergency", "dept"]),
    ("market", "市市场监督管理局", "City market regulation bureau", "department", ["market", "dept"]),
    ("fire", "市消防救援支队", "City fire and rescue brigade", "department", ["fire"]),
    ("eco", "市生态环境局", "City ecology and environment bureau", "department", ["eco", "dept"]),
    ("education", "市教育局", "City education bureau", "department", ["education", "dept"]),
    ("health", "市卫生健康委员会", "City health commission", "department", ["health", "dept"]),
    ("insurance", "市医疗保障局", "City medical insurance bureau", "department", ["insurance", "dept"]),
    ("reform", "市发展和改革委员会", "City development and reform commission", "department", ["reform", "dept", "planner"]),
    ("human_resources", "市人力资源和社会保障局", "City human resources and social security bureau", "department", ["human_resources", "dept"]),
    ("cyber", "市网信办", "City cyberspace office", "department", ["cyber", "dept"]),
    ("agriculture", "市农业农村局", "City agriculture bureau", "department", ["agriculture", "dept"]),
    ("water", "市水利局", "City water resources bureau", "department", ["water", "dept"]),
    ("gaoxin", "鹰潭高新技术产业开发区管委会", "Committee of the Yingtan High-tech Zone", "committee", ["committee_gaoxin"]),
    ("longhushan", "鹰潭市龙虎山风景名胜区管委会", "Committee of the Longhushan Scenic Area", "committee", ["committee_longhushan"]),
    ("xinjiang", "鹰潭市信江新区管委会", "Committee of the Xinjiang New Area", "committee", ["committee_xinjiang"]),
    ("ioc", "市城市运行指挥中心", "City operations centre", "department", ["ioc"]),
    ("water_utility", "市供水公司（模拟）", "City water utility (simulated)", "operator", ["water_utility"]),
]
TOWN_BODY = {"subdistrict": ("街道办事处", "subdistrict office"), "town": ("人民政府", "people's government"),
             "township": ("人民政府", "people's government"), "park": ("管委会", "committee"),
             "farm": ("", ""), "forest": ("", "")}
# Demonstration assumption: in this park the neighbouring town acts as the township.
TOWN_STANDS_IN = {"360681407": "360681111"}


def bodies_and_bindings():
    bodies, bindings = [], []

    def bind(role, body, area=None):
        row = {"id": urn("Binding", f"{role}-{body}" + (f"-{area}" if area else "")), "type": "Binding",
               "role": urn("Role", role), "body": urn("Body", body)}
        row |= {"area": urn("Area", area)} if area else {}
        bindings.append(row | {"from": FROM, "verified": False})

    def body(slug, zh, en, kind, area, parent=None):
        row = {"id": urn("Body", slug), "type": "Body", "name": words(zh, en), "kind": kind, "area": area}
        bodies.append(row | ({"parent": urn("Body", parent)} if parent else {}) | {"verified": False})

    for slug, zh, en, kind, roles in CITY_BODIES:
        body(slug, zh, en, kind, CITY, None if slug == "gov" else "gov")
        for role in roles:
            bind(role, slug)
    for code, zh, en, *_ in geo.DISTRICTS:
        body(f"gov-{code}", f"{zh}人民政府", f"People's Government of {en}", "government", urn("Area", code), "gov")
        bind("district_gov", f"gov-{code}", code)
        body(f"sca-{code}", f"{zh}智慧城市主管部门", f"Smart-city authority of {en}", "department", urn("Area", code), f"gov-{code}")
        bind("district_sca", f"sca-{code}", code)
    for code, zh, en, *_, kind in geo.TOWNSHIPS:
        tail, tail_en = TOWN_BODY[kind]
        zh = (zh.removesuffix("街道") if kind == "subdistrict" else zh) + tail
        body(f"township-{code}", zh, f"{en} {tail_en}".strip(), "township", urn("Area", code), f"gov-{code[:6]}")
        bind("township", f"township-{TOWN_STANDS_IN.get(code, code)}", code)
    write("bodies.jsonl", bodies)
    write("bindings.jsonl", bindings)


INDUSTRY = {"sewage": words("污水处理", "Waste-water treatment"), "copper": words("铜加工", "Copper processing"),
            "eyewear": words("眼镜制造", "Spectacles"), "meter": words("水表制造", "Water meters"),
            "food": words("食品加工", "Food processing"), "medicine": words("药品制造", "Medicine")}
# slug, zh, en, industry, township, number of outfalls
FIRMS = [
    ("gx-ww", "贵溪工业园区污水处理厂", "Guixi park waste-water plant", "sewage", "360681407", 2),
    ("gx-city-ww", "贵溪城区污水处理厂", "Guixi town waste-water plant", "sewage", "360681001", 2),
    ("gx-cu-1", "贵溪铜业一厂", "Guixi copper works 1", "copper", "360681407", 4),
    ("gx-cu-2", "贵溪铜业二厂", "Guixi copper works 2", "copper", "360681407", 3),
    ("gx-cu-3", "滨江铜杆厂", "Binjiang copper rod works", "copper", "360681111", 3),
    ("gx-cu-4", "江北铜箔厂", "Jiangbei copper foil works", "copper", "360681004", 3),
    ("gx-cu-5", "雄石电缆厂", "Xiongshi cable works", "copper", "360681002", 2),
    ("gx-cu-6", "流口再生铜厂", "Liukou recycled copper works", "copper", "360681105", 3),
    ("gx-food-1", "泗沥米业", "Sili rice mill", "food", "360681100", 2),
    ("gx-food-2", "罗河食品厂", "Luohe food works", "food", "360681106", 2),
    ("gx-food-3", "上清豆制品厂", "Shangqing bean works", "food", "360681191", 1),
    ("gx-med-1", "贵溪中药厂", "Guixi herbal medicine works", "medicine", "360681003", 3),
    ("gx-med-2", "塘湾制药厂", "Tangwan medicine works", "medicine", "360681108", 2),
    ("gx-food-4", "塔桥果品厂", "Taqiao fruit works", "food", "360681500", 2),
    ("yj-ww", "余江城区污水处理厂", "Yujiang waste-water plant", "sewage", "360603001", 2),
    ("yj-eye-1", "中童眼镜一厂", "Zhongtong spectacles 1", "eyewear", "360603103", 3),
    ("yj-eye-2", "中童眼镜二厂", "Zhongtong spectacles 2", "eyewear", "360603103", 2),
    ("yj-eye-3", "余江镜架电镀厂", "Yujiang frame plating works", "eyewear", "360603408", 3),
    ("yj-food-1", "锦江食品厂", "Jinjiang food works", "food", "360603101", 2),
    ("yj-food-2", "潢溪水产加工厂", "Huangxi fish works", "food", "360603102", 2),
    ("yj-med-1", "余江药业", "Yujiang medicine works", "medicine", "360603408", 2),
    ("yj-meter-1", "龙岗水表配件厂", "Longgang meter parts", "meter", "360603409", 2),
    ("yh-ww", "月湖污水处理厂", "Yuehu waste-water plant", "sewage", "360602001", 2),
    ("yh-meter-1", "月湖水表一厂", "Yuehu meter works 1", "meter", "360602006", 2),
    ("yh-meter-2", "月湖水表二厂", "Yuehu meter works 2", "meter", "360602005", 2),
    ("yh-food-1", "童家食品厂", "Tongjia food works", "food", "360602100", 2),
]
GROUPS = {"gx": ("360681", 100), "yj": ("360603", 200), "yh": ("360602", 300)}
STRICT = {"cod_limit": 50, "ammonia_limit": 5, "phosphorus_limit": 0.5, "nitrogen_limit": 15, "ph_min": 6, "ph_max": 9}
WIDE = {"cod_limit": 100, "ammonia_limit": 15, "phosphorus_limit": 1, "nitrogen_limit": 30, "ph_min": 6, "ph_max": 9}


def device(slug, name, login, protocol, model, subject, body, area, location, minutes, **more):
    return {"id": urn("Device", slug), "type": "Device", "name": name, "login": login, "protocol": protocol,
            "thing_model": model, "subject": subject, "body": body, "area": area, "location": location,
            "promise_minutes": minutes, "state": "registered", "connection": "disconnected", **more, "simulated": True}


def outfalls():
    """Firms, their outfalls and the outfalls' monitors; the first is the one of the golden journey."""
    firms, rows, devices, count = [], [], [], {}
    for slug, zh, en, industry, town, n in FIRMS:
        lon, lat = (117.1942, 28.2990) if slug == "gx-ww" else near(town, 0.006)
        firm, area = urn("Firm", slug), urn("Area", town)
        firms.append({"id": firm, "type": "Firm", "name": words(zh + "（模拟）", en + " (simulated)"),
                      "industry": INDUSTRY[industry], "area": area, "location": point(lon, lat), "simulated": True})
        for i in range(n):
            group = slug[:2]
            count[group] = k = count.get(group, 0) + 1
            prefix, base = GROUPS[group]
            x, y = (117.1930, 28.2975) if (group, k) == ("gx", 1) else (lon + rng.uniform(-0.002, 0.002), lat + rng.uniform(-0.002, 0.002))
            x, y = (x, y) if geo.inside((x, y), CELLS[town]) else (lon, lat)
            zh_n, en_n = (("总排口", "main outfall") if i == 0 else (f"{i + 1}号排口", f"outfall {i + 1}"))
            name, key = words(zh + zh_n, f"{en}, {en_n}"), f"{group}-{k:02d}"
            strict = industry == "sewage"
            limits = STRICT if strict else WIDE
            basis = words("按 GB 18918-2002 一级 A，待核", "By GB 18918-2002 class 1A, to be verified") if strict else \
                words("演示城市的约定，没有来源，待核", "Agreed for the demonstration, no source, to be verified")
            subject = urn("Outfall", key)
            rows.append({"id": subject, "type": "Outfall", "name": name, "firm": firm, "area": area, "body": ECO,
                         "river": river_of(x, y), "location": point(x, y), **limits, "limit_source": basis,
                         "verified": False, "promise_minutes": 5, "simulated": True})
            devices.append(device(f"outfall-{key}", name, f"{prefix}{base + k:018d}", "hj212", "outfall-hj212", subject,
                                  ECO, area, point(x, y), 5, firm=firm))
    assert len(rows) == 60, len(rows)
    write("firms.jsonl", firms)
    write("outfalls.jsonl", rows)
    return devices


def stations():
    rows, devices = [], []
    river_basis = words("按 GB 3838-2002 III 类，待核", "By GB 3838-2002 class III, to be verified")
    air_basis = words("按 GB 3095 二级 1 小时，待核", "By GB 3095 class 2, one hour, to be verified")
    for i, (slug, zh, en, river, lon, lat, town) in enumerate(geo.SECTIONS, 1):
        subject, area = urn("RiverStation", slug), urn("Area", town)
        rows.append({"id": subject, "type": "RiverStation", "name": words(zh, en), "area": area, "body": ECO,
                     "river": urn("River", river), "location": point(lon, lat), "target_class": "III", "oxygen_limit": 5,
                     "permanganate_limit": 6, "ammonia_limit": 1, "phosphorus_limit": 0.2, "limit_source": river_basis,
                     "verified": False, "promise_minutes": 10, "simulated": True})
        devices.append(device(f"river-{slug}", words(zh, en), f"360600{2100 + i:018d}", "hj212", "river-hj212", subject,
                              ECO, area, point(lon, lat), 10))
    for i, (slug, zh, en, lon, lat, town) in enumerate(geo.AIR, 1):
        subject, area = urn("AirStation", slug), urn("Area", town)
        rows.append({"id": subject, "type": "AirStation", "name": words(zh, en), "area": area, "body": ECO,
                     "location": point(lon, lat), "so2_limit": 500, "no2_limit": 200, "o3_limit": 200,
                     "limit_source": air_basis, "verified": False, "promise_minutes": 10, "simulated": True})
        devices.append(device(f"air-{slug}", words(zh, en), f"360600{2200 + i:018d}", "hj212", "air-hj212", subject,
                              ECO, area, point(lon, lat), 10))
    write("stations.jsonl", rows)
    return devices


METERS = [("360602001", 420), ("360602002", 330), ("360602003", 380), ("360602004", 270), ("360602005", 210),
          ("360602006", 150), ("360602007", 160), ("360602100", 80)]


def meters():
    rows, devices, k = [], [], 0
    utility = urn("Body", "water_utility")
    for town, n in METERS:
        for _ in range(n):
            k += 1
            key, area = f"yh-{k:04d}", urn("Area", town)
            name = words(f"{TOWN[town][1]}水表 {k:04d}", f"{TOWN[town][2]} meter {k:04d}")
            location = point(*near(town, 0.005))
            rows.append({"id": urn("WaterMeter", key), "type": "WaterMeter", "name": name, "area": area, "body": utility,
                         "location": location, "leak_flow": 0.25, "promise_minutes": 60, "simulated": True})
            devices.append(device(key, name, key, "mqtt", "water-meter-mqtt", urn("WaterMeter", key), utility, area,
                                  location, 60))
    assert k == 2000, k
    write("meters.jsonl", rows)
    return devices


# key, zh name, en name, zh post, en post, roles, more
PERSONS = [
    ("administrator", "吴某", "Wu", "系统管理员", "Administrator", ["administrator"], {"body": "sca"}),
    ("seat1", "王某", "Wang", "值班台 1 号席", "Duty seat 1", ["duty_officer"], {"body": "ioc"}),
    ("seat2", "周某", "Zhou", "值班台 2 号席", "Duty seat 2", ["duty_officer"], {"body": "ioc"}),
    ("eco_handler", "张某", "Zhang", "生态环境执法岗", "Ecology enforcement", ["handler"], {"body": "eco"}),
    ("township_handler", "刘某", "Liu", "滨江镇综合岗", "Binjiang town office", ["handler"],
     {"body": "township-360681111", "area": "360681111"}),
    ("checker", "陈某", "Chen", "核查岗", "Checker", ["checker"], {"body": "ioc"}),
    ("firm", "赵某", "Zhao", "企业环保员", "Firm's environment officer", ["firm"], {"owns": "gx-ww", "area": "360681407"}),
    ("supervisor", "孙某", "Sun", "督查岗", "Supervisor", ["supervisor"], {"body": "gov"}),
    ("auditor", "钱某", "Qian", "审计岗", "Auditor", ["auditor"], {"body": "gov"}),
    ("clerk", "李某", "Li", "智慧城市主管部门业务岗", "Clerk of the smart-city authority", ["clerk"], {"body": "sca"}),
]


# Roles of posts: what the rows of access/ speak of. They are no roles of the law.
POSTS = [
    ("public", "公众", "The public"), ("duty_officer", "值班员", "Duty officer"), ("handler", "承办人", "Handler"),
    ("checker", "核查人", "Checker"), ("firm", "企业", "Firm"), ("supervisor", "督查", "Supervisor"),
    ("auditor", "审计", "Auditor"), ("clerk", "业务员", "Clerk"), ("administrator", "管理员", "Administrator"),
    ("device", "设备", "Device"),
]


def persons():
    for key, zh, en, post, post_en, roles, more in PERSONS:
        row = {"id": urn("Person", key), "type": "Person", "key": key, "name": words(zh, en),
               "title": words(post, post_en), "roles": roles}
        row |= {"body": urn("Body", more["body"])} if "body" in more else {}
        row |= {"owns": urn("Firm", more["owns"])} if "owns" in more else {}
        yield row | {"area": urn("Area", more.get("area", "3606")), "simulated": True}


def main():
    write("areas.jsonl", areas())
    bodies_and_bindings()
    write("rivers.jsonl", ({"id": urn("River", s), "type": "River", "name": words(zh, en), "drawn": "示意",
                            "course": {"type": "LineString", "coordinates": [list(p) for p in c]}}
                           for s, zh, en, c in geo.RIVERS))
    write("devices.jsonl", outfalls() + stations() + meters())
    write("posts.jsonl", ({"id": urn("Role", key), "type": "Role", "key": key, "name": words(zh, en), "kind": "post",
                           "basis": "practice"} for key, zh, en in POSTS))
    write("persons.jsonl", persons())


if __name__ == "__main__":
    main()
