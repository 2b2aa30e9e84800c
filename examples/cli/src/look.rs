//! A picture looked at view by view: its hashes kept, and looked up as they come.
//!
//! Classic hashes have no quality of their own. A flat picture has one nevertheless, near that of every other flat picture; so
//! the quality of PDQ, computed from the same pixels, decides whether they are looked up.

use std::ops::ControlFlow;

use lookalike::check::{Confirmed, Found, Needles};
use lookalike::decode::{Header, Rendition, View, Visitor};
use lookalike::hash::views::Grid;
use lookalike::hash::{
    ClassicError, ClassicHash, ClassicHashes, ClassicStream, Dihedral, HashBits, PdqProfile, PdqSpectrum, Profile, pdq,
};
use lookalike::index::SearchError;
use lookalike::pixels::ImageRef;

use crate::budget::Permit;
use crate::examine::Examiner;
use crate::exit::Failure;
use crate::lookup::Lookup;
use crate::record::Hashed;

/// Memory that the views of a frame take beside hashing it: the grid, that in which it is sampled, and the needles.
const VIEWS_BYTES: u64 = 512 << 10;

/// A picture being looked at.
pub(crate) struct Look<'a, 'f> {
    examiner: &'a Examiner,
    /// Where it is looked up, if it is.
    lookup: Option<&'a Lookup>,
    /// Under which the views are hashed: the one asked for, else the one whose quality is wanted.
    pub(crate) pdq: PdqProfile,
    /// The profiles that need pixels.
    rest: Vec<Profile>,
    /// What the header of the file says.
    pub(crate) header: Option<Header>,
    /// Memory that hashing takes beside decoding.
    beside: u64,
    pub(crate) permit: Option<Permit<'a>>,
    /// Where the hashes of the first view go.
    pub(crate) own: Vec<Hashed>,
    is_first: bool,
    /// The frame of the latest view, and how many there have been.
    frame: u32,
    pub(crate) frames: u32,
    /// The quality of the latest view, and the best of any, those from the grid included.
    latest: u8,
    pub(crate) quality: Option<u8>,
    /// The latest frame of which all eight turned hashes were looked up.
    turned: u32,
    /// What is to be looked up when the frame has been seen, in all its views.
    needles: Needles,
    /// What a second index finds of the frame.
    confirmed: Confirmed<'a>,
    /// What was found so far.
    pub(crate) found: &'f mut Found<'a>,
    /// Why a hash could not be made.
    pub(crate) refused: Option<ClassicError>,
    pub(crate) failure: Option<Failure>,
}

impl<'a, 'f> Look<'a, 'f> {
    /// Prepares to look at a picture, whose hashes as stored go to `own`, and what is found to `found`.
    pub(crate) fn new(
        examiner: &'a Examiner,
        lookup: Option<&'a Lookup>,
        own: Vec<Hashed>,
        found: &'f mut Found<'a>,
    ) -> Self {
        let profiles = &examiner.profiles;
        let wants_512_alone = profiles.contains(&Profile::Pdq512) && !profiles.contains(&Profile::Pdq);
        let pdq = if wants_512_alone { PdqProfile::Meta512 } else { PdqProfile::FullResolution };
        Self {
            examiner,
            lookup,
            pdq,
            rest: profiles.iter().copied().filter(|&profile| profile != pdq.profile()).collect(),
            header: None,
            beside: 0,
            permit: None,
            own,
            is_first: true,
            frame: 0,
            frames: 0,
            latest: 0,
            quality: None,
            turned: 0,
            needles: Needles::default(),
            confirmed: Confirmed::default(),
            found,
            refused: None,
            failure: None,
        }
    }

    /// Is told what the header of the file says, before anything is decoded.
    pub(crate) fn begin(&mut self, header: &Header) {
        let Header { width, height, .. } = *header;
        let confirm = self.lookup.and_then(|lookup| lookup.confirm());
        self.beside = ClassicStream::memory_bytes(width, height, &self.examiner.profiles)
            + confirm.map_or(0, |confirm| confirm.memory_bytes(width, height))
            + if self.wants_grid() { VIEWS_BYTES } else { 0 };
        self.header = Some(*header);
    }

    /// Looks up the views of a frame together.
    pub(crate) fn look_up_views(&mut self) -> ControlFlow<()> {
        let (needles, confirmed) = (std::mem::take(&mut self.needles), std::mem::take(&mut self.confirmed));
        match self.lookup {
            Some(lookup) if !needles.is_empty() => {
                let looked_up = lookup.batch(&needles, &confirmed, self.found);
                self.went_on(lookup, looked_up)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Looks up what a view has, and its turns if `needles` has them.
    fn look_up<const N: usize>(&mut self, lookup: &'a Lookup, view: View, needles: &[HashBits<N>]) -> ControlFlow<()> {
        let looked_up = lookup.view(view, self.latest, needles, &self.confirmed, self.found);
        self.went_on(lookup, looked_up)
    }

    /// Lets a second index find what it finds of a view.
    fn confirm(&mut self, image: &ImageRef<'_>, view: Dihedral) -> ControlFlow<()> {
        let Some(lookup) = self.lookup else { return ControlFlow::Continue(()) };
        let Some(confirm) = lookup.confirm() else { return ControlFlow::Continue(()) };
        let turns = if lookup.policy().dihedral { &Dihedral::ALL[..] } else { &[Dihedral::Original] };
        let looked_up = confirm.look_up(image, view, turns, &mut self.confirmed);
        self.went_on(lookup, looked_up)
    }

    fn went_on(&mut self, lookup: &Lookup, looked_up: Result<(), SearchError>) -> ControlFlow<()> {
        match looked_up {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(lookup.damaged(&error));
                ControlFlow::Break(())
            }
        }
    }

    /// Keeps the eight hashes of the first view, or the first of them.
    fn keep(&mut self, profile: Profile, quality: u8, turned: &[String]) {
        let wants_dihedral = self.examiner.wants_dihedral;
        for own in self.own.iter_mut().filter(|own| own.profile == profile) {
            own.quality = Some(quality);
            own.hash = turned.first().cloned();
            own.dihedral = wants_dihedral.then(|| turned.to_vec());
        }
    }

    /// Makes the classic hashes of a view: as it is, and turned where that is wanted, which really turns the pixels.
    fn classics(
        &self,
        image: &ImageRef<'_>,
        view: Dihedral,
        turns: &[Dihedral],
    ) -> Result<Vec<ClassicHashes>, ClassicError> {
        let classics: Vec<_> = self.rest.iter().copied().filter(|&profile| profile != Profile::Pdq512).collect();
        turns.iter().map(|&turn| ClassicStream::of_turned(image, &classics, view.then(turn))).collect()
    }
}

impl Visitor for Look<'_, '_> {
    fn needs(&mut self, bytes: u64) {
        // What was held is given back before more is waited for.
        self.permit = None;
        self.permit = Some(self.examiner.pixels.acquire(bytes.saturating_add(self.beside)));
    }

    fn hashed(&mut self, view: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        if view.frame != self.frame && self.look_up_views().is_break() {
            return ControlFlow::Break(());
        }
        self.latest = spectrum.quality();
        if self.is_first {
            let eight = spectrum.dihedral().map(|turned| turned.hash.to_string());
            self.keep(self.pdq.profile(), self.latest, &eight);
        }
        self.is_first &= !self.rest.is_empty();
        self.quality = self.quality.max(Some(self.latest));
        self.frames += u32::from(view.frame != self.frame);
        self.frame = view.frame;
        match self.lookup {
            // A picture is hashed as it is.
            None if !self.rest.is_empty() => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
            Some(lookup) if lookup.profile() == self.pdq.profile() && lookup.admits(self.latest) => {
                self.needles.add(view, spectrum, lookup.policy().dihedral, lookup.policy().radius);
                if lookup.policy().occlusion.is_some() && view.kind == Rendition::Stored {
                    self.needles.add_covered(View::new(view.frame, Rendition::Covered), spectrum);
                }
                ControlFlow::Continue(())
            }
            Some(_) => ControlFlow::Continue(()),
        }
    }

    fn wants_grid(&self) -> bool {
        self.lookup.is_some_and(Lookup::wants_views)
    }

    fn grid(&mut self, view: View, grid: &Grid) -> ControlFlow<()> {
        if let Some(lookup) = self.lookup {
            self.quality = self.quality.max(lookup.add_views(view.frame, grid, 0, &mut self.needles));
        }
        ControlFlow::Continue(())
    }

    fn wants_pixels(&self) -> bool {
        !self.rest.is_empty() || self.lookup.is_some_and(|lookup| lookup.confirm().is_some())
    }

    fn pixels(&mut self, view: View, image: &ImageRef<'_>, dihedral: Dihedral) -> ControlFlow<()> {
        let examiner = self.examiner;
        self.confirm(image, dihedral)?;
        if self.rest.is_empty() {
            return ControlFlow::Continue(());
        }
        let lookup = self.lookup.filter(|lookup| lookup.admits(self.latest));
        let wants_turned = examiner.wants_dihedral || lookup.is_some_and(|lookup| lookup.policy().dihedral);
        // An oriented view has the same eight hashes, under other names.
        let is_known = wants_turned && dihedral != Dihedral::Original && self.turned == view.frame;
        if is_known || (lookup.is_none() && !self.is_first) {
            return ControlFlow::Continue(());
        }
        let turns = if wants_turned { &Dihedral::ALL[..] } else { &[Dihedral::Original] };
        let hashes = match self.classics(image, dihedral, turns) {
            Ok(hashes) => hashes,
            Err(why) => {
                self.refused = Some(why);
                return ControlFlow::Break(());
            }
        };
        if self.is_first {
            self.is_first = false;
            for profile in self.rest.clone() {
                let turned: Vec<_> = hashes.iter().flat_map(ClassicHashes::iter).collect();
                let turned = turned.iter().filter(|(found, _)| *found == profile);
                let turned: Vec<_> = turned.map(|(_, hash)| hash.to_string()).collect();
                self.keep(profile, self.latest, &turned);
            }
            if self.rest.contains(&Profile::Pdq512)
                && let Ok(spectrum) = pdq::reference(image, PdqProfile::Meta512)
            {
                let eight = spectrum.dihedral().map(|turned| turned.hash.to_string());
                self.keep(Profile::Pdq512, spectrum.quality(), &eight);
            }
        }
        let Some(lookup) = lookup else {
            return if self.lookup.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        };
        if wants_turned {
            self.turned = view.frame;
        }
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for (_, hash) in hashes.iter().flat_map(ClassicHashes::iter) {
            match hash {
                ClassicHash::Bits64(bits) => short.push(bits),
                ClassicHash::Bits256(bits) => long.push(bits),
                _ => {}
            }
        }
        if short.is_empty() { self.look_up(lookup, view, &long) } else { self.look_up(lookup, view, &short) }
    }
}
