//! Which files of a store are still needed, and the removal of those that are not.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use std::fs;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::disk::{self, TEMPORARY};
use super::lock::try_lock;
use super::record::{Layout, Record};

/// The generations whose records are there, rising.
pub(super) fn kept(layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let mut generations: Vec<u64> = files(&layout.generations())?
        .iter()
        .filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok())
        .collect();
    generations.sort_unstable();
    Ok(generations)
}

/// Removes what belongs neither to the current generation nor to those that can be rolled back to: the one before it, and the last one with
/// another index, which is the state before the last publication.
pub(super) fn remove_old(layout: &Layout, current: &Record) -> Result<(), StoreError> {
    let mut earlier = kept(layout)?;
    earlier.retain(|generation| *generation < current.generation);
    let mut keep = alloc::vec![current.generation];
    let mut needed: BTreeSet<PathBuf> = current.files(layout).into_iter().collect();
    let mut has_other_index = false;
    for (place, generation) in earlier.iter().rev().enumerate() {
        // One that cannot be read cannot be rolled back to.
        let Ok(record) = Record::read_old(layout, *generation) else { continue };
        let is_other_index = record.base != current.base;
        if place == 0 || is_other_index && !has_other_index {
            keep.push(*generation);
            needed.extend(record.files(layout));
            has_other_index |= is_other_index;
        }
        if has_other_index {
            break;
        }
    }
    for generation in kept(layout)?.into_iter().filter(|generation| !keep.contains(generation)) {
        disk::remove(&layout.record(generation))?;
    }
    for path in [files(&layout.indexes())?, files(&layout.deltas())?].concat() {
        if !needed.contains(&path) && !is_temporary(&path) {
            disk::remove(&path)?;
        }
    }
    Ok(())
}

/// Removes what interrupted writers left. The lock of the store must be held.
pub(super) fn remove_unfinished(layout: &Layout, current: &Record) -> Result<(), StoreError> {
    // An index that is being staged has temporary files, too, and its names are not known.
    let building = try_lock(&layout.building(), layout);
    for directory in [layout.0.clone(), layout.generations(), layout.deltas(), layout.indexes()] {
        if directory == layout.indexes() && building.is_err() {
            continue;
        }
        for path in files(&directory)?.into_iter().filter(|path| is_temporary(path)) {
            disk::remove(&path)?;
        }
    }
    remove_old(layout, current)
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TEMPORARY))
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = || StoreError::io("read the directory", directory);
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
    Ok(files)
}
