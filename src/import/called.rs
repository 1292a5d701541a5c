//! What clinics, specialties and operators are called: a row may refer to one by its name, where one
//! alone has it.

use std::collections::HashMap;

use crate::model::kind::Kind;

/// Records by what people call them, for references.
#[derive(Default)]
pub struct Names(HashMap<(Kind, String), Vec<String>>);

impl Names {
    /// Notes what a record is called.
    pub fn add(&mut self, kind: Kind, name: &str, id: &str) {
        let ids = self.0.entry((kind, name.to_owned())).or_default();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }

    /// The one record of this name.
    pub fn one(&self, kind: Kind, name: &str) -> Option<&str> {
        match self.0.get(&(kind, name.to_owned())).map(Vec::as_slice) {
            Some([only]) => Some(only),
            _ => None,
        }
    }
}
