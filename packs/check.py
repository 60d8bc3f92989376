#!/usr/bin/env python3
"""Checks the packs as data: counts, references, languages, geometry. Needs PyYAML; no network.

It complements `jingwei pack check`, which validates each file against the engines' own schemas.
Run it anywhere: python3 packs/check.py. With --write it first makes every context.jsonld anew. Exit status 1 and one line per fault when something is wrong.
"""
import csv
import json
import pathlib
import re
import sys
import tomllib

import yaml

ROOT = pathlib.Path(__file__).parent
PACKS = ["ordinance", "device", "case", "outfall", "water", "yingtan"]
NAME = re.compile(r"^[^\W\d]\w*$")
WRITERS = {"broker", "flow", "gateway", "duty", "access", "pack", "rules"}
FORMS = {"text", "number", "bool", "time", "geo", "relationship", "list", "json"}
KEYS = {"type", "title", "unit", "precision", "personal", "subject", "purpose", "enum", "min", "max", "required",
        "history", "verified"}
faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def in_both(where, node):
    """Every object with zh or en has both, and neither is empty."""
    if isinstance(node, dict):
        if ("zh" in node) != ("en" in node) or any(not node.get(k, "x") for k in ("zh", "en")):
            fault(where, f"not in both languages: {node}")
        for value in node.values():
            in_both(where, value)
    elif isinstance(node, list):
        for value in node:
            in_both(where, value)


def files(section, ext="yaml"):
    for pack in PACKS:
        for path in sorted((ROOT / pack / section).glob(f"*.{ext}")):
            yield path.relative_to(ROOT).as_posix(), path


def read_yaml(section):
    for where, path in files(section):
        data = yaml.safe_load(path.read_text("utf-8"))
        in_both(where, data)
        yield where, data


def check_manifests():
    for pack in PACKS:
        m = tomllib.loads((ROOT / pack / "pack.toml").read_text("utf-8"))
        in_both(pack, m)
        if m["name"] != pack or m["licence"] != "Apache-2.0" or m["version"] != "0.1.0":
            fault(pack, "manifest does not fit the folder")
        for need in m["needs"]:
            if need not in PACKS[:PACKS.index(pack)]:
                fault(pack, f"needs {need}, which does not stand before it")
        if not all(isinstance(a, int) and 1 <= a <= 51 for a in m["articles"]):
            fault(pack, "an article is no number from 1 to 51")
        if not (ROOT / pack / "README.md").exists():
            fault(pack, "README.md is missing")


def read_schemas():
    schemas = {}
    for where, s in read_yaml("entities"):
        schemas[s["type"]] = s
        if s["writer"] not in WRITERS or not where.endswith(f"/{s['type']}.schema.yaml") or "title" not in s:
            fault(where, "writer, file name or title")
        for name, a in s["attributes"].items():
            if a["type"] not in FORMS or "title" not in a or set(a) - KEYS or not NAME.match(name):
                fault(where, f"attribute {name}")
            if a.get("personal") and not (a.get("subject") and a.get("purpose")):
                fault(where, f"personal attribute {name} without subject or purpose")
        for index in s["indexes"]:
            if index not in s["attributes"]:
                fault(where, f"index {index} is not declared")
    return schemas


# Terms of the NGSI-LD core context that our schemas use too; no context may redefine them.
CORE = {"key", "title", "attributes", "location", "reason", "description", "value"}
VOCABULARY = "https://jingwei.example/ns#"


def check_contexts(schemas, write):
    """Each pack carries the terms of its own schemas; --write makes the files anew."""
    for pack in PACKS:
        terms = set()
        for path in (ROOT / pack / "entities").glob("*.yaml"):
            kind = yaml.safe_load(path.read_text("utf-8"))["type"]
            terms |= {kind, *schemas[kind]["attributes"]}
        if not terms:
            continue
        context = {"jw": VOCABULARY} | {t: f"jw:{t}" for t in sorted(terms - CORE)}
        text = json.dumps({"@context": context}, indent=2) + "\n"
        path = ROOT / pack / "context.jsonld"
        if write:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            fault(f"{pack}/context.jsonld", "differs from the schemas; run check.py --write")


def fits(form, value):
    geometry = isinstance(value, dict) and "coordinates" in value
    urn = isinstance(value, str) and value.startswith("urn:ngsi-ld:")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {"text": isinstance(value, str), "number": number, "bool": isinstance(value, bool), "time": False,
            "geo": geometry, "relationship": urn, "list": isinstance(value, list), "json": True}[form]


def references(value):
    if isinstance(value, str) and value.startswith("urn:ngsi-ld:"):
        yield value
    elif isinstance(value, list):
        for v in value:
            yield from references(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from references(v)


def read_seed(schemas):
    entities = {}
    for where, path in files("seed", "jsonl"):
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            e, at = json.loads(line), f"{where}:{n}"
            in_both(at, e)
            if not e["id"].startswith(f"urn:ngsi-ld:{e['type']}:") or e["id"] in entities:
                fault(at, f"id {e['id']} is wrong or stands twice")
            entities[e["id"]] = e
            schema = schemas.get(e["type"])
            if schema is None:
                fault(at, f"type {e['type']} is not declared")
                continue
            for name, value in e.items():
                a = schema["attributes"].get(name)
                if name not in ("id", "type") and (a and not fits(a["type"], value) or not a and not schema["open"]):
                    fault(at, f"attribute {name} does not fit its schema")
    for e in entities.values():
        for ref in references([v for k, v in e.items() if k != "id"]):
            if ref not in entities:
                fault(e["id"], f"{ref} is not there")
    return entities


def check_law(entities):
    by = lambda kind: [e for e in entities.values() if e["type"] == kind]
    articles, paragraphs = by("Article"), by("Paragraph")
    if (len(articles), len(paragraphs)) != (51, 79):
        fault("ordinance", f"{len(articles)} articles and {len(paragraphs)} paragraphs, not 51 and 79")
    law = (ROOT / "ordinance/seed/source/ordinance.zh.txt").read_text("utf-8")
    lines = [re.sub(r"^第[一二三四五六七八九十]+条\s+", "", l.strip()) for l in law.splitlines() if l.strip()]
    lines = [l for l in lines if not re.match(r"^第[一二三四五六七八九十]+章", l)]
    if [p["text"] for p in paragraphs] != lines:
        fault("ordinance", "the text of a paragraph differs from the law")
    if sum(p["soft"] for p in paragraphs) != 22:
        fault("ordinance", "soft paragraphs are not 22")
    for p in paragraphs:
        if not p["soft"] and not p["bearers"]:
            fault(p["id"], "a judged paragraph without a bearer")
    for a in articles:
        if a["paragraphs"] != sum(p["article"] == a["number"] for p in paragraphs):
            fault(a["id"], "count of paragraphs")
    return {(p["article"], p["paragraph"]) for p in paragraphs}, {r["key"] for r in by("Role")}


def check_duties(paragraphs, roles, schemas):
    for where, d in read_yaml("duties"):
        if (d["article"], d["paragraph"]) not in paragraphs or d["bearer_role"] not in roles:
            fault(where, "article, paragraph or role is not there")
        for kind in d["evidence"]["types"]:
            for attr in [*d["evidence"]["watches"], *d["evidence"].get("where", {}),
                         *(v for k, v in d["evidence"].items() if k == "attr" or k.endswith("_attr"))]:
                if attr not in schemas[kind]["attributes"]:
                    fault(where, f"{kind} has no {attr}")
        for limit in d.get("limits", []):
            if "verified" not in limit:
                fault(where, "a limit that does not say whether it is verified")


def check_things_and_rules(schemas, entities, matters):
    things = {t["id"]: (where, t) for where, t in read_yaml("things")}
    for where, t in things.values():
        for r in t["readings"]:
            a = schemas[t["type"]]["attributes"].get(r["attr"])
            if a is None or a.get("unit") != r.get("unit") or a.get("precision") != r.get("precision"):
                fault(where, f"{r['attr']} differs from the schema in name, unit or precision")
    for e in entities.values():
        if e["type"] == "Device" and (e["thing_model"] not in things or things[e["thing_model"]][1]["protocol"] != e["protocol"]
                                      or things[e["thing_model"]][1]["type"] != entities[e["subject"]]["type"]):
            fault(e["id"], "thing model, protocol and subject do not fit")
        if e["type"] in ("Outfall", "RiverStation", "AirStation", "WaterMeter", "Device", "Firm") and not e.get("simulated"):
            fault(e["id"], "simulated, but does not say so")
    for where, r in read_yaml("rules"):
        attrs = schemas[r["type"]]["attributes"]
        named = [r.get("attribute"), r.get("promise_attr"), r.get("last_attr"), *r["carry"],
                 *((r[k] or {}).get("attr") for k in ("above", "below") if k in r)]
        if r["matter"] not in matters or any(n and n not in attrs for n in named) or not 1 <= r["level"] <= 4:
            fault(where, "matter, attribute or level")


def read_matters(roles, bound):
    matters = {}
    for where, path in files("codes", "csv"):
        with path.open(encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                matters[row["matter"]] = row
                bodies = row["bodies"].split(";")
                if not set(bodies) <= roles or not set(bodies) <= bound or None in row or not all(row.values()):
                    fault(where, f"{row['matter']}: a role that is unknown or not bound, or an empty field")
    return matters


def check_flow(matters):
    items = {m["item"] for m in matters.values()}
    for where, flow in read_yaml("flows"):
        for machine in (flow, flow["task"]):
            states = {s["id"] for s in machine["states"]} | {"same"}
            for name in ("states", "events"):
                ids = [x["id"] for x in machine[name]]
                if len(set(ids)) != len(ids):
                    fault(where, f"{name}: an id stands twice")
            for e in machine["events"]:
                if not {*e["from"], e["to"]} <= states or "verb" not in e:
                    fault(where, f"event {e['id']}")
        for reason in flow["return_reasons"]:
            if reason["item"] not in items:
                fault(where, f"reason {reason['id']}: no such item of the duty list")
        if len(flow["ratings"]) != 3 or len(set(flow["follow_code"]["alphabet"])) != 32:
            fault(where, "ratings or alphabet")


def check_access(schemas, entities):
    rights, roles = set(), set()
    for where, rows in read_yaml("access"):
        for r in rows:
            roles.add(r["role"])
            if r["id"] in rights or r["rows"] not in ("all", "public", "own_body", "area", "assigned", "owner"):
                fault(where, f"{r['id']}: twice, or unknown rows")
            rights.add(r["id"])
            for kind in r["types"]:
                attrs = schemas.get(kind, {}).get("attributes")
                if kind != "*" and attrs is None:
                    fault(where, f"{r['id']}: type {kind} is not declared")
                for c in r["columns"] if isinstance(r["columns"], list) else []:
                    if attrs and c not in attrs:
                        fault(where, f"{r['id']}: {kind} has no {c}")
    for p in entities.values():
        if p["type"] == "Person" and not set(p["roles"]) <= roles:
            fault(p["id"], "a role without rights")
    people = {p["key"] for p in entities.values() if p["type"] == "Person"}
    if people != {"administrator", "seat1", "seat2", "eco_handler", "township_handler", "checker", "firm", "supervisor",
                  "auditor", "clerk"}:
        fault("persons", f"{sorted(people)}")


def inside(point, ring):
    x, y, odd = point[0], point[1], False
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1]):
        odd ^= (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
    return odd


def check_city(entities):
    count = {}
    for e in entities.values():
        count[e["type"]] = count.get(e["type"], 0) + 1
        area = entities.get(e.get("area"))
        if e["type"] in ("Firm", "Outfall", "RiverStation", "AirStation", "WaterMeter") and area:
            if not inside(e["location"]["coordinates"], area["boundary"]["coordinates"][0]):
                fault(e["id"], f"does not lie in {area['id']}")
    want = {"Area": 63, "Outfall": 60, "RiverStation": 8, "AirStation": 8, "WaterMeter": 2000, "Device": 2076}
    for kind, n in want.items():
        if count.get(kind) != n:
            fault(kind, f"{count.get(kind)}, not {n}")
    first = entities["urn:ngsi-ld:Outfall:gx-01"]
    device = entities["urn:ngsi-ld:Device:outfall-gx-01"]
    if first["cod_limit"] != 50 or first["verified"] or device["login"] != "360681000000000000000101":
        fault(first["id"], "limit, verified or MN")
    logins = [(e["protocol"], e["login"]) for e in entities.values() if e["type"] == "Device"]
    if len(set(logins)) != len(logins):
        fault("devices", "a login stands twice")
    if any("password" in k or "secret" in k for e in entities.values() for k in e):
        fault("seed", "holds a password")
    return count


def check_day(entities, schemas, matters):
    day = yaml.safe_load((ROOT / "yingtan/seed/day.yaml").read_text("utf-8"))
    in_both("day.yaml", day)
    if not day["simulated"] or any(len(c) != 24 for c in day["curves"].values()):
        fault("day.yaml", "simulated, or a curve without 24 hours")
    for g in day["generators"]:
        for name, a in g["attributes"].items():
            attrs = schemas[g["type"]]["attributes"]
            ratio = a["base"]["attr"] if isinstance(a.get("base"), dict) else None
            if name not in attrs or ratio and ratio not in attrs or "curve" in a and a["curve"] not in day["curves"]:
                fault("day.yaml", f"{g['type']}.{name}")
    for e in day["events"]:
        refs = [e[k] for k in ("entity", "area") if k in e]
        if any(r not in entities for r in refs) or e.get("matter", "other") not in matters:
            fault("day.yaml", f"event {e['id']}")
        if e["kind"] == "report" and not inside(e["location"], entities[e["area"]]["boundary"]["coordinates"][0]):
            fault("day.yaml", f"event {e['id']} does not lie in its area")


def main():
    check_manifests()
    schemas = read_schemas()
    check_contexts(schemas, "--write" in sys.argv[1:])
    entities = read_seed(schemas)
    paragraphs, roles = check_law(entities)
    bound = {b["role"].rsplit(":", 1)[1] for b in entities.values() if b["type"] == "Binding"}
    matters = read_matters(roles, bound)
    check_duties(paragraphs, roles, schemas)
    check_things_and_rules(schemas, entities, matters)
    check_flow(matters)
    check_access(schemas, entities)
    count = check_city(entities)
    check_day(entities, schemas, matters)
    for line in faults:
        print(line, file=sys.stderr)
    print(f"{len(PACKS)} packs, {len(entities)} entities ({', '.join(f'{v} {k}' for k, v in sorted(count.items()))}), {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
