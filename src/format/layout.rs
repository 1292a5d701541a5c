//! Where a record lies: its id ⇄ its path in the store.

use chrono::NaiveDate;

use crate::model::kind::Kind;
use crate::model::settings;
use crate::words::{base32, slug};

/// The symbols of a patient's id.
pub const PATIENT_ID: usize = 10;
/// The symbols of a request's random part.
pub const REQUEST_PART: usize = 6;

/// Whether text is an id of this kind.
pub fn is_id(kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Specialty | Kind::Clinic | Kind::Operator => slug::is_slug(id),
        Kind::Patient => id.len() == PATIENT_ID && base32::is_code(id),
        Kind::Request => request_parts(id)
            .is_some_and(|(_, part)| part.len() == REQUEST_PART && base32::is_code(part)),
    }
}

/// A request's id as its day and its random part.
pub fn request_parts(id: &str) -> Option<(NaiveDate, &str)> {
    let (day, part) = id.split_once('-')?;
    if day.len() != 8 || !day.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let day: u32 = day.parse().ok()?;
    let year = i32::try_from(day / 10_000).ok()?;
    Some((NaiveDate::from_ymd_opt(year, day / 100 % 100, day % 100)?, part))
}

/// The path of a record, relative to the store, with `/`. The id must be one of its kind.
pub fn path(kind: Kind, id: &str) -> String {
    let folder = kind.folder();
    match kind {
        Kind::Specialty | Kind::Clinic | Kind::Operator => [folder, "/", id, ".toml"].concat(),
        Kind::Patient => [folder, "/", &id[..2], "/", id, ".toml"].concat(),
        Kind::Request => {
            let (year, month, day) = (&id[..4], &id[4..6], &id[6..8]);
            [folder, "/", year, "/", month, "/", day, "/", id, ".toml"].concat()
        }
    }
}

/// What the ids of the records in a folder begin with, as [`path`] says; none for a folder that no
/// record lies in. For whoever asks of many names.
pub fn beginning(kind: Kind, folder: &str) -> Option<String> {
    let inside = folder.strip_prefix(kind.folder())?;
    match kind {
        Kind::Specialty | Kind::Clinic | Kind::Operator => inside.is_empty().then(String::new),
        Kind::Patient => inside.strip_prefix('/').filter(|it| it.len() == 2).map(str::to_owned),
        Kind::Request => {
            let mut parts = inside.strip_prefix('/')?.split('/');
            let day = [parts.next()?, parts.next()?, parts.next()?];
            let is_day = parts.next().is_none() && day.map(str::len) == [4, 2, 2];
            is_day.then(|| day.concat() + "-")
        }
    }
}

/// The kind whose folder a relative path lies in.
pub fn kind_of(path: &str) -> Option<Kind> {
    let folder = path.split('/').next()?;
    Kind::ALL.into_iter().find(|kind| kind.folder() == folder)
}

/// Whether a relative path is the store's own: its settings, what lies in the records' folders or is
/// hidden.
pub fn is_own(path: &str) -> bool {
    let is_within = path.contains('/') && kind_of(path).is_some();
    path == settings::FILE || path.starts_with('.') || is_within
}

/// The record that a relative path holds, where the path is exactly that record's.
pub fn record_at(path_text: &str) -> Option<(Kind, &str)> {
    let kind = kind_of(path_text)?;
    let id = path_text.rsplit('/').next()?.strip_suffix(".toml")?;
    (is_id(kind, id) && path(kind, id) == path_text).then_some((kind, id))
}

/// The record that a file out of place was meant to be. Outside the records' folders only a name that
/// nothing else has tells: a request's, or a patient's in a folder of its first two characters.
pub fn meant(path_text: &str) -> Option<(Kind, String)> {
    let mut parts = path_text.rsplit('/');
    let id = parts.next()?.strip_suffix(".toml")?.to_lowercase();
    let kind = match kind_of(path_text) {
        Some(kind) => kind,
        None if is_id(Kind::Request, &id) => Kind::Request,
        None if is_id(Kind::Patient, &id) && parts.next()? == &id[..2] => Kind::Patient,
        None => return None,
    };
    is_id(kind, &id).then_some((kind, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_out_of_place_is_known_by_its_name() {
        let request = Some((Kind::Request, "20261123-k7m2qx".to_owned()));
        for path in [
            "20261123-k7m2qx.toml",
            "zayavki/23/20261123-K7M2QX.toml",
            "requests/20261123-k7m2qx.toml",
        ] {
            assert_eq!(meant(path), request, "{path}");
        }
        let patient = Some((Kind::Patient, "7h2k9m4qwe".to_owned()));
        for path in ["old/7h/7h2k9m4qwe.toml", "patients/7h2k9m4qwe.toml"] {
            assert_eq!(meant(path), patient, "{path}");
        }
        for path in [
            "7h2k9m4qwe.toml",
            "old/7h2k9m4qwe.toml",
            "Cargo.toml",
            "clinics/№1.toml",
            "a/20261123-k7m2qx.md",
        ] {
            assert_eq!(meant(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_and_an_id_name_each_other() {
        for (kind, id, at) in [
            (Kind::Specialty, "terapevt", "specialties/terapevt.toml"),
            (Kind::Clinic, "poliklinika-1", "clinics/poliklinika-1.toml"),
            (Kind::Operator, "anna", "operators/anna.toml"),
            (Kind::Patient, "7h2k9m4qwe", "patients/7h/7h2k9m4qwe.toml"),
            (Kind::Request, "20261123-k7m2qx", "requests/2026/11/23/20261123-k7m2qx.toml"),
        ] {
            assert!(is_id(kind, id), "{id}");
            assert_eq!(path(kind, id), at);
            assert_eq!(record_at(at), Some((kind, id)));
            let folder = at.rsplit_once('/').unwrap().0;
            let is_home = |folder: &str| {
                beginning(kind, folder).is_some_and(|beginning| id.starts_with(&beginning))
            };
            assert!(is_home(folder));
            let others = ["", "clinic", "patients/7i", "patients/7h/7h", "requests/2026/11/24"];
            assert!(!others.iter().any(|other| is_home(other)), "{id}");
            assert!(!is_home(&format!("{folder}/")));
        }
    }

    #[test]
    fn what_is_no_id_has_no_record() {
        for at in [
            "requests/2026/11/24/20261123-k7m2qx.toml",
            "requests/20261123-k7m2qx.toml",
            "patients/7h/8h2k9m4qwe.toml",
            "patients/7h/7h2k9m4qwu.toml",
            "clinics/-x.toml",
            "clinics/Poliklinika.toml",
            "clinics/a.txt",
            "requests/2026/13/41/20261341-k7m2qx.toml",
            "elsewhere/anna.toml",
            "anna.toml",
            "",
        ] {
            assert_eq!(record_at(at), None, "{at}");
        }
    }
}
