//! A value that nobody recorded waits among the conflicts, and three people do what may be done
//! about it, one or two things each, before they meet: every combination, in every order of
//! meeting. What must come of it is the oracle's.

use std::iter;

use chrono::TimeDelta;

use super::play::{Clone, NAMES, PATIENTS, config, is_as_told, merged, same};
use crate::format::layout;
use crate::history::{self, What};
use crate::merge::Tree;
use crate::model::kind::Kind;
use crate::store::seal::Edit;

/// The patient's file, in which the value waits.
fn path() -> String {
    layout::path(Kind::Patient, PATIENTS[0])
}

/// One thing that a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Settles the key by a command: what stands is to stand.
    Settle,
    /// Types the waiting value over what stands.
    TypeIt,
    /// Types a value over what stands that nobody else types.
    TypeOther,
    /// Takes the value out of `conflicts`, with an editor.
    Strike,
    /// Records something else by a command.
    Note,
    /// Writes a comment, with an editor.
    Comment,
}

const DEEDS: [Deed; 6] =
    [Deed::Settle, Deed::TypeIt, Deed::TypeOther, Deed::Strike, Deed::Note, Deed::Comment];

/// What waits, and where.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    key: &'static str,
    value: &'static str,
    /// What others type, but for its last digit.
    others: &'static str,
}

const PHONE: Waiting = Waiting { key: "phone", value: "+79990000009", others: "+7997000000" };
const ROOM: Waiting = Waiting { key: "room", value: "5", others: "4" };

impl Waiting {
    /// The store in which it waits.
    fn base(self) -> Clone {
        let mut base = Clone::first();
        base.now += TimeDelta::minutes(1);
        let text = base.files.get_mut(&path()).unwrap();
        let room = if self.key == "room" { "room = \"1\"\n\n" } else { "" };
        let waits = format!("{room}conflicts = [\n{}]\n\nhistory = [", self.line());
        *text = text.replacen("history = [", &waits, 1);
        base
    }

    fn line(self) -> String {
        format!("    {{ key = {:?}, value = {:?} }},\n", self.key, self.value)
    }

    fn act(self, clone: &mut Clone, deed: Deed) {
        clone.now += TimeDelta::minutes(7);
        let place = NAMES.iter().position(|name| *name == clone.by).unwrap();
        let record = clone.record(Kind::Patient, PATIENTS[0]).unwrap();
        let text = clone.files.get_mut(&path()).unwrap();
        let line = format!("{} = ", self.key);
        let stands = text.lines().find(|text| text.starts_with(&line)).unwrap().to_owned();
        let typed = |value: &str| format!("{line}{value:?}");
        match deed {
            Deed::TypeIt => *text = text.replacen(&stands, &typed(self.value), 1),
            Deed::TypeOther => {
                // One of the three is greater than what waits, and two are less.
                let value = match place {
                    2 => format!("{}9{place}", &self.others[..self.others.len() - 1]),
                    _ => format!("{}{place}", self.others),
                };
                *text = text.replacen(&stands, &typed(&value), 1);
            }
            Deed::Strike => {
                *text = text.replace(&self.line(), "").replace("conflicts = [\n]\n\n", "");
            }
            Deed::Comment => *text = format!("# {} {}\n{text}", clone.by, clone.now),
            Deed::Settle => {
                let settled = history::settlement(self.key, &record);
                clone.write(vec![Edit::change(&record, vec![settled])]);
            }
            Deed::Note => {
                let note = What::Note(format!("{} {}", clone.by, clone.now));
                clone.write(vec![Edit::change(&record, vec![note])]);
            }
        }
    }

    /// What a person has after some deeds; nothing but the one file.
    fn evening(self, base: &Clone, nth: usize, deeds: &[Deed]) -> Tree {
        let mut clone = Clone { by: NAMES[nth], ..base.clone() };
        for deed in deeds {
            self.act(&mut clone, *deed);
        }
        clone.files.retain(|file, _| *file == path());
        clone.files
    }

    /// Each of the three does any of these things.
    fn play(self, each: [&[Vec<Deed>]; 3]) {
        let base = self.base();
        let evenings = [0, 1, 2].map(|nth| {
            each[nth]
                .iter()
                .map(|deeds| (deeds, self.evening(&base, nth, deeds)))
                .collect::<Vec<_>>()
        });
        let base: Tree = base.files.into_iter().filter(|(file, _)| *file == path()).collect();
        for (a_deeds, a) in &evenings[0] {
            for (b_deeds, b) in &evenings[1] {
                let ab = merged(&base, a, b);
                same(&ab, &merged(&base, b, a), "symmetric")
                    .unwrap_or_else(|e| panic!("{a_deeds:?} {b_deeds:?}: {e}"));
                for (c_deeds, c) in &evenings[2] {
                    let all = merged(&base, &ab, c);
                    let ends = [
                        same(&all, &merged(&base, &merged(&base, a, c), b), "associative"),
                        same(&all, &merged(&base, &merged(&base, b, c), a), "associative"),
                        is_as_told(&base, &[a, b, c], &all),
                    ];
                    for end in ends {
                        end.unwrap_or_else(|e| {
                            panic!("{a_deeds:?} {b_deeds:?} {c_deeds:?}: {e}");
                        });
                    }
                }
            }
        }
    }

    /// Every combination, but that one of the three does only one thing, or nothing; unless
    /// `PROPTEST_CASES` asks for more, another one does, too, and the third settles or types.
    fn all(self) {
        let none = || iter::once(Vec::new());
        let ones = || DEEDS.map(|deed| vec![deed]);
        let twos = DEEDS.iter().flat_map(|one| DEEDS.map(|two| vec![*one, two]));
        let some: Vec<_> = none().chain(ones()).collect();
        let all: Vec<_> = some.iter().cloned().chain(twos).collect();
        match config(0).cases {
            1000.. => self.play([&all, &all, &some]),
            _ => {
                let few = [vec![], vec![Deed::Settle], vec![Deed::TypeIt], vec![Deed::TypeOther]];
                self.play([&all, &some, &few]);
            }
        }
    }
}

#[test]
fn whatever_three_do_about_a_value_that_waits_ends_alike() {
    PHONE.all();
}

#[test]
fn whatever_three_do_about_an_unknown_keys_value_that_waits_ends_alike() {
    ROOM.all();
}
