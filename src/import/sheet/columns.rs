//! Headings: which column holds which key, and from that the kind of record that rows are.

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::say;
use crate::words::search;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The id of the record.
    Id,
    /// A key of the record.
    Key(&'static str),
    /// The name of what a key refers to: it counts where the key has no column of its own.
    Named(&'static str),
    /// A key of a request's patient.
    OfPatient(&'static str),
    /// A note.
    Note,
    /// What follows from the rest, or says nothing here.
    Derived,
}

impl Cell {
    /// What a row's source is made of: it stands in histories as a hash, so that a changed name would
    /// bring every row in once more.
    pub fn name(self) -> String {
        match self {
            Cell::Id => "Id".to_owned(),
            Cell::Key(key) => format!("Key(\"{key}\")"),
            Cell::Named(key) => format!("Named(\"{key}\")"),
            Cell::OfPatient(key) => format!("OfPatient(\"{key}\")"),
            Cell::Note => "Note".to_owned(),
            Cell::Derived => "Derived".to_owned(),
        }
    }
}

/// The columns of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The kind of record that a row is.
    pub kind: Kind,
    /// The headings, with what stands under them; none under one that means nothing here.
    pub columns: Vec<(String, Option<Cell>)>,
}

/// What people call a column, beside its key, its flag and its title.
const WORDS: &[(Kind, Cell, &[&str])] = &[
    (Kind::Request, Cell::Key("patient"), &["id пациента", "patient id"]),
    (Kind::Request, Cell::Key("clinic"), &["поликлиника"]),
    (Kind::Request, Cell::Key("specialty"), &["врач", "доктор", "специалист", "doctor"]),
    (
        Kind::Request,
        Cell::Key("patient_ranges"),
        &[
            "удобное время",
            "удобное для пациента время",
            "желаемое время",
            "когда удобно",
            "когда",
            "время",
            "ranges",
            "preferred time",
        ],
    ),
    (Kind::Request, Cell::Key("clinic_ranges"), &["удобное для клиники время", "время клиники"]),
    (Kind::Request, Cell::Key("appointment"), &["приём", "дата приёма", "запись", "visit"]),
    (
        Kind::Request,
        Cell::Key("operator"),
        &["оператор", "ответственный оператор", "ответственный"],
    ),
    (Kind::Request, Cell::Key("created"), &["дата создания", "дата заявки"]),
    (Kind::Request, Cell::Named("patient"), &["patient_name"]),
    (Kind::Request, Cell::Named("clinic"), &["clinic_name"]),
    (Kind::Request, Cell::Named("specialty"), &["specialty_title"]),
    (
        Kind::Request,
        Cell::OfPatient("name"),
        &["ф.и.о.", "фио пациента", "имя", "имя пациента", "фамилия имя отчество", "full name"],
    ),
    (
        Kind::Request,
        Cell::OfPatient("passport"),
        &["номер паспорта", "серия и номер паспорта", "паспортные данные", "passport number"],
    ),
    (
        Kind::Request,
        Cell::OfPatient("phone"),
        &["контактный телефон", "номер телефона", "телефон пациента", "phone number"],
    ),
    (
        Kind::Patient,
        Cell::Key("name"),
        &["ф.и.о.", "пациент", "имя", "фамилия имя отчество", "patient", "full name"],
    ),
    (
        Kind::Patient,
        Cell::Key("passport"),
        &["номер паспорта", "серия и номер паспорта", "паспортные данные", "passport number"],
    ),
    (Kind::Patient, Cell::Key("phone"), &["контактный телефон", "номер телефона", "phone number"]),
    (Kind::Clinic, Cell::Key("name"), &["клиника", "поликлиника", "название клиники", "clinic"]),
    (Kind::Clinic, Cell::Key("phone"), &["контактный телефон", "номер телефона", "phone number"]),
    (Kind::Clinic, Cell::Key("specialties"), &["врачи"]),
    (Kind::Clinic, Cell::Key("hours"), &["часы", "режим работы"]),
    (Kind::Specialty, Cell::Key("title"), &["специальность", "specialty", "название"]),
    (Kind::Specialty, Cell::Key("aliases"), &["как говорят", "синонимы"]),
    (Kind::Operator, Cell::Key("name"), &["фио", "ф.и.о.", "оператор", "operator"]),
];

/// What every sheet may have.
const COMMON: &[(Cell, &[&str])] = &[
    (Cell::Id, &["id", "№", "номер", "номер заявки", "код"]),
    (Cell::Note, &["note", "notes", "примечание", "примечания", "комментарий", "заметка"]),
    (
        Cell::Derived,
        &[
            "kind",
            "updated",
            "изменена",
            "next",
            "дальше",
            "conflicts",
            "history",
            "reasons",
            "п/п",
            "№ п/п",
        ],
    ),
];

/// The columns that tell what a row is, the surest first.
const TELLTALES: &[(Kind, &[&str])] = &[
    (Kind::Request, &["patient_ranges", "status", "appointment"]),
    (Kind::Patient, &["passport"]),
    (Kind::Clinic, &["address"]),
    (Kind::Operator, &["role", "emails", "active"]),
    (Kind::Specialty, &["title", "aliases"]),
];

/// What a request asks for: a row that has some of it is a request.
const WISH: [&str; 3] = ["clinic", "specialty", "patient_ranges"];

/// How many columns a table may have. A row with more of them has lost its quotation marks.
const MOST: usize = 1_000;

impl Layout {
    /// The layout of rows with these headings, of a kind that is known or told by them.
    ///
    /// # Errors
    /// `refused`: no kind has such columns; two columns hold one key; they are too many.
    pub fn of<'h>(
        headings: impl Iterator<Item = &'h str> + Clone,
        kind: Option<Kind>,
    ) -> Result<Layout> {
        if headings.clone().nth(MOST).is_some() {
            return Err(too_many());
        }
        let told = |(kind, keys): &&(Kind, &[&str])| {
            let cells = headings.clone().filter_map(|heading| cell(*kind, heading));
            let mut keys_there = cells.filter_map(|cell| match cell {
                Cell::Key(key) => Some(key),
                _ => None,
            });
            keys_there.any(|key| keys.contains(&key))
        };
        let kind = kind.or_else(|| TELLTALES.iter().find(told).map(|(kind, _)| *kind));
        let Some(kind) = kind else { return Err(unknown()) };
        let mut columns: Vec<(String, Option<Cell>)> =
            headings.map(|heading| (heading.to_owned(), cell(kind, heading))).collect();
        for at in 0..columns.len() {
            let Some(Cell::Named(key)) = columns[at].1 else { continue };
            let own = columns.iter().any(|(_, cell)| *cell == Some(Cell::Key(key)));
            let cell = match key {
                _ if own => Cell::Derived,
                "patient" => Cell::OfPatient("name"),
                _ => Cell::Key(key),
            };
            columns[at].1 = Some(cell);
        }
        for (at, (heading, cell)) in columns.iter().enumerate() {
            let twin = columns[..at].iter().find(|(_, earlier)| {
                earlier == cell && !matches!(cell, None | Some(Cell::Derived | Cell::Note))
            });
            if let Some((twin, _)) = twin {
                return Err(twice(twin, heading));
            }
        }
        Ok(Layout { kind, columns })
    }

    /// The heading over what a column holds.
    pub fn heading(&self, wanted: Cell) -> Option<&str> {
        let found = self.columns.iter().find(|(_, cell)| *cell == Some(wanted));
        found.map(|(heading, _)| heading.as_str())
    }

    /// The keys of a kind with their headings.
    pub fn names(&self, kind: Kind) -> Vec<(&'static str, String)> {
        let named = |(heading, cell): &(String, Option<Cell>)| match cell {
            Some(Cell::Key(key)) if kind == self.kind => Some((*key, heading.clone())),
            Some(Cell::OfPatient(key)) if kind == Kind::Patient => Some((*key, heading.clone())),
            _ => None,
        };
        self.columns.iter().filter_map(named).collect()
    }

    /// The fields that no row can do without and that have no column. A patient who is referred to
    /// by id needs no other column; one by passport may be known, name and phone or not.
    pub fn missing(&self) -> Vec<&'static Field> {
        let has = |wanted| self.heading(wanted).is_some();
        if has(Cell::Id) {
            return Vec::new();
        }
        let needed = self.kind.fields().iter().filter(|field| field.required());
        needed
            .filter(|field| match (self.kind, field.key) {
                (Kind::Request, "status" | "operator" | "created") => false,
                (Kind::Request, "patient") => {
                    !has(Cell::Key("patient")) && !has(Cell::OfPatient("passport"))
                }
                (Kind::Operator, "role") => false,
                (_, key) => !has(Cell::Key(key)),
            })
            .collect()
    }

    /// Of a sheet of patients, the headings that only one of requests has: its rows are requests,
    /// and would lose what was asked for.
    pub fn of_request(&self) -> Vec<&str> {
        let is_wish = |heading: &str| {
            let cell = cell(Kind::Request, heading);
            WISH.iter().any(|key| cell == Some(Cell::Key(key)))
        };
        let strange = self.strange().into_iter();
        strange.filter(|heading| self.kind == Kind::Patient && is_wish(heading)).collect()
    }

    /// The headings that no sheet of requests has.
    pub fn unknown_of_request(&self) -> Vec<&str> {
        let headings = self.columns.iter().map(|(heading, _)| heading.as_str());
        headings
            .filter(|heading| !heading.is_empty() && cell(Kind::Request, heading).is_none())
            .collect()
    }

    /// What a request asks for and no heading names.
    pub fn unasked(&self) -> Vec<&'static Field> {
        let cells = || self.columns.iter().filter_map(|(heading, _)| cell(Kind::Request, heading));
        let is_there = |key: &str| {
            cells().any(|cell| matches!(cell, Cell::Key(k) | Cell::Named(k) if k == key))
        };
        let unasked = WISH.into_iter().filter(|key| !is_there(key));
        unasked.filter_map(|key| Kind::Request.field(key)).collect()
    }

    /// The headings that mean nothing here.
    pub fn strange(&self) -> Vec<&str> {
        let strange = self.columns.iter().filter(|(_, cell)| cell.is_none());
        strange.map(|(heading, _)| heading.as_str()).collect()
    }
}

/// The headings of a sheet of requests, a line a column: what it is called, and what else it may be.
pub fn known(lang: Lang) -> Vec<String> {
    let of_patient = super::OF_PATIENT.into_iter().map(|key| (Kind::Patient, key));
    let of_wish = WISH.into_iter().map(|key| (Kind::Request, key));
    let line = |(kind, key): (Kind, &'static str)| {
        let field = kind.field(key)?;
        let cell = match kind {
            Kind::Patient => Cell::OfPatient(key),
            _ => Cell::Key(key),
        };
        let words = WORDS.iter().find(|(of, of_cell, _)| *of == Kind::Request && *of_cell == cell);
        let words = words.map_or(&[][..], |(_, _, words)| *words).iter().copied();
        let own = words.filter(|word| word.is_ascii() == (lang == Lang::En)).map(str::to_owned);
        let title = field.title(lang).to_owned();
        let key =
            Some(field.key.to_owned()).filter(|_| lang == Lang::En && title.to_lowercase() != key);
        Some(std::iter::once(title).chain(key).chain(own).collect::<Vec<_>>().join(", "))
    };
    let notes = COMMON.iter().filter(|(cell, _)| *cell == Cell::Note).map(|(_, words)| {
        let own = words.iter().copied().filter(|word| word.is_ascii() == (lang == Lang::En));
        own.collect::<Vec<_>>().join(", ")
    });
    of_patient.chain(of_wish).filter_map(line).chain(notes).collect()
}

/// What stands under a heading in a sheet of this kind.
fn cell(kind: Kind, heading: &str) -> Option<Cell> {
    let wanted = folded(heading);
    let is = |word: &&str| folded(word) == wanted;
    let common = || COMMON.iter().find(|(_, words)| words.iter().any(is));
    let called = || WORDS.iter().find(|(of, _, words)| *of == kind && words.iter().any(is));
    let of_fields = |kind: Kind| {
        kind.fields().iter().find(|field| {
            let titles = Lang::ALL.map(|lang| field.title(lang));
            let names = [Some(field.key), field.flag].into_iter().flatten().chain(titles);
            names.into_iter().any(|name| is(&name))
        })
    };
    common()
        .map(|(cell, _)| *cell)
        .or_else(|| called().map(|(_, cell, _)| *cell))
        .or_else(|| of_fields(kind).map(|field| Cell::Key(field.key)))
        .or_else(|| {
            let field = of_fields(Kind::Patient).filter(|_| kind == Kind::Request)?;
            super::OF_PATIENT.contains(&field.key).then_some(Cell::OfPatient(field.key))
        })
}

/// A heading as it is compared: `№` is a word too.
fn folded(heading: &str) -> String {
    search::key(&heading.replace('№', " no ").replace('_', " "))
}

fn too_many() -> Error {
    Error::refused(
        "columns",
        say!(
            "В строке больше {MOST} столбцов. Ничего не записано.",
            "A row has over {MOST} columns. Nothing was written."
        ),
    )
    .hint(say!(
        "Проверьте разделитель и кавычки: каждая открытая должна быть закрыта.",
        "Look at the delimiter and the quotation marks: each that is opened must be closed."
    ))
}

fn unknown() -> Error {
    Error::refused(
        "columns",
        say!(
            "По заголовкам не понять, что это за записи. Ничего не записано.",
            "The headings do not tell what these records are. Nothing was written."
        ),
    )
    .hint(say!(
        "Первая строка — заголовки, например: ФИО; Паспорт; Телефон. Для заявок ещё: Клиника; Специальность; Удобное время.",
        "The first row holds headings, such as: name, passport, phone. For requests also: clinic, specialty, patient_ranges."
    ))
}

fn twice(first: &str, second: &str) -> Error {
    Error::refused(
        "columns",
        say!(
            "Два столбца об одном: «{first}» и «{second}». Ничего не записано.",
            "Two columns hold the same: “{first}” and “{second}”. Nothing was written."
        ),
    )
    .hint(say!("Оставьте один.", "Leave one of them."))
}
