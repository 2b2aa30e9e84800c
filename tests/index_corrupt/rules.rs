//! What keeps the layout and breaks a rule of a section is found out by `verify`, and by whoever comes across it.

use std::ops::ControlFlow;

use lookalike::hash::HashBits;
use lookalike::index::{Index, IndexKind, Query};

use crate::index_support::{DIGESTS, digest_rows, profile, reseal, sections};
use crate::reference::small;

/// Which id the tree has in the section table.
pub(crate) const TREE: u32 = 2;

#[test]
fn a_tree_that_breaks_its_rules_is_found_out() {
    let bytes = small::<8>(150, IndexKind::BkTree);
    let (_, tree, len) = *sections(&bytes).iter().find(|section| section.0 == TREE).unwrap();
    assert!(len > 12, "the tree must have groups");
    let fewer = Index::open(bytes.as_slice()).unwrap().len() as u32 - 1;
    let with = |at: usize, value: u32| {
        let mut changed = bytes.clone();
        changed[tree + at..tree + at + 4].copy_from_slice(&value.to_le_bytes());
        reseal(&mut changed);
        Index::open(changed).unwrap()
    };
    let message = |index: Index<Vec<u8>>| index.verify().unwrap_err().to_string();
    let says = |index, what| {
        let message = message(index);
        assert!(message.contains(what), "{message}");
    };
    says(with(0, fewer), "does not hold as many hashes as the index");
    says(with(4, 0), "is not in pre-order");
    says(with(4, 2), "is not in pre-order");
    says(with(12 + 4, 1), "has a leaf with children");
    says(with(len - 12, fewer), "has children that do not make up their parent");
    let edge = u32::from_le_bytes(bytes[tree + 20..tree + 24].try_into().unwrap());
    says(with(12 + 8, edge - 1), "has a hash at another distance from its pivot than its group");
    says(with(12 + 8, 0), "has groups out of order");
    // What a search comes across, it reports as damage rather than as an answer.
    let needles = [HashBits::from_bytes([0x5a; 8])];
    let query = Query::new(profile(8), &needles).radius(4);
    for index in [with(0, fewer), with(4, 0), with(4, u32::MAX), with(len - 12, fewer)] {
        assert!(index.search(&query, |_| ControlFlow::Continue(())).unwrap_err().is_corrupt());
    }
}

#[test]
fn digests_that_break_their_rules_are_found_out() {
    let bytes = small::<8>(20, IndexKind::Linear);
    let index = Index::open(bytes.as_slice()).unwrap();
    let entries = index.entries() as u32;
    for (kind, id) in DIGESTS {
        let (_, start, len) = *sections(&bytes).iter().find(|section| section.0 == id).unwrap();
        let width = kind.bytes() + 4;
        let rows = digest_rows(&bytes, kind);
        assert!(
            len / width > 3 && rows.windows(2).any(|pair| pair[0].0 == pair[1].0),
            "{kind} needs rows of one digest"
        );
        let changed = |change: &dyn Fn(&mut [u8])| {
            let mut changed = bytes.clone();
            change(&mut changed[start..start + len]);
            reseal(&mut changed);
            Index::open(changed).unwrap()
        };
        let says = |index: &Index<Vec<u8>>, what: &str| {
            let message = index.verify().unwrap_err().to_string();
            assert!(
                message.contains(what) && message.contains(&format!("section `{kind}`")) == what.contains("rise"),
                "{message}"
            );
        };
        // neighbours in the wrong order, once of different digests, once of the same
        let swapped = |at: usize| {
            changed(&|rows| (0..width).for_each(|byte| rows.swap(at * width + byte, (at + 1) * width + byte)))
        };
        for at in [0, rows.windows(2).position(|pair| pair[0].0 == pair[1].0).unwrap()] {
            says(&swapped(at), "holds records that do not rise");
        }
        // the same row twice
        says(&changed(&|rows| rows.copy_within(..width, width)), "holds records that do not rise");
        // an entry that is not there is damage to whoever asks, not an answer
        let dangling = changed(&|rows| rows[kind.bytes()..width].copy_from_slice(&entries.to_le_bytes()));
        says(&dangling, "lacks a record that another section refers to");
        let found: Vec<_> = dangling.find(&rows[0].0).collect();
        assert!(matches!(found[..], [Err(error), ..] if error.is_corrupt()));
        // nobody reads part of a row
        let mut cut = bytes.clone();
        let row = 72 + 24 * sections(&bytes).iter().position(|section| section.0 == id).unwrap();
        cut[row + 16..row + 20].copy_from_slice(&(len as u32 - 4).to_le_bytes());
        reseal(&mut cut);
        let message = Index::open(cut).unwrap_err().to_string();
        assert!(message.contains("does not have the length that the header calls for"), "{message}");
    }
}

#[test]
fn words_that_are_not_known_are_damage() {
    let bytes = small::<8>(20, IndexKind::Linear);
    let with = |id: u32, at: usize, value: u32| {
        let (_, start, _) = *sections(&bytes).iter().find(|section| section.0 == id).unwrap();
        let mut changed = bytes.clone();
        changed[start + at..start + at + 4].copy_from_slice(&value.to_le_bytes());
        reseal(&mut changed);
        Index::open(changed).unwrap()
    };
    for (id, at, words) in [(5, 16, "an opinion that is not known"), (6, 4, "a role that is not known")] {
        let index = with(id, at, 4);
        let message = index.verify().unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        let sources = index.slots().flat_map(|slot| index.sources(slot));
        assert!(sources.filter_map(Result::err).any(|error| error.to_string().contains(words)));
        // a role that is known is believed
        assert!(id == 5 || with(id, at, 2).verify().is_ok());
    }
    let roles = with(6, 4, 4);
    assert!(roles.lists().next().unwrap().unwrap_err().is_corrupt());
}
