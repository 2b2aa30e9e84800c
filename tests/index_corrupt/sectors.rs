//! What a disk does: whole sectors that are lost, that lie in each other's places, or that are those of the version before.

use crate::exercise::{Tally, exercise, open};
use crate::index_support::reseal;
use crate::reference::{Reference, references};

/// The sectors of disks, of old and of today.
const SECTORS: [usize; 2] = [512, 4096];

/// Calls `with` with every damage to sectors that changes a file, and does not make the version before of it.
fn every_damage(reference: &Reference, sector: usize, mut with: impl FnMut(&[u8], &dyn Fn() -> String)) {
    let Reference { name, bytes, previous } = reference;
    let mut damaged = |bytes: Vec<u8>, what: &dyn Fn() -> String| {
        if bytes != reference.bytes && bytes != *previous {
            with(&bytes, &|| format!("{name}, sectors of {sector}: {}", what()));
        }
    };
    let places: Vec<_> = (0..bytes.len()).step_by(sector).map(|at| at..(at + sector).min(bytes.len())).collect();
    for (number, place) in places.iter().enumerate() {
        for filling in [0, 0xff] {
            let mut lost = bytes.clone();
            lost[place.clone()].fill(filling);
            damaged(lost, &|| format!("{number} filled with {filling}"));
        }
        for (other, from) in places.iter().enumerate().filter(|(other, _)| *other != number) {
            // the last may be a part of one
            let len = place.len().min(from.len());
            let mut copied = bytes.clone();
            copied.copy_within(from.start..from.start + len, place.start);
            damaged(copied.clone(), &|| format!("{other} also in the place of {number}"));
            if other > number {
                copied[from.start..from.start + len].copy_from_slice(&bytes[place.start..place.start + len]);
                damaged(copied, &|| format!("{number} and {other} swapped"));
            }
        }
        // A file is written in place, or only parts of it came to the disk: one sector, all up to one, all from one on.
        let end = bytes.len().min(previous.len());
        let (start, after) = (place.start.min(end), place.end.min(end));
        for (what, stale) in [("", start..after), ("up to ", 0..after), ("from ", start..end)] {
            let mut old = bytes.clone();
            old[stale.clone()].copy_from_slice(&previous[stale]);
            damaged(old, &|| format!("{what}{number} as before"));
        }
    }
}

#[test]
fn every_damaged_sector_is_refused_at_open() {
    let mut tally = Tally::default();
    for reference in references() {
        for sector in SECTORS {
            every_damage(&reference, sector, |bytes, case| tally.refuses(bytes, case));
        }
    }
    println!("sectors filled, copied, swapped, stale, checksums intact: {tally}");
}

#[test]
fn every_damaged_sector_is_survived_under_right_checksums() {
    let mut tally = Tally::default();
    for reference in references() {
        for sector in SECTORS {
            every_damage(&reference, sector, |bytes, case| {
                let mut mended = bytes.to_vec();
                if mended.len() >= 28 {
                    reseal(&mut mended);
                }
                tally.count(exercise(&mended, open, || format!("{}, mended", case())));
            });
        }
    }
    println!("sectors filled, copied, swapped, stale, checksums mended: {tally}");
}
