//! Who may write what.

use crate::error::{Code, Error, Result};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::operator::{self, Role};
use crate::say;

/// Whether an operator of this role may write records of a kind (`spec.md`, section 5).
///
/// # Errors
/// `forbidden`, with the names of those who may.
pub fn permit(book: &dyn Book, role: Role, kind: Kind) -> Result<()> {
    if role.may_write(kind) {
        return Ok(());
    }
    let admins: Vec<String> = book
        .all(Kind::Operator)
        .iter()
        .filter(|record| operator::is_working_admin(&record.values))
        .map(|record| record.title().to_owned())
        .collect();
    let admins = admins.join(", ");
    let error = Error::new(
        Code::Forbidden,
        "not-allowed",
        say!("Нужны права администратора.", "Only an admin may do this."),
    );
    Err(error.hint(if admins.is_empty() {
        say!(
            "Администраторов не осталось. Верните файл прежнего (`git log -- operators`) или впишите `role = \"admin\"` в файл того, кто им станет.",
            "No admin is left. Take an earlier one's file back (`git log -- operators`), or put `role = \"admin\"` into the file of whoever is to be one."
        )
    } else {
        say!("Обратитесь: {admins}.", "Ask: {admins}.")
    }))
}
