"""Compares the kernel's function with the reference library of H3, through the package h3 of PyPI.

    pip install h3==4.5.0
    cargo build --release -p tenon-kernel-geohex --example geohex-answers
    python3 compare.py PATH/TO/geohex-answers PATH/TO/h3o-0.11.1/dataset [--golden]

The second path is the folder `dataset` of the crate h3o, whose cells are asked about. --golden prints the cases of
wit/vectors/geohex.json instead.
"""

import json
import random
import subprocess
import sys

import h3

TOLERANCE = 1e-9  # degrees: a tenth of a millimetre


def ask(program, questions):
    """The answers of geohex-answers, as lists of words."""
    done = subprocess.run([program], input="\n".join(questions), capture_output=True, text=True, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def distance(a, b):
    """In degrees of either coordinate; a meridian may be written in two ways."""
    lng = abs(a[1] - b[1])
    if max(abs(a[0]), abs(b[0])) > 89.999999:
        lng = 0.0  # at a pole
    return max(abs(a[0] - b[0]), min(lng, abs(lng - 360.0)))


def places(words):
    numbers = [float(word) for word in words]
    return list(zip(numbers[::2], numbers[1::2]))


def rings(cell, k):
    return [set(h3.grid_ring(cell, i)) for i in range(k + 1)]


def compare(program, dataset):
    lines = lambda name: open(f"{dataset}/{name}.txt").read().split("\n")[:-1]
    report = lambda what, n, wrong, note="": print(f"{what}: {n} compared, {wrong} differ {note}")
    random.seed(1)

    vectors = [line.split() for line in lines("latLngToCell")]
    got = ask(program, [f"cell {lat} {lng} {h3.get_resolution(cell)}" for cell, lat, lng in vectors])
    report("cells of h3o's vectors", len(vectors), sum(cell != answer[0] for (cell, _, _), answer in zip(vectors, got)))
    wrong = sum(h3.latlng_to_cell(float(lat), float(lng), h3.get_resolution(cell)) != cell for cell, lat, lng in vectors)
    report("the same, the reference against the vectors", len(vectors), wrong)

    points = [(random.uniform(-90, 90), random.uniform(-180, 180), random.randrange(16)) for _ in range(1_000_000)]
    got = ask(program, [f"cell {lat!r} {lng!r} {res}" for lat, lng, res in points])
    wrong = [(p, g[0]) for p, g in zip(points, got) if h3.latlng_to_cell(*p) != g[0]]
    report("cells of random places", len(points), len(wrong), str(wrong[:3]))

    cells = lines("cellToLatLng")
    got = ask(program, [f"center {cell}" for cell in cells])
    apart = [distance(places(g)[0], h3.cell_to_latlng(cell)) for cell, g in zip(cells, got)]
    report("centres", len(cells), sum(d > TOLERANCE for d in apart), f"by more than {TOLERANCE} degrees, at most {max(apart)}")

    cells = lines("cellToBoundary")
    got = ask(program, [f"boundary {cell}" for cell in cells])
    wrong, most = 0, 0.0
    for cell, g in zip(cells, got):
        ours, theirs = places(g), h3.cell_to_boundary(cell)
        apart = [distance(a, b) for a, b in zip(ours, theirs)]
        most = max([most] + apart)
        wrong += len(ours) != len(theirs) or max(apart) > TOLERANCE
    report("boundaries", len(cells), wrong, f"by more than {TOLERANCE} degrees, at most {most}")

    asked = [(cell, random.randint(0, h3.get_resolution(cell))) for cell in lines("cellToLatLng")]
    got = ask(program, [f"parent {cell} {res}" for cell, res in asked])
    report("parents", len(asked), sum(h3.cell_to_parent(*a) != g[0] for a, g in zip(asked, got)))

    asked = [(h3.latlng_to_cell(*p), random.randrange(6)) for p in points[:20_000]]
    near = [c for res in range(16) for p in h3.get_pentagons(res) for c in h3.grid_disk(p, 2)]
    asked += [(cell, k) for cell in near for k in range(5)]
    got = ask(program, [f"disk {cell} {k}" for cell, k in asked])
    wrong = 0
    for (cell, k), g in zip(asked, got):
        # Ring by ring: the cells, and that those of one distance stand together.
        start, right = 0, True
        for ring in rings(cell, k):
            right &= set(g[start:start + len(ring)]) == ring
            start += len(ring)
        wrong += not right or start != len(g)
    report("disks", len(asked), wrong)


def golden(program):
    cases = []

    def case(func, *args, result=None, error=None):
        cases.append({"func": func, "args": list(args), **({"error": error} if error else {"result": result})})

    number, at = lambda cell: int(cell, 16), lambda p: {"lat": p[0], "lng": p[1]}
    spots = [(48.864716, 2.349014), (0.0, 0.0), (90.0, 0.0), (-90.0, 12.5), (37.7752702151959, -122.418307270836),
             (-33.8688, 151.2093), (0.0, 180.0), (0.0, -180.0), (64.7, 10.54), (58.1577, 10.5362), (23.5, 190.0), (-0.0, 360.5)]
    for i, spot in enumerate(spots):
        res = (i * 7 + 9) % 16
        case("lat-lng-to-cell", at(spot), res, result=number(h3.latlng_to_cell(*spot, res)))
    case("lat-lngs-to-cells", [at(s) for s in spots], 6, result=[number(h3.latlng_to_cell(*s, 6)) for s in spots])
    case("lat-lngs-to-cells", [], 6, result=[])
    cells = [h3.latlng_to_cell(*spots[0], 9), h3.latlng_to_cell(*spots[2], 3), h3.get_pentagons(0)[0], h3.get_pentagons(5)[7],
             h3.get_pentagons(15)[11], h3.latlng_to_cell(*spots[6], 1), h3.latlng_to_cell(*spots[4], 15)]
    for cell in cells:
        case("cell-to-lat-lng", number(cell), result=at(h3.cell_to_latlng(cell)))
        case("cell-to-boundary", number(cell), result=[at(p) for p in h3.cell_to_boundary(cell)])
        for res in {0, h3.get_resolution(cell) // 2, h3.get_resolution(cell)}:
            case("cell-to-parent", number(cell), res, result=number(h3.cell_to_parent(cell, res)))
    fine = [c for c in cells if h3.get_resolution(c) >= 3]
    case("cells-to-parents", [number(c) for c in fine], 3, result=[number(h3.cell_to_parent(c, 3)) for c in fine])
    case("cells-to-parents", [], 15, result=[])
    for cell, k in [(cells[0], 0), (cells[0], 1), (cells[2], 0), (cells[2], 1), (cells[3], 2)]:
        # Within one distance the order is the kernel's.
        got = ask(program, [f"disk {cell} {k}"])[0]
        assert set(got) == set(h3.grid_disk(cell, k))
        case("grid-disk", number(cell), k, result=[number(c) for c in got])
    case("lat-lng-to-cell", at(spots[0]), 16, error={"resolution": 16})
    case("lat-lng-to-cell", at(spots[0]), 255, error={"resolution": 255})
    case("lat-lngs-to-cells", [], 16, error={"resolution": 16})
    case("cell-to-parent", number(cells[0]), 10, error={"resolution": 10})
    case("cell-to-parent", number(cells[0]), 99, error={"resolution": 99})
    for cell in (0, 1, 2**64 - 1, number(cells[0]) ^ 1, number(cells[0]) | 2**63, number("115283473fffffff")):
        case("cell-to-lat-lng", cell, error={"cell": cell})
        case("cell-to-boundary", cell, error={"cell": cell})
        case("cell-to-parent", cell, 0, error={"cell": cell})
        case("cells-to-parents", [number(cells[0]), cell], 0, error={"cell": cell})
        case("grid-disk", cell, 1, error={"cell": cell})
    case("grid-disk", number(cells[0]), 201, error={"k": 201})
    case("grid-disk", number(cells[0]), 2**32 - 1, error={"k": 2**32 - 1})
    print('{\n  "format": 1,\n  "contract": "tenon:geohex@1.0.0",\n  "cases": [')
    print(",\n".join("    " + json.dumps(c) for c in cases))
    print("  ]\n}")


if sys.argv[3:] == ["--golden"]:
    golden(sys.argv[1])
else:
    compare(sys.argv[1], sys.argv[2])
