//! Many files at once: several threads read them.

use std::io;
use std::path::Path;

use crate::format::document::Page;
use crate::format::layout;
use crate::model::kind::Kind;
use crate::store::broken::{self, Fault};
use crate::store::disk::Reader;
use crate::threads;

/// From so many files on, a second thread is worth its start.
pub const MANY: usize = 500;
/// So many files are one piece of work: few enough that neither thread waits long for the other.
pub const PIECE: usize = 128;

/// Reads the files of these records; none for one that is gone.
pub fn pages(root: &Path, kind: Kind, ids: &[String]) -> Vec<io::Result<Option<Page>>> {
    let pieces: Vec<&[String]> = ids.chunks(PIECE).collect();
    let read = threads::share(&pieces, ids.len() >= MANY, || {
        let reader = Reader::new(root);
        let first = || reader.read(&layout::path(kind, &ids[0]));
        broken::panic_over(Fault::PanicWhileReading, || format!("{:?}", first()));
        move |ids: &&[String]| ids.iter().map(|id| page(&reader, kind, id)).collect::<Vec<_>>()
    });
    read.into_iter().flatten().collect()
}

fn page(reader: &Reader<'_>, kind: Kind, id: &str) -> io::Result<Option<Page>> {
    let path = layout::path(kind, id);
    let found = reader.read(&path)?;
    Ok(Page::new(kind, id, path, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::document::Document;
    use crate::store::disk;

    #[test]
    fn the_pages_come_in_the_order_of_the_ids() {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..2 * MANY).map(|n| format!("s{n:05}")).collect();
        for (n, id) in ids.iter().enumerate().filter(|(n, _)| n % 3 > 0) {
            let text = format!("title = \"{n}\"");
            disk::replace(folder.path(), &layout::path(Kind::Specialty, id), &text, false).unwrap();
        }
        let pages = pages(folder.path(), Kind::Specialty, &ids);
        assert_eq!(pages.len(), ids.len());
        for (n, (id, page)) in ids.iter().zip(pages).enumerate() {
            let document = page.unwrap().map(Document::from);
            assert_eq!(document.is_some(), n % 3 > 0, "{id}");
            let Some(document) = document else { continue };
            assert_eq!((&document.id, document.text), (id, format!("title = \"{n}\"")));
        }
    }
}
