//! The framings that are measured: a set of the library, or the candidates from which sets are chosen.

use std::collections::HashMap;
use std::error::Error;
use std::fs;

use lookalike::hash::views::{Base, Beyond, Framing, Sides, ViewSet};

const BASES: [Base; 8] = [
    Base::Trimmed,
    Base::TrimmedEvenly,
    Base::TrimmedTwice,
    Base::WithinBars,
    Base::WithinPanels,
    Base::Shown,
    Base::ShownWide,
    Base::ShownEdges,
];

/// Those of a set, all `candidates`, or those that a file names, a line each.
pub fn named(name: &str) -> Result<Vec<Framing>, Box<dyn Error>> {
    if name == "candidates" {
        return Ok(candidates());
    }
    if let Ok(names) = fs::read_to_string(name) {
        let all: HashMap<_, _> = candidates().into_iter().map(|framing| (framing.to_string(), framing)).collect();
        let of = |name: &str| {
            all.get(name).copied().ok_or_else(|| format!("found {name:?}, expected the name of a candidate").into())
        };
        return names.lines().map(of).collect();
    }
    let set = ViewSet::ALL.into_iter().find(|set| set.name() == name);
    Ok(set
        .ok_or_else(|| format!("found the set {name:?}, expected none, standard, thorough, candidates or a file"))?
        .framings()
        .to_vec())
}

/// A grid of parameters, finer than any set will be.
fn candidates() -> Vec<Framing> {
    let mut all = vec![Framing::WHOLE];
    let whole = |top, right, bottom, left| Framing::WHOLE.cut(Sides::new(top, right, bottom, left));
    for base in BASES {
        let base = Framing::of(base);
        all.push(base);
        all.extend([5, 10, 15, 20, 30, 50, -5, -10, -15, -20, -30, -50].map(|all| base.cut(Sides::all(all))));
        all.extend([-30, -20, -10, 10, 20, 30].map(|tenths| base.rotate(tenths)));
        for side in [Sides::top, Sides::right, Sides::bottom, Sides::left] {
            all.extend([-80, -40, -20, 20, 30, 40, 60, 90, 120].map(|by| base.cut(side(by))));
        }
    }
    let crops = [
        4, 6, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 110, 120, 135, 150, 180, 200,
        250,
    ];
    all.extend(crops.map(Framing::crop));
    for pad in [4, 6, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 35, 40, 45, 50, 55, 60, 70, 80, 100] {
        all.extend([Beyond::Reflected, Beyond::Edge].map(|beyond| Framing::pad(pad).beyond(beyond)));
    }
    for by in [-120, -80, -60, -40, -30, -20, -10, 10, 20, 30, 40, 60, 80, 100, 120, 150, 180, 200, 220, 250, 280] {
        all.extend([whole(by, 0, by, 0), whole(0, by, 0, by)]);
    }
    for side in [Sides::top, Sides::right, Sides::bottom, Sides::left] {
        let cuts = [20, 30, 40, 60, 80, 100, 120, 150, 180, 200];
        all.extend(cuts.map(|by| Framing::WHOLE.cut(side(by))));
        for by in [10, 20, 30, 40, 50, 65, 80, 100, 120] {
            all.extend([Beyond::Reflected, Beyond::Edge].map(|beyond| Framing::WHOLE.cut(side(-by)).beyond(beyond)));
        }
    }
    // at a corner, and more from one side than from the other: what undoes a crop that is not in the middle
    for (near, far) in [(20, 0), (35, 0), (50, 0), (70, 0), (20, 10), (30, 10), (45, 15), (60, 20)] {
        for flip in 0..4 {
            let (top, bottom) = if flip & 1 == 0 { (near, far) } else { (far, near) };
            let (left, right) = if flip & 2 == 0 { (near, far) } else { (far, near) };
            all.push(whole(-top, -right, -bottom, -left));
        }
    }
    for (down, across) in [(10, 30), (30, 10), (15, 45), (45, 15), (20, 40), (40, 20)] {
        all.push(whole(-down, -across, -down, -across));
    }
    // uneven along one axis, even along the other
    for (near, far, even) in [(40, 5, 20), (60, 10, 30)] {
        all.extend([whole(-near, -even, -far, -even), whole(-far, -even, -near, -even)]);
        all.extend([whole(-even, -near, -even, -far), whole(-even, -far, -even, -near)]);
    }
    for tenths in [3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 30, 33, 35, 38, 40, 43, 45, 48, 50, 55] {
        for tenths in [-tenths, tenths] {
            all.push(Framing::tilt(tenths));
            if tenths % 5 == 0 {
                all.extend(
                    [10, 20, 35, 50, -10, -20, -30, -40, -50, -60].map(|by| Framing::tilt(tenths).cut(Sides::all(by))),
                );
            }
        }
    }
    // covered: bars at the top and the bottom, corners, and their neighbourhoods
    for by in [80, 100, 120, 140, 160, 180] {
        all.extend(
            [Sides::new(1000 - by, 0, 0, 0), Sides::new(0, 0, 1000 - by, 0)].map(|sides| Framing::WHOLE.cover(sides)),
        );
    }
    for by in [150, 200, 250, 300] {
        let rest = 1000 - by;
        let corners = [(0, 0, rest, rest), (0, rest, rest, 0), (rest, 0, 0, rest), (rest, rest, 0, 0)];
        all.extend(
            corners.map(|(top, right, bottom, left)| Framing::WHOLE.cover(Sides::new(top, right, bottom, left))),
        );
    }
    // the same parameters are met by several of these ways
    let mut distinct = Vec::with_capacity(all.len());
    for framing in all {
        if !distinct.contains(&framing) {
            distinct.push(framing);
        }
    }
    distinct
}
