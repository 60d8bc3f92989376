#!/usr/bin/env python3
"""Makes articles.jsonl, paragraphs.jsonl and roles.jsonl from the text of the law and paragraphs.tsv.

Deterministic, no network. Run it in this folder: python3 make.py
"""
import csv
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
CHAPTERS_EN = ["General provisions", "Development plans", "Information infrastructure", "The digital economy",
               "Intelligent social governance", "Safeguards", "Legal liability", "Supplementary provisions"]
NAMED, IMPLIED, PRACTICE = "named", "implied", "practice"

# key, zh, en, kind, how the role comes into the city: named by the law, implied by it, or needed in practice
ROLES = [
    ("gov", "市人民政府", "City people's government", "government", NAMED),
    ("district_gov", "区(市)人民政府", "People's government of a district (county-level city)", "government", NAMED),
    ("sca", "市智慧城市主管部门", "City smart-city authority", "department", NAMED),
    ("district_sca", "区(市)智慧城市主管部门", "Smart-city authority of a district (county-level city)", "department", NAMED),
    ("dept", "其他有关部门", "Other departments concerned", "class", NAMED),
    ("planner", "规划编制机关", "Body that draws up a plan", "class", NAMED),
    ("industry_dept", "行业主管部门", "Authority of an industry", "class", NAMED),
    ("stats", "统计部门", "Statistics department", "department", NAMED),
    ("natural_resources", "自然资源部门", "Natural resources department", "department", NAMED),
    ("housing", "住房和城乡建设部门", "Housing and urban-rural development department", "department", NAMED),
    ("urban", "城市管理部门", "City management department", "department", NAMED),
    ("police", "公安机关", "Public security organ", "department", NAMED),
    ("transport", "交通运输主管部门", "Transport authority", "department", NAMED),
    ("emergency", "应急管理部门", "Emergency management department", "department", NAMED),
    ("market", "市场监督管理部门", "Market regulation department", "department", NAMED),
    ("fire", "消防救援机构", "Fire and rescue institution", "department", NAMED),
    ("eco", "生态环境主管部门", "Ecology and environment authority", "department", NAMED),
    ("education", "教育主管部门", "Education authority", "department", NAMED),
    ("health", "卫生健康主管部门", "Health authority", "department", NAMED),
    ("insurance", "医疗保障主管部门", "Medical insurance authority", "department", NAMED),
    ("reform", "发展改革主管部门", "Development and reform authority", "department", NAMED),
    ("human_resources", "人力资源和社会保障主管部门", "Human resources and social security authority", "department", NAMED),
    ("cyber", "网信部门", "Cyberspace department", "department", NAMED),
    ("committee_gaoxin", "鹰潭高新技术产业开发区管委会", "Committee of the Yingtan High-tech Zone", "committee", NAMED),
    ("committee_longhushan", "鹰潭市龙虎山风景名胜区管委会", "Committee of the Longhushan Scenic Area", "committee", NAMED),
    ("committee_xinjiang", "鹰潭市信江新区管委会", "Committee of the Xinjiang New Area", "committee", NAMED),
    ("township", "乡镇(街道)", "Township or subdistrict", "government", NAMED),
    ("village", "村(社区)", "Village or community", "class", NAMED),
    ("infra_operator", "信息基础设施经营者", "Operator of information infrastructure", "operator", NAMED),
    ("network_operator", "网络运营者", "Network operator", "operator", NAMED),
    ("developer", "建设单位", "Developer of a construction project", "operator", NAMED),
    ("facility_owner", "公共场所和公共设施的管理单位", "Manager of public places and facilities", "class", NAMED),
    ("institution", "机关、企业事业单位", "State organs, enterprises and public institutions", "class", NAMED),
    ("any_person", "任何单位和个人", "Any unit or individual", "class", NAMED),
    ("sanction_authority", "有权责令改正和处分的有关部门", "Department with the power to order correction or discipline", "class", NAMED),
    ("agriculture", "农业农村部门", "Agriculture and rural affairs department", "department", IMPLIED),
    ("water", "水利部门", "Water resources department", "department", IMPLIED),
    ("water_utility", "供水企业", "Water utility", "operator", PRACTICE),
    ("ioc", "城市运行指挥中心", "City operations centre", "department", PRACTICE),
]


def number(text):
    """Reads a Chinese number below one hundred."""
    if "十" not in text:
        return DIGITS[text]
    tens, ones = text.split("十")
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)


def law():
    """Yields (chapter number, chapter title, article, paragraph, text) from the law, text unchanged."""
    chapter, title, article, paragraph = 0, "", 0, 0
    for line in (HERE / "source" / "ordinance.zh.txt").read_text("utf-8").splitlines():
        line = line.strip()
        if not line:
            continue
        if m := re.match(r"^第([一二三四五六七八九十]+)章\s*(.*)$", line):
            chapter, title = number(m[1]), m[2]
            continue
        if m := re.match(r"^第([一二三四五六七八九十]+)条\s+(.*)$", line):
            article, paragraph, line = number(m[1]), 0, m[2]
        paragraph += 1
        yield chapter, title, article, paragraph, line


def write(name, rows):
    text = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows)
    (HERE / name).write_text(text, "utf-8")


def main():
    with (HERE / "source" / "paragraphs.tsv").open(encoding="utf-8") as f:
        notes = {(int(r["article"]), int(r["paragraph"])): r for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)}
    known = {r[0] for r in ROLES}
    articles, paragraphs = {}, []
    for chapter, title, article, paragraph, text in law():
        note = notes.pop((article, paragraph))
        bearers = [b for b in note["bearers"].split(";") if b]
        assert set(bearers) <= known, (article, paragraph, bearers)
        articles.setdefault(article, {
            "id": f"urn:ngsi-ld:Article:{article}", "type": "Article", "number": article, "paragraphs": 0,
            "chapter": {"number": chapter, "zh": title, "en": CHAPTERS_EN[chapter - 1]},
            "valid_from": "2020-09-01"})["paragraphs"] += 1
        paragraphs.append({
            "id": f"urn:ngsi-ld:Paragraph:{article}.{paragraph}", "type": "Paragraph",
            "article": article, "paragraph": paragraph, "text": text, "text_en": note["text_en"],
            "soft": note["soft"] == "1", "bearers": [f"urn:ngsi-ld:Role:{b}" for b in bearers],
            "valid_from": "2020-09-01"})
    assert not notes and len(articles) == 51 and len(paragraphs) == 79, (len(articles), len(paragraphs), notes)
    write("articles.jsonl", articles.values())
    write("paragraphs.jsonl", paragraphs)
    write("roles.jsonl", ({
        "id": f"urn:ngsi-ld:Role:{key}", "type": "Role", "key": key, "name": {"zh": zh, "en": en},
        "kind": kind, "basis": basis} for key, zh, en, kind, basis in ROLES))


if __name__ == "__main__":
    main()
