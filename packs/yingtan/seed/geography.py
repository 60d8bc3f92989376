"""Places of the demonstration city and their schematic extents. Pure Python, no network.

Codes: statistical codes to 2023-06-30 (china-division 2.7.0, WTFPL).
Points with four decimals and source "geonames": GeoNames, CC BY 4.0; the others are placed by hand.
The outline is our own drawing: a schematic extent, not a legal boundary.
"""
import math

# The city's outline as (longitude, latitude), drawn by hand: 示意.
OUTLINE = [
    (117.030, 28.550), (117.095, 28.590), (117.180, 28.580), (117.275, 28.540), (117.345, 28.480),
    (117.350, 28.400), (117.335, 28.330), (117.305, 28.260), (117.330, 28.170), (117.380, 28.070),
    (117.450, 28.030), (117.445, 27.965), (117.375, 27.930), (117.350, 27.850), (117.250, 27.740),
    (117.180, 27.740), (117.130, 27.800), (117.035, 27.830), (117.065, 27.930), (117.000, 27.975),
    (116.965, 28.070), (116.920, 28.090), (116.835, 28.085), (116.770, 28.160), (116.700, 28.205),
    (116.715, 28.260), (116.795, 28.300), (116.800, 28.370), (116.820, 28.445), (116.890, 28.500),
    (116.970, 28.515),
]

DISTRICTS = [
    ("360602", "月湖区", "Yuehu", 28.2333, 117.0000, "geonames", 287500),
    ("360603", "余江区", "Yujiang", 28.2084, 116.8172, "geonames", 326162),
    ("360681", "贵溪市", "Guixi", 28.2864, 117.2066, "geonames", 540572),
]

G, H = "geonames", "hand"
# code, zh, en, latitude, longitude, source of the point, kind
TOWNSHIPS = [
    ("360602001", "江边街道", "Jiangbian", 28.2440, 117.0120, H, "subdistrict"),
    ("360602002", "交通街道", "Jiaotong", 28.2345, 117.0230, H, "subdistrict"),
    ("360602003", "东湖街道", "Donghu", 28.2270, 117.0370, H, "subdistrict"),
    ("360602004", "梅园街道", "Meiyuan", 28.2220, 117.0100, H, "subdistrict"),
    ("360602005", "四青街道", "Siqing", 28.2130, 116.9880, H, "subdistrict"),
    ("360602006", "白露街道", "Bailu", 28.2520, 117.0420, H, "subdistrict"),
    ("360602007", "夏埠街道", "Xiabu", 28.2590, 116.9860, H, "subdistrict"),
    ("360602100", "童家镇", "Tongjia", 28.1990, 117.0620, H, "town"),
    ("360603001", "邓埠街道", "Dengbu", 28.2084, 116.8172, G, "subdistrict"),
    ("360603002", "龙岗街道", "Longgang", 28.2200, 116.8560, H, "subdistrict"),
    ("360603101", "锦江镇", "Jinjiang", 28.4005, 116.8998, G, "town"),
    ("360603102", "潢溪镇", "Huangxi", 28.3341, 116.8767, G, "town"),
    ("360603103", "中童镇", "Zhongtong", 28.3013, 116.9681, G, "town"),
    ("360603104", "马荃镇", "Maquan", 28.1583, 116.8640, G, "town"),
    ("360603105", "画桥镇", "Huaqiao", 28.5161, 117.0429, G, "town"),
    ("360603106", "春涛镇", "Chuntao", 28.3490, 116.8315, G, "town"),
    ("360603200", "平定乡", "Pingding", 28.2925, 116.8809, G, "township"),
    ("360603202", "杨溪乡", "Yangxi", 28.2298, 116.7319, G, "township"),
    ("360603203", "洪湖乡", "Honghu", 28.2197, 116.9184, G, "township"),
    ("360603204", "黄庄乡", "Huangzhuang", 28.4773, 116.9517, G, "township"),
    ("360603205", "刘家站乡", "Liujiazhan", 28.2560, 116.8300, H, "township"),
    ("360603408", "余江工业园区", "Yujiang Industrial Park", 28.1950, 116.8420, H, "park"),
    ("360603409", "龙岗新区", "Longgang New Area", 28.2420, 116.8680, H, "park"),
    ("360603509", "邓原农业示范园", "Dengyuan Agricultural Park", 28.1800, 116.7900, H, "farm"),
    ("360603510", "生态林场", "Shengtai Forest Farm", 28.1080, 116.8700, H, "forest"),
    ("360603511", "水产良种场", "Aquatic Breeding Farm", 28.4300, 116.8500, H, "farm"),
    ("360681001", "花园街道", "Huayuan", 28.2864, 117.2066, G, "subdistrict"),
    ("360681002", "雄石街道", "Xiongshi", 28.2930, 117.2210, H, "subdistrict"),
    ("360681003", "东门街道", "Dongmen", 28.2800, 117.2300, H, "subdistrict"),
    ("360681004", "江北街道", "Jiangbei", 28.3110, 117.2200, H, "subdistrict"),
    ("360681100", "泗沥镇", "Sili", 28.4000, 117.1667, G, "town"),
    ("360681101", "河潭镇", "Hetan", 28.3682, 117.2961, G, "town"),
    ("360681102", "周坊镇", "Zhoufang", 28.5293, 117.1666, G, "town"),
    ("360681103", "鸿塘镇", "Hongtang", 28.3582, 117.0166, G, "town"),
    ("360681104", "志光镇", "Zhiguang", 28.3610, 117.0772, G, "town"),
    ("360681105", "流口镇", "Liukou", 28.2815, 117.2570, G, "town"),
    ("360681106", "罗河镇", "Luohe", 28.2102, 117.1774, G, "town"),
    ("360681107", "金屯镇", "Jintun", 28.1257, 117.2278, G, "town"),
    ("360681108", "塘湾镇", "Tangwan", 28.0763, 117.2224, G, "town"),
    ("360681109", "文坊镇", "Wenfang", 28.0388, 117.3391, G, "town"),
    ("360681110", "冷水镇", "Lengshui", 27.9091, 117.1848, G, "town"),
    ("360681111", "滨江镇", "Binjiang", 28.2953, 117.1844, G, "town"),
    ("360681112", "天禄镇", "Tianlu", 28.2480, 117.1150, H, "town"),
    ("360681113", "雷溪镇", "Leixi", 28.2350, 117.2450, H, "town"),
    ("360681190", "龙虎山镇", "Longhushan", 28.1235, 116.9759, G, "town"),
    ("360681191", "上清镇", "Shangqing", 28.0461, 117.0343, G, "town"),
    ("360681201", "白田乡", "Baitian", 28.5096, 117.2563, G, "township"),
    ("360681203", "彭湾乡", "Pengwan", 28.0956, 117.1235, G, "township"),
    ("360681204", "樟坪畲族乡", "Zhangping She", 27.9968, 117.4208, G, "township"),
    ("360681205", "耳口乡", "Erkou", 27.9579, 117.1458, G, "township"),
    ("360681407", "贵溪工业园区", "Guixi Industrial Park", 28.3020, 117.2000, H, "park"),
    ("360681500", "塔桥园艺场", "Taqiao Horticultural Farm", 28.3150, 117.1350, H, "farm"),
    ("360681501", "河潭埠垦殖场", "Hetanbu Farm", 28.3420, 117.2560, H, "farm"),
    ("360681502", "西窑林场", "Xiyao Forest Farm", 28.1500, 117.3100, H, "forest"),
    ("360681503", "双圳林场", "Shuangzhen Forest Farm", 27.8900, 117.3200, H, "forest"),
    ("360681504", "耳口林场", "Erkou Forest Farm", 27.8500, 117.0700, H, "forest"),
    ("360681505", "冷水林场", "Lengshui Forest Farm", 27.7800, 117.2100, H, "forest"),
    ("360681506", "三县岭林场", "Sanxianling Forest Farm", 28.4500, 117.3200, H, "forest"),
    ("360681592", "上清林场", "Shangqing Forest Farm", 27.9900, 117.0300, H, "forest"),
]

# Demonstration assumptions (not verified): where the committees of Article 50 act.
COMMITTEES = {"360681190": "longhushan", "360681191": "longhushan", "360681592": "longhushan",
              "360602007": "xinjiang", "360602006": "gaoxin"}

# Schematic courses through the places named in the sources.
RIVERS = [
    ("xinjiang", "信江", "Xin River", [
        (117.3200, 28.3050), (117.2950, 28.2960), (117.2720, 28.2830), (117.2570, 28.2790), (117.2350, 28.2880),
        (117.2130, 28.2945), (117.1930, 28.2960), (117.1750, 28.2880), (117.1400, 28.2700), (117.1050, 28.2560),
        (117.0650, 28.2450), (117.0350, 28.2440), (117.0050, 28.2460), (116.9850, 28.2640), (116.9700, 28.2930),
        (116.9350, 28.3080), (116.8950, 28.3250), (116.8780, 28.3420), (116.8850, 28.3750), (116.8950, 28.4010),
        (116.8700, 28.4300), (116.8350, 28.4500)]),
    ("baita", "白塔河", "Baita River", [
        (117.0700, 28.0050), (117.0343, 28.0430), (117.0000, 28.0850), (116.9759, 28.1200), (116.9300, 28.1450),
        (116.8700, 28.1650), (116.8350, 28.1950), (116.8230, 28.2150), (116.8100, 28.2550), (116.8350, 28.3050),
        (116.8550, 28.3500), (116.8900, 28.3890)]),
    ("bailu", "白露河", "Bailu River", [(117.0780, 28.2820), (117.0600, 28.2650), (117.0440, 28.2540), (117.0350, 28.2440)]),
    ("tongjia", "童家河", "Tongjia River", [(117.0780, 28.1800), (117.0600, 28.2000), (117.0420, 28.2200), (117.0400, 28.2360), (117.0350, 28.2440)]),
]

# Monitoring sections named in the provincial bulletin; points are our own, on the schematic course.
SECTIONS = [
    ("liukou", "流口村断面", "Liukou section", "xinjiang", 117.2570, 28.2790, "360681105"),
    ("hongweiba", "红卫坝断面", "Hongweiba section", "xinjiang", 117.2130, 28.2945, "360681002"),
    ("tuqiao", "土桥断面", "Tuqiao section", "xinjiang", 117.1400, 28.2700, "360681112"),
    ("jiangnan", "江南水厂断面", "Jiangnan waterworks section", "xinjiang", 117.0350, 28.2440, "360602006"),
    ("shuangfeng", "双凤街断面", "Shuangfeng Street section", "xinjiang", 117.0050, 28.2460, "360602001"),
    ("jiepai", "界牌断面", "Jiepai section", "xinjiang", 116.9350, 28.3080, "360603103"),
    ("longhushan", "龙虎山断面", "Longhushan section", "baita", 116.9759, 28.1200, "360681190"),
    ("baitakou", "白塔河河口断面", "Baita mouth section", "baita", 116.8900, 28.3890, "360603101"),
]

AIR = [
    ("yuehu-1", "月湖江边空气站", "Jiangbian air station", 117.0115, 28.2430, "360602001"),
    ("yuehu-2", "月湖东湖空气站", "Donghu air station", 117.0360, 28.2262, "360602003"),
    ("yuehu-3", "月湖夏埠空气站", "Xiabu air station", 116.9870, 28.2585, "360602007"),
    ("yuehu-4", "月湖白露空气站", "Bailu air station", 117.0425, 28.2530, "360602006"),
    ("yujiang-1", "余江邓埠空气站", "Dengbu air station", 116.8180, 28.2090, "360603001"),
    ("guixi-1", "贵溪花园空气站", "Huayuan air station", 117.2060, 28.2850, "360681001"),
    ("guixi-2", "贵溪雄石空气站", "Xiongshi air station", 117.2215, 28.2935, "360681002"),
    ("guixi-3", "贵溪滨江空气站", "Binjiang air station", 117.1840, 28.2975, "360681111"),
]


def clip(polygon, a, b):
    """Keeps the part of the polygon that is nearer to a than to b (both projected)."""
    mx, my, dx, dy = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, b[0] - a[0], b[1] - a[1]
    side = [(p[0] - mx) * dx + (p[1] - my) * dy for p in polygon]
    out = []
    for i, p in enumerate(polygon):
        q, s, t = polygon[(i + 1) % len(polygon)], side[i], side[(i + 1) % len(polygon)]
        if s <= 0:
            out.append(p)
        if (s < 0 < t) or (t < 0 < s):
            k = s / (s - t)
            out.append((p[0] + k * (q[0] - p[0]), p[1] + k * (q[1] - p[1])))
    return out


def cells():
    """Code → ring of the cell of every township: the nearest-point cells within the outline, 4 decimals."""
    squeeze = math.cos(math.radians(28.2))
    seats = {t[0]: (t[4] * squeeze, t[3]) for t in TOWNSHIPS}
    vertices, rings = [], {}

    def snapped(p):
        for v in vertices:
            if abs(v[0] - p[0]) < 2e-5 and abs(v[1] - p[1]) < 2e-5:
                return v
        vertices.append(p)
        return p

    for code, a in seats.items():
        ring = [(x * squeeze, y) for x, y in OUTLINE]
        for other, b in seats.items():
            if other != code:
                ring = clip(ring, a, b)
        out = []
        for x, y in ring:
            v = snapped((x / squeeze, y))
            v = (round(v[0], 4), round(v[1], 4))
            if not out or out[-1] != v:
                out.append(v)
        while len(out) > 1 and out[0] == out[-1]:
            out.pop()
        rings[code] = out
    return rings


def union(rings):
    """The outer rings of cells that share whole edges: an edge walked both ways is inside."""
    edges = set()
    for ring in rings:
        for i, p in enumerate(ring):
            q = ring[(i + 1) % len(ring)]
            if (q, p) in edges:
                edges.discard((q, p))
            else:
                edges.add((p, q))
    onward = {}
    for p, q in sorted(edges):
        onward.setdefault(p, []).append(q)
    out = []
    while onward:
        start = min(onward)
        ring, p = [], start
        while p in onward:
            ring.append(p)
            q = onward[p].pop()
            if not onward[p]:
                del onward[p]
            p = q
        out.append(ring)
    return sorted(out, key=lambda r: -abs(area(r)))


def area(ring):
    """Signed area in square degrees; positive when anticlockwise."""
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(ring, ring[1:] + ring[:1])) / 2


def closed(ring):
    """The ring as GeoJSON wants it: anticlockwise, the first point again at the end."""
    ring = ring if area(ring) > 0 else ring[::-1]
    return [list(p) for p in ring + ring[:1]]


def inside(point, ring):
    """Whether the point lies in the ring (even-odd rule)."""
    x, y, odd = point[0], point[1], False
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
