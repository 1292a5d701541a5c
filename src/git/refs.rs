//! Names that people type and git reads: revisions, remotes, branches. One that git could take for
//! an option is refused before git sees it.

use std::fmt;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::git::run::Git;
use crate::say;

/// A name that git can't take for an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    /// What somebody typed.
    ///
    /// # Errors
    /// `usage` where it is empty, begins with `-`, or holds a control character.
    pub fn typed(text: &'a str) -> Result<Name<'a>> {
        if !text.is_empty() && !text.starts_with('-') && !text.contains(char::is_control) {
            return Ok(Name(text));
        }
        Err(Error::usage(
            "bad-revision",
            say!("Это не имя для git: «{text}».", "This is no name for git: “{text}”."),
        )
        .hint(say!(
            "Укажите ветку, метку или коммит: `main`, `v1`, `3f2a9c1`.",
            "Name a branch, a tag or a commit: `main`, `v1`, `3f2a9c1`."
        )))
    }

    /// The name.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

/// The full name of an object: its hash, in hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Rc<str>);

impl Id {
    /// Reads what git printed; none where it is no hash.
    pub fn parse(text: &str) -> Option<Id> {
        let is_hash = matches!(text.len(), 40 | 64)
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Id(text.into()))
    }

    /// The hash of these bytes, as a tree holds it.
    pub(super) fn of_bytes(bytes: &[u8]) -> Id {
        Id(base16ct::lower::encode_string(bytes).into())
    }

    /// The hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The commit that a name means; none where there is no such commit here.
///
/// # Errors
/// `store` where git fails.
pub fn commit(git: &Git, name: Name<'_>) -> Result<Option<Id>> {
    let wanted = format!("{}^{{commit}}", name.as_str());
    let found =
        git.read(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).ask()?;
    Ok(found.as_deref().and_then(Id::parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_an_option_is_refused() {
        for typed in ["--output=x", "-x", "-", "", "a\nb", "\u{1b}[31m"] {
            let error = Name::typed(typed).unwrap_err();
            assert_eq!((error.code.exit(), error.rule), (2, Some("bad-revision")), "{typed:?}");
        }
        for typed in ["main", "HEAD~3", "origin/ветка", "v1^{}", "@{u}"] {
            assert_eq!(Name::typed(typed).unwrap().as_str(), typed);
        }
    }

    #[test]
    fn an_id_is_a_whole_hash() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(Id::parse(hash).unwrap().as_str(), hash);
        assert_eq!(Id::of_bytes(&[0x01, 0xef]).as_str(), "01ef");
        for text in ["", "0123456", "HEAD", &hash.to_uppercase(), &format!("{hash}0")] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
