//! What rules about two records look up: made when the first of them asks, so that a check of the
//! whole store reads every record once, not once for every other.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use crate::check::Scene;
use crate::format::decode;
use crate::maps::Map;
use crate::model::book::Visit;
use crate::model::kind::Kind;
use crate::model::sieve::Sieve;

/// The look-ups of a scene, each as the book was when it was first asked for.
#[derive(Default)]
pub struct Index {
    passports: OnceCell<Map<String, Vec<String>>>,
    visits: OnceCell<Map<String, Vec<Visit>>>,
    /// What was meant by ids that are not there: many records may refer to one that is gone.
    meant: RefCell<HashMap<(Kind, String), Option<String>>>,
}

impl Scene<'_> {
    /// The ids of the patients with this passport, those merged into another left out.
    pub(super) fn patients_with(&self, passport: &str) -> &[String] {
        let passports = self.index.passports.get_or_init(|| {
            let mut found: Map<String, Vec<String>> = Map::default();
            for patient in self.book.sift(Kind::Patient, &Sieve::default()) {
                if let (Some(passport), None) =
                    (patient.text("passport"), patient.text("merged_into"))
                {
                    found.entry(passport.to_owned()).or_default().push(patient.id.clone());
                }
            }
            found
        });
        passports.get(passport).map_or(&[], Vec::as_slice)
    }

    /// The id of a kind that is most like one that is not there.
    pub(super) fn nearest(&self, kind: Kind, id: &str) -> Option<String> {
        let mut meant = self.index.meant.borrow_mut();
        let known = meant.entry((kind, id.to_owned())).or_insert_with(|| {
            let ids = self.book.ids(kind);
            decode::nearest(id, ids.iter().map(String::as_str)).map(str::to_owned)
        });
        known.clone()
    }

    /// The visits that stand of the patient that an id leads to, in the order of the requests' ids.
    pub(super) fn visits_of(&self, patient: &str) -> &[Visit] {
        let visits = self.index.visits.get_or_init(|| {
            let mut found: Map<String, Vec<Visit>> = Map::default();
            for visit in self.book.visits() {
                found.entry(visit.patient.clone()).or_default().push(visit);
            }
            found
        });
        let known = self.book.patient(patient).and_then(|patient| visits.get(&patient.id));
        known.map_or(&[], Vec::as_slice)
    }
}
